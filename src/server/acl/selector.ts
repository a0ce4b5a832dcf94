/** What one set of rules allows: commands, keys and channels. A user has one of its own and any number in parentheses;
 *  a request must be allowed by one of them as a whole. */
import { latin1Bytes } from '../../lib/bytes.ts'
import { globMatchesRange } from '../../lib/glob.ts'
import { lowerCase } from '../config/command-names.ts'
import type { AclCommand, AclCommands } from './acl-commands.ts'

/** What may be done with keys, as bits. */
export const permission = { read: 1, write: 2, all: 3 } as const

export interface KeyPattern {
  readonly text: string
  readonly bytes: Uint8Array
  permissions: number
}

/** What a selector is narrowed to, whatever else it allows. */
export interface Bounds {
  readonly keys?: readonly KeyPattern[] | undefined
  readonly channels?: readonly ChannelPattern[] | undefined
}

export interface ChannelPattern {
  readonly text: string
  readonly bytes: Uint8Array
}

/** Why a rule is refused, in Redis' words. */
export const ruleFault = {
  unknown: 'Unknown command or category name in ACL',
  syntax: 'Syntax error',
  keysAfterAll:
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try " +
    "'resetkeys' to start with an empty list of patterns",
  channelsAfterAll:
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try " +
    "'resetchannels' to start with an empty list of channels",
  firstArgument: 'Allowing first-arg of a subcommand is not supported',
  noSuchPassword: 'The password you are trying to remove from the user does not exist',
  badHash: 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
  duplicateUser: 'Duplicate user found. A user can only be defined once in config files',
} as const

export class Selector {
  readonly #commands: AclCommands
  /** A bit for each command, by its number. */
  #bits: Uint32Array
  /** First arguments with which a command is allowed that is not allowed otherwise (`+select|0`), by its number. */
  readonly #firstArguments = new Map<number, string[]>()
  /** Every command may run: those too that come one day. */
  allCommands = false
  /** `+@all` was the last of its kind: the rules are told as what is taken away from it. */
  startsFromAll = false
  allKeys = false
  allChannels = false
  keys: KeyPattern[] = []
  channels: ChannelPattern[] = []
  /** Keys and channels beyond these are not allowed, whatever the patterns say. */
  #bounds: Bounds = {}

  constructor(commands: AclCommands) {
    this.#commands = commands
    this.#bits = new Uint32Array(Math.ceil(commands.all.length / 32))
  }

  copy(): Selector {
    const copy = new Selector(this.#commands)
    copy.#bits = this.#bits.slice()
    for (const [id, texts] of this.#firstArguments) copy.#firstArguments.set(id, [...texts])
    copy.allCommands = this.allCommands
    copy.startsFromAll = this.startsFromAll
    copy.allKeys = this.allKeys
    copy.allChannels = this.allChannels
    copy.keys = this.keys.map((each) => ({ ...each }))
    copy.channels = [...this.channels]
    copy.#bounds = this.#bounds
    return copy
  }

  /** The same rules, but no keys and channels beyond the bounds. */
  narrowed(bounds: Bounds): Selector {
    const narrow = this.copy()
    narrow.#bounds = bounds
    if (bounds.keys !== undefined && this.allKeys) {
      narrow.allKeys = false
      narrow.keys = [...bounds.keys]
    }
    if (bounds.channels !== undefined && this.allChannels) {
      narrow.allChannels = false
      narrow.channels = [...bounds.channels]
    }
    return narrow
  }

  allowsCommand(id: number): boolean {
    return (this.#bits[id >>> 5]! & (1 << (id & 31))) !== 0
  }

  /** The first arguments with which the command is allowed though it is not otherwise. */
  firstArguments(id: number): readonly string[] {
    return this.#firstArguments.get(id) ?? []
  }

  /** Whether the key at the range may be used for all of `needed` (bits of `permission`). One pattern must allow it all. */
  allowsKey(bytes: Uint8Array, start: number, end: number, needed: number): boolean {
    const allowed = (patterns: readonly KeyPattern[]): boolean =>
      patterns.some((each) => (each.permissions & needed) === needed && globMatchesRange(each.bytes, bytes, start, end))
    const bounds = this.#bounds.keys
    return this.allKeys || (allowed(this.keys) && (bounds === undefined || allowed(bounds)))
  }

  /** Whether every key there is may be read. */
  get readsAllKeys(): boolean {
    const allowed = (patterns: readonly KeyPattern[]): boolean =>
      patterns.some((each) => each.text === '*' && (each.permissions & permission.read) !== 0)
    const bounds = this.#bounds.keys
    return this.allKeys || (allowed(this.keys) && (bounds === undefined || allowed(bounds)))
  }

  /** Whether the channel may be used. A pattern is allowed by the very same pattern alone. */
  allowsChannel(channel: Uint8Array, isPattern: boolean): boolean {
    const allowed = (patterns: readonly ChannelPattern[]): boolean =>
      patterns.some(({ bytes }) =>
        isPattern ? Buffer.compare(bytes, channel) === 0 : globMatchesRange(bytes, channel, 0, channel.length),
      )
    const bounds = this.#bounds.channels
    return this.allChannels || (allowed(this.channels) && (bounds === undefined || allowed(bounds)))
  }

  /** Applies a rule; returns why it can't be, with nothing changed. */
  apply(rule: string): string | undefined {
    switch (lowerCase(rule)) {
      case 'allkeys':
      case '~*':
        return this.#setAllKeys(true)
      case 'resetkeys':
        return this.#setAllKeys(false)
      case 'allchannels':
      case '&*':
        return this.#setAllChannels(true)
      case 'resetchannels':
        return this.#setAllChannels(false)
      case 'allcommands':
      case '+@all':
        return this.#setAllCommands(true)
      case 'nocommands':
      case '-@all':
        return this.#setAllCommands(false)
    }
    if (rule.startsWith('~') || rule.startsWith('%')) return this.#addKeys(rule)
    if (rule.startsWith('&')) return this.#addChannels(rule)
    if (rule.startsWith('+@') || rule.startsWith('-@')) return this.#applyCategory(rule)
    if (rule.startsWith('+')) return this.#allow(rule.slice(1))
    if (rule.startsWith('-')) return this.#forbid(rule.slice(1))
    return ruleFault.syntax
  }

  /** Allows or forbids a command, with its subcommands. */
  setCommand(command: AclCommand, isAllowed: boolean): void {
    const { id } = command
    if (isAllowed) this.#bits[id >>> 5]! |= 1 << (id & 31)
    else this.#bits[id >>> 5]! &= ~(1 << (id & 31))
    if (!isAllowed) this.allCommands = false
    this.#firstArguments.delete(id)
    for (const each of command.subcommands) this.setCommand(each, isAllowed)
  }

  #setAllKeys(isAllowed: boolean): undefined {
    this.allKeys = isAllowed
    this.keys = []
  }

  #setAllChannels(isAllowed: boolean): undefined {
    this.allChannels = isAllowed
    this.channels = []
  }

  #setAllCommands(isAllowed: boolean): undefined {
    this.allCommands = isAllowed
    this.startsFromAll = isAllowed
    this.#bits.fill(isAllowed ? 0xffffffff : 0)
    this.#firstArguments.clear()
  }

