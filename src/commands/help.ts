/** HELP of the containers: Redis' shape, our words. */
import { type Command, defineCommand, noKeys } from './command.ts'

/** What HELP says of one subcommand. */
export interface HelpEntry {
  /** The subcommand with its arguments: `GET [<count>]`. */
  readonly usage: string
  readonly lines: readonly string[]
}

/** The lines of HELP: each is a simple string of the answer. */
export function helpLines(container: string, entries: readonly HelpEntry[]): string[] {
  return [
    `${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...entries.flatMap(({ usage, lines }) => [usage, ...lines.map((line) => `    ${line}`)]),
    'HELP',
    '    Show these lines.',
  ]
}

/** The HELP subcommand of a container. */
export function helpCommand(
  container: string,
  group: string,
  since: string,
  categories: readonly string[],
  entries: readonly HelpEntry[],
): Command {
  return defineCommand({
    name: 'help',
    arity: 2,
    flags: ['loading', 'stale'],
    categories,
    keys: noKeys,
    since,
    group,
    summary: 'Says which subcommands there are.',
    complexity: 'O(1)',
    syntax: '',
    run({ reply }) {
      const lines = helpLines(container, entries)
      reply.array(lines.length)
      for (const line of lines) reply.simple(line)
    },
  })
}
