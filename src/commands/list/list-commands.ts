/** All list commands. */
import { blmove, brpoplpush } from './blocking-move.ts'
import { blpop, brpop } from './blocking-pop.ts'
import { linsert, lrem, lset, ltrim } from './edit.ts'
import { lpos } from './lpos.ts'
import { lmove, rpoplpush } from './move.ts'
import { blmovem, lmovem } from './move-many.ts'
import { blmpop, lmpop } from './mpop.ts'
import { lpop, rpop } from './pop.ts'
import { lpush, lpushx, rpush, rpushx } from './push.ts'
import { lindex, llen, lrange } from './read.ts'

export const listCommands = [
  ...[lpush, rpush, lpushx, rpushx, lpop, rpop, llen, lrange, lindex, lpos],
  ...[lset, linsert, lrem, ltrim, lmove, rpoplpush, lmovem, lmpop],
  ...[blpop, brpop, blmove, brpoplpush, blmovem, blmpop],
]
