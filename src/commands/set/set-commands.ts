/** All set commands. */
import { sdiff, sdiffstore, sinter, sintercard, sinterstore, sunion, sunionstore } from './algebra.ts'
import { sadd, smove, srem } from './edit.ts'
import { scard, sismember, smembers, smismember, sscan } from './read.ts'
import { spop } from './spop.ts'
import { srandmember } from './srandmember.ts'

export const setCommands = [
  ...[sadd, srem, smembers, sismember, smismember, scard, spop, srandmember, smove, sscan],
  ...[sinter, sunion, sdiff, sinterstore, sunionstore, sdiffstore, sintercard],
]
