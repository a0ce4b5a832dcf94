/** All commands on keys whatever they hold. */
import type { Command } from '../command.ts'
import { del, exists, randomkey, touch, type, unlink } from './del.ts'
import { dump, restore } from './dump.ts'
import { expire, expireat, persist, pexpire, pexpireat } from './expire.ts'
import { migrate } from './migrate.ts'
import { object } from './object.ts'
import { copy, move, rename, renamenx } from './rename.ts'
import { keys, scan } from './scan.ts'
import { sort, sortRo } from './sort.ts'
import { expiretime, pexpiretime, pttl, ttl } from './ttl.ts'

export const keyCommands: readonly Command[] = [
  ...[sort, sortRo],
  ...[del, unlink, exists, touch, type, randomkey, keys, scan],
  ...[rename, renamenx, copy, move, object, dump, restore, migrate],
  ...[expire, pexpire, expireat, pexpireat, persist, ttl, pttl, expiretime, pexpiretime],
]
