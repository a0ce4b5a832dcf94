/** All commands of sorted sets. */
import { zdiff, zdiffstore, zinter, zintercard, zinterstore, zunion, zunionstore } from './algebra.ts'
import { bzpopmax, bzpopmin } from './blocking-pop.ts'
import { bzmpop, zmpop } from './mpop.ts'
import { zpopmax, zpopmin } from './pop.ts'
import { zrandmember, zscan } from './random-scan.ts'
import { zcard, zcount, zlexcount, zmscore, zrank, zrevrank, zscore } from './read.ts'
import { zadd, zincrby } from './zadd.ts'
import {
  zrange,
  zrangebylex,
  zrangebyscore,
  zrangestore,
  zrevrange,
  zrevrangebylex,
  zrevrangebyscore,
} from './zrange.ts'
import { zrem, zremrangebylex, zremrangebyrank, zremrangebyscore } from './zrem.ts'

export const zsetCommands = [
  ...[zadd, zincrby, zrem, zremrangebyrank, zremrangebyscore, zremrangebylex],
  ...[zscore, zmscore, zcard, zrank, zrevrank, zcount, zlexcount],
  ...[zrange, zrevrange, zrangebyscore, zrevrangebyscore, zrangebylex, zrevrangebylex, zrangestore],
  ...[zunion, zinter, zdiff, zunionstore, zinterstore, zdiffstore, zintercard, zrandmember, zscan],
  ...[zpopmin, zpopmax, zmpop, bzpopmin, bzpopmax, bzmpop],
]
