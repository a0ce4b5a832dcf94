/** Facts about commands that hold no behaviour: the tips of COMMAND INFO (how a cluster proxy may spread a command and
 *  join its answers) and what COMMAND DOCS says of commands that one should not use. Looked up in Redis 7.0.15, for
 *  commands too that we do not have yet. */

const tipTable: readonly (readonly [tips: string, commands: string])[] = [
  [
    'nondeterministic_output',
    'client|info client|list cluster|bumpepoch cluster|count-failure-reports cluster|getkeysinslot cluster|info ' +
      'cluster|links cluster|nodes cluster|replicas cluster|shards cluster|slaves cluster|slots dump hrandfield ' +
      'hscan lastsave migrate object|encoding object|freq object|idletime object|refcount pttl spop srandmember ' +
      'sscan time ttl xadd xautoclaim xclaim xinfo|consumers xpending xtrim zrandmember zscan',
  ],
  [
    'nondeterministic_output request_policy:all_nodes response_policy:special',
    'latency|doctor latency|graph latency|histogram latency|history latency|latest',
  ],
  [
    'nondeterministic_output request_policy:all_shards response_policy:special',
    'function|stats info memory|doctor memory|malloc-stats memory|stats',
  ],
  ['nondeterministic_output request_policy:special', 'scan'],
  [
    'nondeterministic_output_order',
    'command command|docs command|info command|list function|list hgetall hkeys hvals module|list sdiff sinter ' +
      'smembers sunion',
  ],
  ['request_policy:all_nodes nondeterministic_output', 'slowlog|get'],
  ['request_policy:all_nodes response_policy:agg_sum nondeterministic_output', 'slowlog|len'],
  [
    'request_policy:all_nodes response_policy:all_succeeded',
    'config|set latency|reset script|flush script|load slowlog|reset',
  ],
  ['request_policy:all_shards nondeterministic_output', 'randomkey'],
  ['request_policy:all_shards nondeterministic_output_order', 'keys'],
  ['request_policy:all_shards response_policy:agg_logical_and', 'script|exists'],
  ['request_policy:all_shards response_policy:agg_min', 'wait'],
  ['request_policy:all_shards response_policy:agg_sum', 'dbsize'],
  [
    'request_policy:all_shards response_policy:all_succeeded',
    'flushall flushdb function|delete function|flush function|load function|restore memory|purge ping',
  ],
  ['request_policy:all_shards response_policy:one_succeeded', 'function|kill script|kill'],
  ['request_policy:multi_shard', 'mget'],
  ['request_policy:multi_shard response_policy:agg_min', 'msetnx'],
  ['request_policy:multi_shard response_policy:agg_sum', 'del exists touch unlink'],
  ['request_policy:multi_shard response_policy:all_succeeded', 'mset'],
  ['request_policy:all_shards response_policy:agg_min', 'waitaof'],
]

const tips = new Map<string, readonly string[]>(
  tipTable.flatMap(([text, commands]) => commands.split(' ').map((name) => [name, text.split(' ')] as const)),
)

/** The tips of a command by its full name. */
export function tipsOf(fullName: string): readonly string[] {
  return tips.get(fullName) ?? []
}

/** Since when a command is deprecated, and what to use. */
export interface Deprecation {
  readonly since: string
  readonly replacedBy: string
}

const deprecations: Readonly<Record<string, Deprecation>> = {
  'cluster|slaves': { since: '5.0.0', replacedBy: '`CLUSTER REPLICAS`' },
  'cluster|slots': { since: '7.0.0', replacedBy: '`CLUSTER SHARDS`' },
  brpoplpush: { since: '6.2.0', replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
  georadius: { since: '6.2.0', replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument' },
  georadius_ro: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument' },
  georadiusbymember: {
    since: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments',
  },
  georadiusbymember_ro: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments' },
  getset: { since: '6.2.0', replacedBy: '`SET` with the `!GET` argument' },
  hmset: { since: '4.0.0', replacedBy: '`HSET` with multiple field-value pairs' },
  rpoplpush: { since: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  slaveof: { since: '5.0.0', replacedBy: '`REPLICAOF`' },
  substr: { since: '2.0.0', replacedBy: '`GETRANGE`' },
  zrangebylex: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYLEX` argument' },
  zrangebyscore: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYSCORE` argument' },
  zrevrange: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` argument' },
  zrevrangebylex: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
  zrevrangebyscore: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments' },
}

/** The deprecation of a command, undefined for one that is in good standing. */
export function deprecationOf(fullName: string): Deprecation | undefined {
  return deprecations[fullName]
}

/** Commands for the maintenance of a server, not for applications. */
const systemCommands = new Set(['debug', 'pfdebug', 'pfselftest', 'replconf', 'restore-asking'])

/** The `doc_flags` of COMMAND DOCS. */
export function docFlagsOf(fullName: string): readonly string[] {
  if (deprecationOf(fullName) !== undefined) return ['deprecated']
  return systemCommands.has(fullName) ? ['syscmd'] : []
}
