/** A command's `syntax` as the tree of arguments that COMMAND DOCS gives.
 *
 *  The notation is the manual's: words in capitals and symbols are tokens, others are names, `[…]` is optional, `|`
 *  parts alternatives, `<…>` holds alternatives of which one is needed, and `[x ...]` behind `x` says that x may come
 *  again. A token takes the names behind it: `COUNT count` is one argument, `LIMIT offset count` a block. The notation
 *  has no names for groups and no types; groups are called after their members, types come from what names mean. */
import { keySpecsOf } from './facts/key-specs.ts'

export type ArgumentType =
  | 'string'
  | 'integer'
  | 'double'
  | 'key'
  | 'pattern'
  | 'unix-time'
  | 'pure-token'
  | 'oneof'
  | 'block'

export type ArgumentFlag = 'optional' | 'multiple' | 'multiple_token'

export interface CommandArgument {
  readonly name: string
  readonly type: ArgumentType
  readonly token?: string
  /** For keys: which of the command's key specs they belong to. */
  readonly keySpec?: number
  readonly flags: readonly ArgumentFlag[]
  /** Members of a block or a choice. */
  readonly members?: readonly CommandArgument[]
}

/** Reads the syntax of the command with that full name. Throws an Error when the notation is broken. */
export function parseSyntax(fullName: string, syntax: string): CommandArgument[] {
  const tokens = syntax.match(/\.\.\.|[[\]<>|]|[^\s[\]<>|]+/g) ?? []
  const parser = new SyntaxParser(fullName, tokens)
  const [sequence, ...others] = parser.alternatives()
  if (others.length > 0 || !parser.atEnd) throw new Error(`the syntax of ${fullName} is broken: ${syntax}`)
  return sequence ?? []
}

class SyntaxParser {
  readonly #fullName: string
  readonly #tokens: readonly string[]
  #at = 0
  /** How many keys were met: the n-th belongs to the n-th key spec, or the last. */
  #keys = 0
  /** Whether the bracket at hand repeats all that is in it, alternatives included. */
  #isWholeRepeated = false

