/** All commands of sorted sets. */
import { bzpopmax, bzpopmin } from './blocking-pop.ts'
import { bzmpop, zmpop } from './mpop.ts'
import { zpopmax, zpopmin } from './pop.ts'
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
  ...[zpopmin, zpopmax, zmpop, bzpopmin, bzpopmax, bzmpop],
]
