/** What most commands of sorted sets have in common. */
import { firstKey } from '../command.ts'

export const ofSortedSet = { categories: ['sortedset'], group: 'sorted-set', keys: firstKey } as const

export const readsFast = ['readonly', 'fast'] as const
export const logarithmic = 'O(log(N)) with N members'
export const logarithmicRange = 'O(log(N)+M) with N members and M of them in the range'
