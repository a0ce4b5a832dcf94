/** The stream family. */
import { xack, xpending } from './xack-xpending.ts'
import { xadd } from './xadd.ts'
import { xcfgset, xidmprecord } from './xcfgset.ts'
import { xautoclaim, xclaim } from './xclaim.ts'
import { xdel, xlen, xsetid, xtrim } from './xdel-xtrim.ts'
import { xackdel, xdelex } from './xdelex.ts'
import { xgroup } from './xgroup.ts'
import { xinfo } from './xinfo.ts'
import { xnack } from './xnack.ts'
import { xrange, xrevrange } from './xrange.ts'
import { xread } from './xread.ts'
import { xreadgroup } from './xreadgroup.ts'

export const streamCommands = [
  xadd,
  xlen,
  xrange,
  xrevrange,
  xread,
  xreadgroup,
  xack,
  xpending,
  xclaim,
  xautoclaim,
  xdel,
  xdelex,
  xackdel,
  xnack,
  xtrim,
  xsetid,
  xcfgset,
  xidmprecord,
  xgroup,
  xinfo,
]
