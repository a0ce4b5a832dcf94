/** What all subcommands of FUNCTION have in common. */
import { noKeys } from '../command.ts'

export const ofFunctions = {
  categories: ['scripting'],
  keys: noKeys,
  since: '7.0.0',
  group: 'scripting',
} as const
