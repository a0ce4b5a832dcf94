/** All commands on HyperLogLogs. */
import type { Command } from '../command.ts'
import { pfadd, pfmerge } from './pfadd.ts'
import { pfcount } from './pfcount.ts'
import { pfdebug, pfselftest } from './pfdebug.ts'

export const hyperloglogCommands: readonly Command[] = [pfadd, pfcount, pfmerge, pfdebug, pfselftest]
