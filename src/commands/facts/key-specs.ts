/** Where a command's keys are and what it does with them, as COMMAND INFO tells cluster clients and COMMAND
 *  GETKEYSANDFLAGS answers. Looked up in Redis 7.0.15, for commands too that we do not have yet. */
import type { Args } from '../../../protocol/resp/args.ts'

/** One group of keys of a command. */
export interface KeySpec {
  /** What is done with the keys: `RO access`, `OW update`, … */
  readonly flags: readonly string[]
  /** Where the group begins: at an argument, or behind a word looked for from an argument on; undefined: unknown. */
  readonly begin: number | { readonly word: string; readonly from: number } | undefined
  /** How it goes on. `range`: up to `last` behind the beginning (from the end when negative), only the first 1/`limit`
   *  of what is left where `limit` is above 1. `count`: a number of keys stands at `count` behind the beginning. */
  readonly range:
    | { readonly last: number; readonly step: number; readonly limit: number }
    | { readonly count: number; readonly first: number; readonly step: number }
    | undefined
}

/** Spec (flags; beginning; range) and the commands that have it. Several groups are parted by `|`. */
const table: readonly (readonly [spec: string, commands: string])[] = [
  ['OW insert; 1; -1 2 0', 'msetnx'],
  ['OW insert; 1; 0 1 0', 'setnx'],
  ['OW update; 1; -1 2 0', 'mset'],
  ['OW update; 1; keynum 0 1 2', 'msetex'],
  ['OW update; 1; 0 1 0', 'psetex restore restore-asking setex'],
  ['RM delete; 1; -1 1 0', 'del unlink'],
  ['RO access; 1; -1 1 0', 'mget sdiff sinter sunion'],
  [
    'RO access; 1; 0 1 0',
    'bitcount bitfield_ro bitpos digest dump expiretime geodist geohash geopos georadius_ro georadiusbymember_ro ' +
      'geosearch get getbit getrange hexpiretime hget hgetall hkeys hmget hpexpiretime hpttl hrandfield hscan httl ' +
      'hvals lindex lpos lrange pexpiretime ' +
      'pttl smembers smismember srandmember sscan substr ttl xpending xrange xrevrange zcount zlexcount zmscore ' +
      'zrandmember zrange zrangebylex zrangebyscore zrank zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan ' +
      'zscore',
  ],
  ['RO access; 1; 1 1 0', 'lcs'],
  ['RO access; 1; keynum 0 1 1', 'sintercard zdiff zinter zintercard zunion'],
  ['RO access; 2; 0 1 0', 'xinfo|consumers xinfo|groups xinfo|stream'],
  ['RO access; 2; keynum 0 1 1', 'eval_ro evalsha_ro fcall_ro'],
  ['RO access; STREAMS@1; -1 1 2', 'xread'],
  ['RO access; STREAMS@4; -1 1 2', 'xreadgroup'],
  ['RO; 1; -1 1 0', 'exists touch watch'],
  ['RO; 1; 0 1 0', 'hexists hlen hstrlen llen scard sismember strlen type xlen zcard'],
  ['RO; 2; 0 1 0', 'memory|usage object|encoding object|freq object|idletime object|refcount'],
  ['RW access delete; 1; -2 1 0', 'blpop brpop bzpopmax bzpopmin'],
  ['RW access delete; 1; 0 1 0', 'delex delifeq getdel hgetdel lpop rpop spop zpopmax zpopmin'],
  ['RW access delete; 1; keynum 0 1 1', 'lmpop zmpop'],
  ['RW access delete; 2; keynum 0 1 1', 'blmpop bzmpop'],
  ['RW access update variable_flags; 1; 0 1 0', 'bitfield set'],
  [
    'RW access update; 1; 0 1 0',
    'decr decrby getex getset hgetex hincrby hincrbyfloat incr incrby incrbyfloat increx move setbit zincrby',
  ],
  ['RW access update; 2; keynum 0 1 1', 'eval evalsha fcall'],
  ['RW access; 1; -1 1 0', 'pfcount'],
  ['RW access; 2; 0 1 0', 'pfdebug'],
  [
    'RW delete; 1; 0 1 0',
    'hdel lrem ltrim srem xautoclaim xdel xdelex xtrim zrem zremrangebylex zremrangebyrank zremrangebyscore',
  ],
  ['RW delete update; 1; 0 1 0', 'xackdel'],
  ['RW delete; 2; 0 1 0', 'xgroup|delconsumer xgroup|destroy'],
  ['RW insert; 1; 0 1 0', 'append hsetnx linsert lpush lpushx pfadd rpush rpushx sadd'],
  ['RW insert; 2; 0 1 0', 'xgroup|create xgroup|createconsumer'],
  [
    'RW update; 1; 0 1 0',
    'expire expireat geoadd hexpire hexpireat hmset hpersist hpexpire hpexpireat hset hsetex lset persist pexpire pexpireat setrange xack xadd xcfgset xclaim xidmprecord xnack xsetid zadd',
  ],
  ['RW update; 2; 0 1 0', 'xgroup|setid'],
  ['not_key; 1; -1 1 0', 'ssubscribe sunsubscribe'],
  ['not_key; 1; 0 1 0', 'spublish'],
  ['OW update; 1; 0 1 0|RO access; 2; -1 1 0', 'sdiffstore sunionstore'],
  ['OW update; 1; 0 1 0|RO access; 2; 0 1 0', 'geosearchstore zrangestore'],
  ['OW update; 1; 0 1 0|RO access; 2; keynum 0 1 1', 'zdiffstore zinterstore zunionstore'],
  ['OW update; 2; 0 1 0|RO access; 3; -1 1 0', 'bitop'],
  ['RO access; 1; 0 1 0|OW update; 2; 0 1 0', 'copy'],
  ['RO access; 1; 0 1 0|RO access; ?; ?', 'sort_ro'],
  ['RW access delete; 1; 0 1 0|OW insert; 2; 0 1 0', 'renamenx'],
  ['RW access delete; 1; 0 1 0|OW update; 2; 0 1 0', 'rename'],
  ['RW access delete; 1; 0 1 0|RW insert; 2; 0 1 0', 'blmove blmovem brpoplpush lmove lmovem rpoplpush smove'],
  ['RW access delete; 3; 0 1 0|RW access delete incomplete; KEYS@-2; -1 1 0', 'migrate'],
  ['RW access insert; 1; 0 1 0|RO access; 2; -1 1 0', 'pfmerge'],
  ['RW update; 1; 0 1 0|RO access; 2; -1 1 0', 'sinterstore'],
  ['RO access; 1; 0 1 0|OW update; STORE@5; 0 1 0|OW update; STOREDIST@5; 0 1 0', 'georadiusbymember'],
  ['RO access; 1; 0 1 0|OW update; STORE@6; 0 1 0|OW update; STOREDIST@6; 0 1 0', 'georadius'],
  ['RO access; 1; 0 1 0|RO access; ?; ?|OW update; ?; ?', 'sort'],
]

