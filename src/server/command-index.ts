/** Finds a command by its name as it came: bytes, in any case. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Command } from '../commands/command.ts'
import { CommandNames, type Renaming } from './config/command-names.ts'
import type { LatencyHistogram } from './latency-histogram.ts'

/** A command with what the server counts about it. */
export interface IndexedCommand {
  readonly command: Command
  /** What it goes by: the command's own name, or that of `rename-command`, in lower case. */
  readonly name: string
  /** As in INFO and CLIENT LIST: `xgroup|create` for a subcommand. */
  readonly fullName: string
  readonly flags: number
  /** The command's own, kept here: to read them there costs more, since no two commands have quite the same shape. */
  readonly arity: number
  readonly run: Command['run']
  readonly subcommands: CommandIndex | undefined
  /** Its bit in the bitmaps of users, -1 where nobody's rights are checked. */
  aclId: number
  calls: number
  usec: number
  /** How long its runs took; undefined before the first that was tracked. */
  latency: LatencyHistogram | undefined
  rejected: number
  failed: number
}

/** The command flags that the turn asks for, as bits. */
export const commandBit = {
  write: 1 << 0,
  noAuth: 1 << 1,
  noMulti: 1 << 2,
  pubsub: 1 << 3,
  loading: 1 << 4,
  blocking: 1 << 5,
  skipMonitor: 1 << 6,
  skipSlowlog: 1 << 7,
  admin: 1 << 8,
  /** Writes nothing by itself, but its effect may reach others, or it may run what writes. */
  mayReplicate: 1 << 9,
  protected: 1 << 10,
  readonly: 1 << 11,
  /** Its answer shows what is at its keys, and nothing else of the data. */
  showsKeys: 1 << 12,
  /** Its answer shows nothing of the data. */
  showsNothing: 1 << 13,
  noscript: 1 << 14,
  denyoom: 1 << 15,
  /** Runs while a script keeps everybody waiting. */
  allowBusy: 1 << 16,
} as const

const bitOfFlag: Readonly<Record<string, number>> = {
  write: commandBit.write,
  no_auth: commandBit.noAuth,
  no_multi: commandBit.noMulti,
  pubsub: commandBit.pubsub,
  loading: commandBit.loading,
  blocking: commandBit.blocking,
  skip_monitor: commandBit.skipMonitor,
  skip_slowlog: commandBit.skipSlowlog,
  admin: commandBit.admin,
  protected: commandBit.protected,
  readonly: commandBit.readonly,
  noscript: commandBit.noscript,
  denyoom: commandBit.denyoom,
  allow_busy: commandBit.allowBusy,
}

export class CommandIndex {
  readonly all: readonly IndexedCommand[]
  /** The commands' own names, by the names of those that were renamed. */
  readonly ownNames: ReadonlyMap<string, string>
  readonly #slots: (IndexedCommand | undefined)[]
  readonly #mask: number

  /** Commands go by their own names but for `renamings`, which have been checked; `container` is the name of the command
   *  whose subcommands they are. */
  constructor(commands: readonly Command[], renamings: readonly Renaming[] = [], container = '') {
    const names = new CommandNames(commands.map((command) => command.name))
    for (const renaming of renamings) names.rename(renaming)
    const { byOwnName } = names
    this.all = commands.flatMap((command) => {
      const name = byOwnName.get(command.name)
      return name === undefined ? [] : [indexed(command, name, container)]
    })
    this.ownNames = new Map(this.all.filter(isRenamed).map(({ name, command }) => [name, command.name]))
    let capacity = 8
    while (capacity < commands.length * 4) capacity *= 2
    this.#mask = capacity - 1
    this.#slots = new Array<IndexedCommand | undefined>(capacity).fill(undefined)
    for (const each of this.all) {
      const name = Buffer.from(each.name, 'latin1')
      let slot = hashName(name, 0, name.length) & this.#mask
      while (this.#slots[slot] !== undefined) slot = (slot + 1) & this.#mask
      this.#slots[slot] = each
    }
  }

  /** The command that argument `i` names, or undefined. */
  find(args: Args, i: number): IndexedCommand | undefined {
    const start = args.starts[i]!
    const end = args.ends[i]!
    for (let slot = hashName(args.bytes, start, end) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const each = this.#slots[slot]
      if (each === undefined || isName(each.name, args.bytes, start, end)) return each
    }
  }

  named(name: string): IndexedCommand | undefined {
    return this.all.find((each) => each.name === name)
  }
}

/** All commands of the index and their subcommands, in the order of the table. */
export function* everyCommand(index: CommandIndex): Generator<IndexedCommand> {
  for (const each of index.all) {
    yield each
    if (each.subcommands !== undefined) yield* each.subcommands.all
  }
}

/** Whether a request of so many arguments, the command's name among them, may be one of the command. */
export function hasArity({ arity }: IndexedCommand, count: number): boolean {
  return arity >= 0 ? count === arity : count >= -arity
}

function isRenamed({ name, command }: IndexedCommand): boolean {
  return name !== command.name
}

function indexed(command: Command, name: string, container: string): IndexedCommand {
  return {
    command,
    name,
    fullName: container === '' ? command.name : `${container}|${command.name}`,
    flags: command.flags.reduce((bits, flag) => bits | (bitOfFlag[flag] ?? 0), ownBits(command, container)),
    arity: command.arity,
    run: command.run,
    subcommands:
      command.subcommands === undefined ? undefined : new CommandIndex(command.subcommands, [], command.name),
    aclId: -1,
    calls: 0,
    usec: 0,
    latency: undefined,
    rejected: 0,
    failed: 0,
  }
}

const blindGroups = new Set(['connection', 'pubsub'])
const blindCommands = new Set([
  ...['multi', 'discard', 'watch', 'unwatch', 'time', 'info', 'config', 'acl', 'command', 'slowlog', 'latency', 'role'],
  ...['lastsave', 'bgsave', 'bgrewriteaof'],
])

/** Those that have Redis' flag `may_replicate`, of which COMMAND does not tell. */
const mayReplicate = new Set(['publish', 'spublish', 'pfcount', 'eval', 'evalsha', 'fcall'])

function ownBits(command: Command, container: string): number {
  const isMarked = container === '' && mayReplicate.has(command.name)
  return shownBits(command, container) | (isMarked ? commandBit.mayReplicate : 0)
}

/** What the answer shows of the data: for whoever has to know what it must wait for. Whoever runs the server must be able to ask
 *  it while the disk is full; counts of keys are no data. */
function shownBits({ name, group, keys }: Command, container: string): number {
  if (blindGroups.has(group) || blindCommands.has(container === '' ? name : container)) return commandBit.showsNothing
  return keys.first !== 0 || keys.find !== undefined ? commandBit.showsKeys : 0
}

function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i]! | 32), 0x01000193)
  return hash ^ (hash >>> 15)
}

function isName(name: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let i = 0; i < name.length; i++) {
    let byte = bytes[start + i]!
    if (byte >= 65 && byte <= 90) byte |= 32
    if (byte !== name.charCodeAt(i)) return false
  }
  return true
}
