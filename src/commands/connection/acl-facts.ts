/** What the subcommands of ACL have in common. */
import { type CommandFacts, type CommandFlag, noKeys } from '../command.ts'

const open: readonly CommandFlag[] = ['noscript', 'loading', 'stale']
export const adminFlags: readonly CommandFlag[] = ['admin', ...open]

export const aclFacts = (
  given: Pick<CommandFacts, 'name' | 'arity' | 'summary'> & Partial<CommandFacts>,
): CommandFacts => ({
  flags: open,
  categories: [],
  keys: noKeys,
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  ...given,
})
