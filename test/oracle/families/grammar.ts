/**
 * The commands on keys, each asked of keys of every type, drawn by the syntax that COMMAND DOCS tells. The other families
 * know what their commands are for, and ask more of them; this one knows nothing, so that it also asks what nobody thought
 * of: a LINSERT at a stream, a ZUNION of a set and a string. Places and scripts are left to their own families.
 */
import type { Command } from '../../../src/commands/command.ts'
import { redisCommandCategories } from '../../../src/commands/facts/redis-commands.ts'
import { type CommandArgument, parseSyntax } from '../../../src/commands/syntax.ts'
import { commandTable } from '../../../src/commands/table.ts'
import { farSeconds, farUnixSeconds, single, spoil, values } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

/** Each key is made of one type, which most commands of that type ask for. */
const homes: Readonly<Record<string, string>> = {
  string: 'text',
  bitmap: 'bits',
  hyperloglog: 'estimate',
  list: 'list',
  set: 'set',
  hash: 'hash',
  'sorted-set': 'sorted',
  stream: 'stream',
}
const keys = [...Object.values(homes), 'none']

/** Left to the families that know how to compare them: what draws by chance, walks tables, waits, goes by times of access,
 *  has options newer than Redis 7.0 everywhere, or leaves an order open. */
const leftOut = new Set(
  (
    'spop srandmember scan sscan hscan zscan randomkey sort sort_ro dump restore migrate move wait object|freq object|idletime ' +
    'zrank zrevrank zrangebylex zrevrangebylex zremrangebylex zlexcount pfdebug pfselftest'
  ).split(' '),
)
/** Options that redis-server 7.0 does not have, one that waits, and one whose order may be any. */
const leftOutTokens = new Set(
  'IFEQ IFNE IFDEQ IFDNE KEEPREF DELREF ACKED IDMPAUTO IDMP MAXCOUNT MAXSIZE WITHBOUNDS CLAIM NOVALUES BLOCK BYLEX'.split(
    ' ',
  ),
)

/** A command with its words and its arguments. */
interface Drawn {
  readonly words: Words
  readonly home: string
  readonly syntax: readonly CommandArgument[]
}

function drawnFrom(words: Words, command: Command): Drawn[] {
  const fullName = words.join('|').toLowerCase()
  const home = command.group === 'generic' ? 'text' : homes[command.group]
  if (home === undefined || command.flags.includes('blocking') || command.name === 'help') return []
  if (leftOut.has(fullName) || !redisCommandCategories.has(fullName)) return []
  return [{ words, home, syntax: parseSyntax(fullName, command.syntax) }]
}

const commands: readonly Drawn[] = commandTable.flatMap((command) => {
  const word = command.name.toUpperCase()
  if (command.subcommands === undefined) return drawnFrom([word], command)
  return command.subcommands.flatMap((each) => drawnFrom([word, each.name.toUpperCase()], each))
})

const integers = ['0', '1', '2', '3', '5', '10', '-1', '-2', '-100']
const doubles = [...integers, '1.5', '-2.25', '1e2', 'inf', '-inf', '(1']
const ids = ['1-1', '2-1', '3-0', '5', '0', '7-7', '9-0', '0-1', '1000-0']
const bounds = [...ids, '-', '+', '(2-1']
const patterns = ['*', 's*', 't?xt', '[a-l]*', '']

/** Texts by the names that arguments have. */
const texts: readonly (readonly [names: RegExp, choices: readonly string[]])[] = [
  [/group|consumer/, ['a', 'b']],
  [/^(start|end|stop|min|max)$/, bounds],
  [/(^|-)id$/, ids],
  [/field|member|element|pivot/, ['a', 'b', 'c', '1', '2', 'hello']],
  [/encoding/, ['u8', 'i5', 'i64', 'u63', 'u64']],
  [/offset/, ['0', '7', '#1', '100']],
  [/operation/, ['AND', 'OR', 'XOR', 'NOT']],
  [/threshold/, ['0', '1', '3', '2-1']],
]

/** For the sake of numkeys: where it stands until its keys are drawn. */
const unknown = '\0numkeys'

class Draft {
  readonly words: string[]
  readonly #random: Random
  readonly #home: string

