/** All hash commands. */
import { hrandfield } from './hrandfield.ts'
import { hscan } from './hscan.ts'
import { hincrby, hincrbyfloat } from './increment.ts'
import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from './read.ts'
import { hdel, hmset, hset, hsetnx } from './write.ts'

export const hashCommands = [
  ...[hset, hmset, hsetnx, hget, hmget, hgetall, hkeys, hvals, hlen, hexists, hstrlen, hdel],
  ...[hincrby, hincrbyfloat, hrandfield, hscan],
]