const specs = new Map<string, readonly KeySpec[]>(
  table.flatMap(([text, commands]) => {
    const parsed = text.split('|').map(parseSpec)
    return commands.split(' ').map((name) => [name, parsed] as const)
  }),
)

/** The key groups of a command by its full name (`xgroup|create`); none for a command without keys. */
export function keySpecsOf(fullName: string): readonly KeySpec[] {
  return specs.get(fullName) ?? []
}

/** What the command does with the key at argument `index`: the flags of the group that covers it. */
export function keyFlags(fullName: string, args: Args, index: number): readonly string[] {
  const all = keySpecsOf(fullName)
  const covering = all.find((spec) => covers(spec, args, index)) ?? all.find((spec) => spec.begin === undefined)
  const flags = (covering ?? all[0])?.flags ?? []
  // What some do with a key is said by their other arguments: SET without GET overwrites unread, BITFIELD may only read,
  // and SORT has a destination.
  if (fullName === 'set' && !hasWord(args, 'GET', 3)) return ['OW', 'update']
  if (fullName === 'bitfield' && !writesBits(args)) return ['RO', 'access']
  if (fullName === 'sort' && index > 1) return ['OW', 'update']
  return flags.filter((flag) => flag !== 'variable_flags' && flag !== 'incomplete')
}

/** Whether a group of keys that the command must have is empty in this request. */
export function lacksKeys(fullName: string, args: Args): boolean {
  return keySpecsOf(fullName).some(({ begin, range }) => {
    if (typeof begin !== 'number' || range === undefined || 'count' in range) return false
    return begin > (range.last >= 0 ? begin + range.last : args.count + range.last)
  })
}

/** Whether a BITFIELD changes anything: SET or INCRBY where an operation is due. */
function writesBits(args: Args): boolean {
  for (let i = 2; i < args.count; ) {
    if (args.is(i, 'OVERFLOW') && i + 1 < args.count) i += 2
    else if (args.is(i, 'GET') && i + 2 < args.count) i += 3
    else return true
  }
  return false
}

function covers(spec: KeySpec, args: Args, index: number): boolean {
  const { begin, range } = spec
  if (begin === undefined || range === undefined) return false
  const start = typeof begin === 'number' ? begin : wordAt(args, begin.word, begin.from) + 1
  if (start <= 0) return false
  if ('count' in range) {
    const first = start + range.first
    const last = first + (args.smallInteger(start + range.count) - 1) * range.step
    return index >= first && index <= last && (index - first) % range.step === 0
  }
  const left = args.count - start
  const end = range.last >= 0 ? start + range.last : args.count + range.last
  const last = range.limit > 1 ? start + Math.floor(left / range.limit) - 1 : end
  return index >= start && index <= last && (index - start) % range.step === 0
}

function wordAt(args: Args, word: string, from: number): number {
  if (from >= 0) {
    for (let i = from; i < args.count; i++) if (args.is(i, word)) return i
    return -1
  }
  for (let i = args.count + from; i > 0; i--) if (args.is(i, word)) return i
  return -1
}

function hasWord(args: Args, word: string, from: number): boolean {
  return wordAt(args, word, from) >= 0
}

function parseSpec(text: string): KeySpec {
  const [flags, begin, range] = text.split('; ') as [string, string, string]
  const word = /^([A-Z]+)@(-?\d+)$/.exec(begin)
  const numbers = (range.match(/-?\d+/g) ?? []).map(Number) as [number, number, number]
  return {
    flags: flags.split(' '),
    begin: begin === '?' ? undefined : word === null ? Number(begin) : { word: word[1]!, from: Number(word[2]) },
    range:
      range === '?'
        ? undefined
        : range.startsWith('keynum')
          ? { count: numbers[0], first: numbers[1], step: numbers[2] }
          : { last: numbers[0], step: numbers[1], limit: numbers[2] },
  }
}
