/** All string commands. */
import type { Command } from '../command.ts'
import { append, setrange } from './append.ts'
import { delex, delifeq, digest } from './delex.ts'
import { get, getdel, getex, getrange, mget, strlen, substr } from './get.ts'
import { decr, decrby, incr, incrby } from './incr.ts'
import { incrbyfloat } from './incrbyfloat.ts'
import { increx } from './increx.ts'
import { lcs } from './lcs.ts'
import { mset, msetnx } from './mset.ts'
import { msetex } from './msetex.ts'
import { getset, psetex, set, setex, setnx } from './set.ts'

export const stringCommands: readonly Command[] = [
  ...[get, set, getex, getdel, getset, mget, mset, msetnx, msetex, setnx, setex, psetex],
  ...[append, strlen, getrange, substr, setrange, lcs],
  ...[digest, delex, delifeq],
  ...[incr, decr, incrby, decrby, incrbyfloat, increx],
]
