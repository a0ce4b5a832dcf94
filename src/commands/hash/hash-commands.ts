/** All hash commands. */
import { hexpiretime, hpersist, hpexpiretime, hpttl, httl } from './field-ttl.ts'
import { hgetdel, hgetex } from './get-and-change.ts'
import { hexpire, hexpireat, hpexpire, hpexpireat } from './hexpire.ts'
import { hrandfield } from './hrandfield.ts'
import { hscan } from './hscan.ts'
import { hsetex } from './hsetex.ts'
import { hincrby, hincrbyfloat } from './increment.ts'
import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from './read.ts'
import { hdel, hmset, hset, hsetnx } from './write.ts'

export const hashCommands = [
  ...[hset, hmset, hsetnx, hget, hmget, hgetall, hkeys, hvals, hlen, hexists, hstrlen, hdel],
  ...[hexpire, hpexpire, hexpireat, hpexpireat, httl, hpttl, hexpiretime, hpexpiretime, hpersist],
  ...[hgetdel, hgetex, hsetex],
  ...[hincrby, hincrbyfloat, hrandfield, hscan],
]
