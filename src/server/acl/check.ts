/** Whether a user may run a request: its command, the keys it names and what is done with them, its channels. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { keyFlags } from '../../commands/facts/key-specs.ts'
import { commandBit, type IndexedCommand } from '../command-index.ts'
import { lowerCase } from '../config/command-names.ts'
import { permission, type Selector } from './selector.ts'
import type { User } from './user.ts'

/** In the order of Redis' weights: when several selectors refuse, the last of these is told. */
const denialWeights = { command: 1, key: 2, channel: 3 } as const

export interface Denial {
  readonly reason: keyof typeof denialWeights
  /** The argument that names what is denied. */
  readonly at: number
}

/** A key and what is done with it, as bits of `permission`. */
interface KeyUse {
  readonly at: number
  readonly needed: number
}

/** Where a command names channels: from an argument on, up to the last where `isMany`. */
interface ChannelUse {
  readonly isMany: boolean
  readonly isPattern: boolean
}

const channelUses: ReadonlyMap<string, ChannelUse> = new Map([
  ['publish', { isMany: false, isPattern: false }],
  ['spublish', { isMany: false, isPattern: false }],
  ['subscribe', { isMany: true, isPattern: false }],
  ['ssubscribe', { isMany: true, isPattern: false }],
  ['psubscribe', { isMany: true, isPattern: true }],
])

/** Why the user may not run the request, or undefined when it may: one selector must allow all of it. */
export function findDenial(user: User, entry: IndexedCommand, args: Args): Denial | undefined {
  let worst: Denial = { reason: 'command', at: 0 }
  let keys: readonly KeyUse[] | undefined
  const keysOnce = (): readonly KeyUse[] => {
    keys ??= keyUses(entry, args)
    return keys
  }
  for (const selector of user.allSelectors) {
    const denial = denialOf(selector, entry, args, keysOnce)
    if (denial === undefined) return undefined
    const weight = denialWeights[denial.reason] - denialWeights[worst.reason]
    if (weight > 0 || (weight === 0 && denial.at > worst.at)) worst = denial
  }
  return worst
}

/** Whether the user may run the request and, by the same selector, read every key there is (SORT BY and GET). */
export function mayReadAllKeys(user: User, entry: IndexedCommand, args: Args): boolean {
  return user.allSelectors.some(
    (selector) => selector.readsAllKeys && denialOf(selector, entry, args, () => keyUses(entry, args)) === undefined,
  )
}

function denialOf(
  selector: Selector,
  entry: IndexedCommand,
  args: Args,
  keys: () => readonly KeyUse[],
): Denial | undefined {
  if (!allowsCommand(selector, entry, args)) return { reason: 'command', at: 0 }
  if (!selector.allKeys) {
    for (const { at, needed } of keys()) {
      if (!selector.allowsKey(args.bytes, args.starts[at]!, args.ends[at]!, needed)) return { reason: 'key', at }
    }
  }
  return selector.allChannels ? undefined : channelDenial(selector, entry, args)
}

function allowsCommand(selector: Selector, { aclId, flags }: IndexedCommand, args: Args): boolean {
  if (selector.allCommands || (flags & commandBit.noAuth) !== 0 || selector.allowsCommand(aclId)) return true
  const first = selector.firstArguments(aclId)
  if (first.length === 0 || args.count < 2) return false
  return first.some((each) => each.length === args.size(1) && lowerCase(each) === lowerCase(args.textStart(1)))
}

/** The keys of the request; none when it is so wrong that they can't be found, which the command itself will say. */
function keyUses({ command, fullName, flags }: IndexedCommand, args: Args): readonly KeyUse[] {
  const { first, last, step, find } = command.keys
  let indexes: number[] = []
  if (find !== undefined) {
    try {
      indexes = find(args)
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error
    }
  } else if (first > 0) {
    const end = last < 0 ? args.count + last : last
    for (let at = first; at <= end && at < args.count; at += step) indexes.push(at)
  }
  const uses: KeyUse[] = []
  for (const at of indexes) {
    const words = keyFlags(fullName, args, at)
    if (!words.includes('not_key')) uses.push({ at, needed: neededFor(words, flags) })
  }
  return uses
}

/** What the flags of a key ask for. Commands without key specs ask for all that their kind may do. */
function neededFor(words: readonly string[], commandFlags: number): number {
  if (words.length === 0) return (commandFlags & commandBit.write) !== 0 ? permission.all : permission.read
  const writes = words.includes('insert') || words.includes('delete') || words.includes('update')
  return (words.includes('access') ? permission.read : 0) | (writes ? permission.write : 0)
}

function channelDenial(selector: Selector, { fullName }: IndexedCommand, args: Args): Denial | undefined {
  const use = channelUses.get(fullName)
  if (use === undefined) return undefined
  const end = use.isMany ? args.count : 2
  for (let at = 1; at < end; at++) {
    if (!selector.allowsChannel(args.copy(at), use.isPattern)) return { reason: 'channel', at }
  }
  return undefined
}
