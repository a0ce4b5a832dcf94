/** SLOWLOG GET, LEN, RESET. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { subcommandSyntax } from '../../broker/errors.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import { type CommandFacts, defineCommand, defineContainer, noKeys } from '../command.ts'
import { helpCommand } from '../help.ts'

const entriesByDefault = 10n

const facts = {
  flags: ['admin', 'loading', 'stale'],
  categories: [],
  keys: noKeys,
  since: '2.2.12',
  group: 'server',
} as const satisfies Partial<CommandFacts>

const get = defineCommand({
  ...facts,
  name: 'get',
  arity: -2,
  summary: 'Tells the commands that took long, youngest first.',
  complexity: 'O(N) with N entries',
  syntax: '[count]',
  run({ args, server, reply }) {
    if (args.left > 1) throw subcommandSyntax('slowlog', args.quoted(1))
    const count = args.left === 0 ? entriesByDefault : args.int64(args.next())
    if (count === undefined || count < -1n) throw new ReplyError('ERR count should be greater than or equal to -1')
    const entries = server.slowlog.latest(count === -1n ? server.slowlog.length : Number(count))
    reply.array(entries.length)
    for (const entry of entries) {
      reply.array(6)
      reply.integer(entry.id)
      reply.integer(entry.atS)
      reply.integer(entry.durationUs)
      reply.array(entry.args.length)
      for (const argument of entry.args) reply.bulk(argument)
      reply.text(entry.address)
      reply.bulk(latin1Bytes(entry.clientName))
    }
  },
})

const len = defineCommand({
  ...facts,
  name: 'len',
  arity: 2,
  summary: 'Counts the entries of the slow log.',
  complexity: 'O(1)',
  syntax: '',
  run({ server, reply }) {
    reply.integer(server.slowlog.length)
  },
})

const reset = defineCommand({
  ...facts,
  name: 'reset',
  arity: 2,
  summary: 'Empties the slow log.',
  complexity: 'O(N) with N entries',
  syntax: '',
  run({ server, reply }) {
    server.slowlog.reset()
    reply.ok()
  },
})

const help = helpCommand(
  'slowlog',
  'server',
  '6.2.0',
  [],
  [
    {
      usage: 'GET [<count>]',
      lines: [
        'Tell the <count> youngest entries (10 without it, all with -1). An entry is',
        'number, time, microseconds, arguments, client address, client name.',
      ],
    },
    { usage: 'LEN', lines: ['Count the entries.'] },
    { usage: 'RESET', lines: ['Forget all entries.'] },
  ],
)

export const slowlog = defineContainer(
  {
    ...facts,
    name: 'slowlog',
    arity: -2,
    flags: [],
    summary: 'Tells which commands took long.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  [get, help, len, reset],
)