  constructor(random: Random, { words, home }: Drawn) {
    this.#random = random
    this.#home = home
    this.words = [...words]
  }

  add(syntax: readonly CommandArgument[]): void {
    for (const argument of syntax) {
      const { flags, token, type } = argument
      if (this.#leavesOut(token)) continue
      if (flags.includes('optional') && this.#random.chance(0.6)) continue
      const times = flags.includes('multiple') || flags.includes('multiple_token') ? 1 + this.#random.below(3) : 1
      if (type === 'key') this.#settle(times)
      for (let time = 0; time < times; time++) {
        const hasToken = token !== undefined && (time === 0 || flags.includes('multiple_token'))
        if (hasToken) this.words.push(this.#random.word(token))
        this.#addOne(argument)
      }
    }
  }

  #addOne({ type, name, members = [] }: CommandArgument): void {
    const random = this.#random
    if (type === 'block') return this.add(members)
    if (type === 'oneof') {
      const choices = members.filter(({ token }) => !this.#leavesOut(token))
      if (choices.length > 0) this.add([random.pick(choices)])
      return
    }
    if (type === 'pure-token') return
    this.words.push(type === 'integer' && name === 'numkeys' && random.chance(0.9) ? unknown : this.#value(type, name))
  }

  #value(type: CommandArgument['type'], name: string): string {
    const random = this.#random
    if (type === 'key') return random.chance(0.6) ? this.#home : random.pick(keys)
    if (type === 'pattern') return random.pick(patterns)
    if (type === 'unix-time') return `${random.pick(farUnixSeconds)}${name.includes('milli') ? '000' : ''}`
    if (/seconds$|^ttl$/.test(name)) return `${random.pick(farSeconds)}${name.includes('milli') ? '000' : ''}`
    if (/idle|^ms$/.test(name)) return random.pick(['0', '100000000'])
    if (type === 'integer') return random.pick(integers)
    if (type === 'double') return random.pick(doubles)
    const [, choices] = texts.find(([names]) => names.test(name)) ?? [undefined, values]
    return random.pick(random.chance(0.85) ? choices : values)
  }

  /** A time from now on against another is greater or less by the millisecond in which the command ran. */
  #leavesOut(token: string | undefined): boolean {
    if (token === undefined) return false
    return leftOutTokens.has(token) || (/^P?EXPIRE$/.test(this.words[0]!) && /^[GL]T$/.test(token))
  }

  #settle(count: number): void {
    const at = this.words.indexOf(unknown)
    if (at >= 0) this.words[at] = String(count)
  }
}

function draw(random: Random): Words {
  const drawn = random.pick(commands)
  const draft = new Draft(random, drawn)
  draft.add(drawn.syntax)
  // A value in the place of a lifetime could be so short that it ends amid the session.
  const maySpoil = !/^P?SETEX$/.test(drawn.words[0]!)
  return maySpoil && random.chance(0.1) ? spoil(random, draft.words) : draft.words
}

/** What the session begins with, a command a step. */
const beginning: readonly Words[] = [
  ['SET', 'text', 'hello'],
  ['SETBIT', 'bits', '9', '1'],
  ['PFADD', 'estimate', 'a', 'b', 'c'],
  ['RPUSH', 'list', 'a', 'b', 'c', '1', '2'],
  ['SADD', 'set', 'a', 'b', '1', '2'],
  ['HSET', 'hash', 'a', '1', 'b', 'hello', 'c', '3.5'],
  ['ZADD', 'sorted', '1', 'a', '2', 'b', '2.5', 'c', '3', '1'],
  ['XADD', 'stream', '1-1', 'a', 'b'],
  ['XADD', 'stream', '2-1', 'c', 'hello', 'a', ''],
  ['XGROUP', 'CREATE', 'stream', 'a', '0'],
  ['XREADGROUP', 'GROUP', 'a', 'b', 'COUNT', '1', 'STREAMS', 'stream', '>'],
]

export const grammarFamily: Family = {
  name: 'grammar',
  connections: 1,
  stepsMax: 70,
  keys,
  databases: [0],
  mustSucceed: commands.map(({ words }) => words.join(' ')),
  step: (random, { index, connections }): Step => single(random, connections, beginning[index] ?? draw(random)),
}