  constructor(fullName: string, tokens: readonly string[]) {
    this.#fullName = fullName
    this.#tokens = tokens
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  /** Everything up to a closing bracket, by alternatives. */
  alternatives(): CommandArgument[][] {
    const all: CommandArgument[][] = [[]]
    while (!this.atEnd && !/^[\]>]$/.test(this.#tokens[this.#at]!)) {
      if (this.#take('|')) all.push([])
      else this.#element(all.at(-1)!)
    }
    return all
  }

  /** Reads one element and adds it to what came before it, which it may turn out to repeat. */
  #element(sequence: CommandArgument[]): void {
    if (this.#take('<')) {
      const choice = this.#alternativesUntil('>')
      sequence.push(group(choice, []))
      return
    }
    if (this.#take('[')) {
      const repetition = this.#repeated()
      if (this.#isWholeRepeated) return
      if (repetition > 0) return repeat(sequence, repetition)
      const choice = this.#alternativesUntil(']')
      sequence.push(group(choice, this.#isWholeRepeated ? ['optional', 'multiple'] : ['optional']))
      this.#isWholeRepeated = false
      return
    }
    if (this.#take('...')) return repeat(sequence, 1)
    const word = this.#tokens[this.#at++]!
    if (!isToken(word)) {
      sequence.push(this.#named(word))
      return
    }
    sequence.push(this.#tokenWithNames(word))
  }

  /** A token and the names (or the choice) that follow it. */
  #tokenWithNames(token: string): CommandArgument {
    const names: CommandArgument[] = []
    while (!this.atEnd) {
      const next = this.#tokens[this.#at]!
      const mayRepeat = next === '[' && names.length > 0 && this.#isRepetition() && this.#tokens[this.#at + 1] !== token
      if (next === '<' ? names.length > 0 : !mayRepeat && /^[[\]>|]$|^\.\.\.$/.test(next)) break
      if (isToken(next) && next !== '<' && next !== '[') break
      this.#element(names)
      if (next === '<') break
    }
    if (names.length === 0) return { name: tokenName(token), type: 'pure-token', token: unquoted(token), flags: [] }
    if (names.length === 1) return { ...names[0]!, token }
    return { name: token.toLowerCase(), type: 'block', token, flags: [], members: names }
  }

  #named(name: string): CommandArgument {
    const type = typeOf(this.#fullName, name)
    const specs = keySpecsOf(this.#fullName)
    if (type === 'pattern') {
      // A pattern that keys are named by (SORT) has the key spec that says only that there are such keys.
      const keySpec = specs.findIndex((spec) => spec.begin === undefined)
      if (keySpec < 0) return { name, type, flags: [] }
      this.#keys = Math.max(this.#keys, keySpec + 1)
      return { name, type, keySpec, flags: [] }
    }
    if (type !== 'key') return { name, type, flags: [] }
    return { name, type, keySpec: Math.min(this.#keys++, specs.length - 1), flags: [] }
  }

  #alternativesUntil(close: string): CommandArgument[][] {
    const all = this.alternatives()
    if (!this.#take(close)) throw new Error(`a ${close} is missing in the syntax of ${this.#fullName}`)
    return all
  }

  /** Whether the bracket at the cursor closes with `...`. */
  #isRepetition(): boolean {
    let depth = 0
    for (let i = this.#at; i < this.#tokens.length; i++) {
      if (this.#tokens[i] === '[') depth++
      if (this.#tokens[i] === ']' && --depth === 0) return this.#tokens[i - 1] === '...' && i - this.#at > 1
    }
    return false
  }

  /** Behind a `[` that only repeats what stood before it: skips it and returns how many words it repeats. */
  #repeated(): number {
    this.#at--
    const isRepetition = this.#isRepetition()
    this.#at++
    if (!isRepetition) return 0
    const end = this.#tokens.indexOf('...', this.#at)
    const words = this.#tokens.slice(this.#at, end)
    const before = this.#tokens.slice(this.#at - 1 - words.length, this.#at - 1)
    if (words.some((word, i) => word !== before[i])) return 0
    this.#at = end + 2
    this.#isWholeRepeated = hasAlternatives(words)
    return words.length
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false
    this.#at++
    return true
  }
}

/** Whether there is a choice outside of all brackets. */
function hasAlternatives(words: readonly string[]): boolean {
  let depth = 0
  for (const word of words) {
    if (word === '|' && depth === 0) return true
    if (/^[[<]$/.test(word)) depth++
    if (/^[\]>]$/.test(word)) depth--
  }
  return false
}

/** Marks the last arguments of the sequence, `words` words of the notation, as repeatable. */
function repeat(sequence: CommandArgument[], words: number): void {
  const last = sequence.at(-1)!
  const tokenWords = last.token === undefined ? 0 : 1
  const size = last.type === 'block' ? last.members!.length + tokenWords : 1 + tokenWords
  if (tokenWords === 1 && size === words) {
    sequence[sequence.length - 1] = { ...last, flags: [...last.flags, 'multiple', 'multiple_token'] }
    return
  }
  if (words === 1) {
    sequence[sequence.length - 1] = { ...last, flags: [...last.flags, 'multiple'] }
    return
  }
  const members = sequence.splice(sequence.length - words)
  sequence.push({ name: joinedName(members), type: 'block', flags: ['multiple'], members })
}

/** What stood between brackets as one argument. */
function group(alternatives: readonly CommandArgument[][], flags: readonly ArgumentFlag[]): CommandArgument {
  const members = alternatives.map((sequence) => (sequence.length === 1 ? sequence[0]! : block(sequence)))
  const only = members.length === 1 ? members[0]! : undefined
  if (only !== undefined) return { ...only, flags: [...flags, ...only.flags] }
  return { name: joinedName(members), type: 'oneof', flags, members }
}

/** Several arguments as one. `FULL [COUNT count]` is a block that FULL introduces. */
function block(sequence: readonly CommandArgument[]): CommandArgument {
  const [first, ...rest] = sequence
  if (first?.type === 'pure-token' && rest.every((each) => each.flags.includes('optional'))) {
    return { name: first.name, type: 'block', token: first.token!, flags: [], members: rest }
  }
  return { name: joinedName(sequence), type: 'block', flags: [], members: sequence }
}

function joinedName(members: readonly CommandArgument[]): string {
  return members.map((each) => each.name).join('_')
}

const symbolNames = new Map([
  ['""', 'empty_string'],
  ['*', 'auto-id'],
  ['=', 'equal'],
  ['~', 'approximately'],
  ['$', 'new-id'],
])

/** `""` is the empty string. */
function unquoted(token: string): string {
  return token === '""' ? '' : token
}

function tokenName(token: string): string {
  return symbolNames.get(token) ?? token.toLowerCase()
}

/** Words in capitals and symbols stand for themselves. */
function isToken(word: string): boolean {
  return !/[a-z]/.test(word)
}

const keyNames = new Set([
  ...[
    'key',
    'key1',
    'key2',
    'newkey',
    'destination',
    'source',
    'destkey',
    'sourcekey',
    'srckey',
    'dstkey',
    'dst',
    'src',
  ],
])

const integerNames = new Set([
  'maxcount',
  'numids',
  'numfields',
  'maxsize',
  ...['numkeys', 'weight', 'count', 'cursor', 'port', 'protover', 'decrement', 'offset', 'len', 'index', 'db', 'ttl'],
  ...['destination-db', 'timeout', 'bits', 'entries-read', 'entries-added', 'seconds', 'milliseconds', 'frequency'],
  ...['bit', 'limit', 'version', 'ms', 'rank', 'num-matches', 'numreplicas', 'numlocal', 'index1', 'index2'],
  ...['client-id', 'maxlen', 'min-match-len', 'increment', 'retrycount', 'maxage', 'slot', 'exactly', 'integer'],
  ...['start-slot', 'end-slot', 'config-epoch', 'cluster-bus-port'],
])

const doubleNames = new Set(['float', 'longitude', 'latitude', 'radius', 'width', 'height', 'score'])
const floatCommands = new Set(['incrbyfloat', 'hincrbyfloat'])
/** Commands whose `start`, `end` and `stop` are positions; elsewhere they are stream ids or bounds. */
const positionCommands = new Set([
  ...['lrange', 'ltrim', 'getrange', 'substr', 'bitcount', 'bitpos', 'zrevrange', 'zremrangebyrank'],
])
const scoreCommands = new Set(['zcount', 'zrangebyscore', 'zrevrangebyscore', 'zremrangebyscore'])
const blockingSecondsCommands = new Set([
  'blpop',
  'brpop',
  'blmove',
  'blmovem',
  'brpoplpush',
  'blmpop',
  'bzpopmin',
  'bzpopmax',
  'bzmpop',
])

/** Commands whose `value` is a number. */
const numberCommands = new Set(['setbit', 'bitfield'])

function typeOf(fullName: string, name: string): ArgumentType {
  if (keyNames.has(name) && keySpecsOf(fullName).length > 0) return 'key'
  if (name === 'pattern') return 'pattern'
  if (name === 'value' && numberCommands.has(fullName)) return 'integer'
  if (name.startsWith('unix-time')) return 'unix-time'
  if (name === 'timeout' && blockingSecondsCommands.has(fullName)) return 'double'
  if (name === 'min-idle-time' && (fullName === 'xpending' || fullName === 'xreadgroup')) return 'integer'
  if (name === 'increment' && floatCommands.has(fullName)) return 'double'
  if (name === 'min' || name === 'max') return scoreCommands.has(fullName) ? 'double' : 'string'
  if (name === 'start' || name === 'end' || name === 'stop')
    return positionCommands.has(fullName) ? 'integer' : 'string'
  if (doubleNames.has(name)) return 'double'
  return integerNames.has(name) ? 'integer' : 'string'
}
