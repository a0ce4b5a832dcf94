/** The reference of all commands, `protocol/commands.md`, made from their facts so that it can't say anything else. */
import type { Command } from './command.ts'
import { shownFlags } from './facts/acl-categories.ts'
import { deprecationOf } from './facts/tips.ts'

/** Redis' groups in the order in which one would read about them; others follow. */
const groups: Readonly<Record<string, string>> = {
  stream: 'Streams',
  list: 'Lists',
  pubsub: 'Publish and subscribe',
  string: 'Strings',
  generic: 'Keys',
  hash: 'Hashes',
  set: 'Sets',
  'sorted-set': 'Sorted sets',
  geo: 'Places',
  bitmap: 'Bitmaps',
  hyperloglog: 'HyperLogLog',
  scripting: 'Scripts and functions',
  transactions: 'Transactions',
  connection: 'Connections',
  server: 'Server',
  cluster: 'Cluster',
}

/** The whole text of the file. */
export function commandReference(commands: readonly Command[]): string {
  const names = [...new Set([...Object.keys(groups), ...commands.map((command) => command.group)])]
  const sections = names.map((group) =>
    section(
      group,
      commands.filter((command) => command.group === group),
    ),
  )
  const count = commands.reduce((sum, command) => sum + entries(command).length, 0)
  return `# Commands

Millrace has ${count} commands and subcommands. Syntax, replies and errors are those of Redis 7.0 unless
[differences.md](differences.md) says otherwise. COMMAND DOCS and COMMAND INFO tell the same at run time.

In a syntax, words in capitals are written as they stand; \`[…]\` may be left out, \`|\` parts alternatives, \`…\` behind
an argument means that it may come again. _Since_ is the version of Redis that brought the command. _Flags_ are those of
COMMAND INFO.

This file is generated from the facts in \`src/commands\`.
${sections.join('')}`
}

function section(group: string, commands: readonly Command[]): string {
  if (commands.length === 0) return ''
  const sorted = commands.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return `
## ${groups[group] ?? group}
${sorted.flatMap(entries).join('')}`
}

/** A container is told by its subcommands, unless it can be called itself. */
function entries(command: Command): string[] {
  const { subcommands = [] } = command
  const sorted = subcommands.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const own = subcommands.length === 0 || command.arity === -1 ? [entry(command, command.name)] : []
  return [...own, ...sorted.map((each) => entry(each, `${command.name} ${each.name}`))]
}

function entry(command: Command, name: string): string {
  const call = `${name.toUpperCase()} ${command.syntax}`.trim().replace(/\[([^[\]]+) \.\.\.\]/g, '[$1 …]')
  const flags = shownFlags(command).join(', ')
  const deprecation = deprecationOf(name)
  const warning =
    deprecation === undefined ? '' : ` Deprecated since ${deprecation.since}: use ${deprecation.replacedBy}.`
  return `
### ${name.toUpperCase()}

\`\`\`
${call}
\`\`\`

${command.summary}${warning}

- Since: ${command.since}
- Complexity: ${command.complexity.replace(/\.$/, '')}
- Flags: ${flags === '' ? 'none' : flags}
`
}
