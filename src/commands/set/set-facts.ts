/** Facts that most set commands share. */
import { allKeys, firstKey } from '../command.ts'

/** Of a command on one set. */
export const ofSet = { categories: ['set'], keys: firstKey, group: 'set', complexity: 'O(1)' } as const

/** Of a command on any number of sets. */
export const ofSets = {
  ...ofSet,
  arity: -2,
  flags: ['readonly'],
  keys: allKeys,
  syntax: 'key [key ...]',
} as const

/** Of a command that stores what it makes of sets. */
export const storing = {
  ...ofSets,
  arity: -3,
  flags: ['write', 'denyoom'],
  syntax: 'destination key [key ...]',
} as const
