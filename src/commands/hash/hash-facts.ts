/** Facts that most hash commands share. */
import { firstKey } from '../command.ts'

/** Of a command on one hash. */
export const ofHash = {
  categories: ['hash'],
  keys: firstKey,
  since: '2.0.0',
  group: 'hash',
} as const