  /** `~pattern`, `%R~pattern`, `%W~pattern`, `%RW~pattern`. */
  #addKeys(rule: string): string | undefined {
    if (this.allKeys) return ruleFault.keysAfterAll
    const form = /^(?:~|%(r|w|rw|wr)~)([\s\S]*)$/i.exec(rule)
    if (form === null || hasBlank(form[2]!)) return ruleFault.syntax
    const letters = lowerCase(form[1] ?? 'rw')
    const text = form[2]!
    const permissions = (letters.includes('r') ? permission.read : 0) | (letters.includes('w') ? permission.write : 0)
    const known = this.keys.find((each) => each.text === text)
    if (known !== undefined) known.permissions |= permissions
    else this.keys.push({ text, bytes: latin1Bytes(text), permissions })
    return undefined
  }

  #addChannels(rule: string): string | undefined {
    const text = rule.slice(1)
    if (this.allChannels) return ruleFault.channelsAfterAll
    if (hasBlank(text)) return ruleFault.syntax
    if (!this.channels.some((each) => each.text === text)) this.channels.push({ text, bytes: latin1Bytes(text) })
    return undefined
  }

  #applyCategory(rule: string): string | undefined {
    const commands = this.#commands.ofCategory(lowerCase(rule.slice(2)))
    if (commands === undefined) return ruleFault.unknown
    for (const each of commands) this.setCommand(each, rule.startsWith('+'))
    return undefined
  }

  #allow(name: string): string | undefined {
    const bar = name.lastIndexOf('|')
    if (bar < 0) return this.#setNamed(name, true)
    const container = this.#commands.find(lowerCase(name.slice(0, bar)))
    if (container === undefined) return ruleFault.unknown
    if (container.isSubcommand) return ruleFault.firstArgument
    const second = name.slice(bar + 1)
    if (second === '') return ruleFault.syntax
    if (container.subcommands.length > 0) return this.#setNamed(name, true)
    const texts = this.#firstArguments.get(container.id) ?? []
    if (!texts.some((each) => lowerCase(each) === lowerCase(second))) texts.push(second)
    this.#firstArguments.set(container.id, texts)
    return undefined
  }

  #forbid(name: string): string | undefined {
    return this.#setNamed(name, false)
  }

  #setNamed(name: string, isAllowed: boolean): string | undefined {
    const command = this.#commands.find(lowerCase(name))
    if (command === undefined) return ruleFault.unknown
    this.setCommand(command, isAllowed)
    return undefined
  }
}

/** White space, which rules are parted by, or NUL. */
export function hasBlank(text: string): boolean {
  return /[ \t\n\v\f\r\0]/.test(text)
}
