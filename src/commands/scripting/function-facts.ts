/** What all subcommands of FUNCTION have in common. */
import { noKeys } from '../command.ts'

export const ofFunctions = {
  categories: ['scripting'],
  keys: noKeys,
  since: '7.0.0',
  group: 'scripting',
} as const

/** A word as an error tells it: up to its first NUL, with spaces for line ends. */
export function quotedAsC(word: string): string {
  return word.replace(/\0.*/s, '').replace(/[\r\n]/g, ' ')
}
