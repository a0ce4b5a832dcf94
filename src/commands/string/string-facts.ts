/** Facts that most string commands share. */
import { firstKey } from '../command.ts'

/** Of a command on one string, in constant time. */
export const ofString = {
  categories: ['string'],
  keys: firstKey,
  group: 'string',
  complexity: 'O(1)',
} as const
