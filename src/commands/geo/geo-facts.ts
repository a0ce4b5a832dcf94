/** What the commands of places have in common. Places are the members of a sorted set, their scores geohashes. */
import { firstKey } from '../command.ts'

export const ofPlaces = { categories: ['geo'], group: 'geo', keys: firstKey } as const
