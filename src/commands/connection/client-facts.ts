/** The facts that the subcommands of CLIENT share. */
import { type CommandFacts, type CommandFlag, noKeys } from '../command.ts'

type Given = Pick<CommandFacts, 'name' | 'arity' | 'since' | 'summary'> & Partial<CommandFacts>

const open: readonly CommandFlag[] = ['noscript', 'loading', 'stale']
const admin: readonly CommandFlag[] = ['admin', ...open]

/** Facts of a subcommand that anybody may use. */
export const clientFacts = (facts: Given): CommandFacts => ({
  flags: open,
  categories: ['connection'],
  keys: noKeys,
  group: 'connection',
  complexity: 'O(1)',
  syntax: '',
  ...facts,
})

/** Facts of a subcommand that reaches into other connections. */
export const adminFacts = (facts: Given): CommandFacts => clientFacts({ flags: admin, ...facts })
