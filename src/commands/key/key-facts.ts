/** Facts that most key commands share. */
import { allKeys, firstKey } from '../command.ts'

/** Of a command on one key, in constant time. */
export const ofKey = {
  categories: ['keyspace'],
  keys: firstKey,
  group: 'generic',
  complexity: 'O(1)',
} as const

/** Of a command on any number of keys. */
export const ofKeys = {
  ...ofKey,
  arity: -2,
  keys: allKeys,
  complexity: 'O(N) with N keys',
  syntax: 'key [key ...]',
} as const
