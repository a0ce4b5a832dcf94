/** CONFIG GET, SET, RESETSTAT, REWRITE. What the directives are and mean is the configuration's own business. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import type { Call } from '../call.ts'
import { type CommandFacts, defineCommand, defineContainer, noKeys } from '../command.ts'
import { helpCommand } from '../help.ts'

const facts = {
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keys: noKeys,
  since: '2.0.0',
  group: 'server',
} as const satisfies Partial<CommandFacts>

const get = defineCommand({
  ...facts,
  name: 'get',
  arity: -3,
  summary: 'Tells the values of the directives that match patterns.',
  complexity: 'O(N) with N directives',
  syntax: 'parameter [parameter ...]',
  run(call) {
    const found = call.server.config.matching(restTexts(call))
    call.reply.map(found.length)
    for (const [name, value] of found) {
      call.reply.bulk(latin1Bytes(name))
      call.reply.bulk(latin1Bytes(value))
    }
  },
})

const set = defineCommand({
  ...facts,
  name: 'set',
  arity: -4,
  summary: 'Gives directives new values, all or none.',
  complexity: 'O(N) with N directives',
  syntax: 'parameter value [parameter value ...]',
  run(call) {
    call.server.config.set(restTexts(call), call)
  },
})

const resetStat = defineCommand({
  ...facts,
  name: 'resetstat',
  arity: 2,
  summary: 'Begins the statistics of INFO anew.',
  complexity: 'O(1)',
  syntax: '',
  run({ server, reply }) {
    server.config.resetStatistics()
    reply.ok()
  },
})

const rewrite = defineCommand({
  ...facts,
  name: 'rewrite',
  arity: 2,
  since: '2.8.0',
  summary: 'Writes the values of now into the configuration file.',
  complexity: 'O(1)',
  syntax: '',
  run({ server, reply }) {
    const refusal = server.config.rewrite()
    if (refusal !== undefined) throw new ReplyError(refusal)
    reply.ok()
  },
})

const help = helpCommand(
  'config',
  'server',
  '5.0.0',
  [],
  [
    { usage: 'GET <pattern> [<pattern> ...]', lines: ['Tell names and values of the directives that match.'] },
    { usage: 'SET <directive> <value> [<directive> <value> ...]', lines: ['Give directives new values, all or none.'] },
    { usage: 'RESETSTAT', lines: ['Begin the statistics of INFO anew.'] },
    { usage: 'REWRITE', lines: ['Write the values of now into the configuration file.'] },
  ],
)

export const config = defineContainer(
  {
    ...facts,
    name: 'config',
    arity: -2,
    flags: [],
    summary: 'Reads and changes the configuration.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  [get, help, resetStat, rewrite, set],
)

function restTexts({ args }: Call): string[] {
  const texts: string[] = []
  while (args.left > 0) texts.push(args.text(args.next()))
  return texts
}
