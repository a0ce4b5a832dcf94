/** All commands on a string's bits. */
import type { Command } from '../command.ts'
import { getbit, setbit } from './bit.ts'
import { bitcount, bitpos } from './bit-range.ts'
import { bitfield, bitfieldRo } from './bitfield.ts'
import { bitop } from './bitop.ts'

export const bitmapCommands: readonly Command[] = [setbit, getbit, bitcount, bitpos, bitop, bitfield, bitfieldRo]
