/** PUBSUB: who listens, seen from outside. */
import { subcommandSyntax } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { type CommandFacts, defineCommand, defineContainer, noKeys } from '../command.ts'

const facts = (given: Pick<CommandFacts, 'name' | 'arity' | 'since' | 'summary'> & Partial<CommandFacts>) => ({
  flags: ['pubsub', 'loading', 'stale'] as const,
  categories: [],
  keys: noKeys,
  group: 'pubsub',
  complexity: 'O(N) with N names that have subscribers',
  syntax: '[pattern]',
  ...given,
})

function answerNames({ args, channels, reply }: Call, kind: 'channel' | 'shard'): void {
  if (args.left > 1) throw subcommandSyntax('pubsub', args.text(1))
  const names = channels.names(kind, args.left > 0 ? args.copy(args.next()) : undefined)
  reply.array(names.length)
  for (const name of names) reply.bulk(name)
}

function answerCounts({ args, channels, reply }: Call, kind: 'channel' | 'shard'): void {
  // Pairs in a flat array, in RESP3 too.
  reply.array(args.left * 2)
  while (args.left > 0) {
    const name = args.next()
    reply.bulk(args.bytes, args.starts[name]!, args.ends[name]!)
    reply.integer(channels.subscriberCount(kind, args, name))
  }
}

const channels = defineCommand({
  ...facts({ name: 'channels', arity: -2, since: '2.8.0', summary: 'The channels that have subscribers.' }),
  run: (call) => answerNames(call, 'channel'),
})

const numsub = defineCommand({
  ...facts({
    name: 'numsub',
    arity: -2,
    since: '2.8.0',
    summary: 'How many subscribers channels have, those by pattern not counted.',
    complexity: 'O(N) with N channels asked for',
    syntax: '[channel [channel ...]]',
  }),
  run: (call) => answerCounts(call, 'channel'),
})

const numpat = defineCommand({
  ...facts({
    name: 'numpat',
    arity: 2,
    since: '2.8.0',
    summary: 'How many patterns have subscribers.',
    complexity: 'O(1)',
    syntax: '',
  }),
  run({ channels, reply }) {
    reply.integer(channels.patternCount)
  },
})

const shardchannels = defineCommand({
  ...facts({ name: 'shardchannels', arity: -2, since: '7.0.0', summary: 'The shard channels that have subscribers.' }),
  run: (call) => answerNames(call, 'shard'),
})

const shardnumsub = defineCommand({
  ...facts({
    name: 'shardnumsub',
    arity: -2,
    since: '7.0.0',
    summary: 'How many subscribers shard channels have.',
    complexity: 'O(N) with N shard channels asked for',
    syntax: '[shardchannel [shardchannel ...]]',
  }),
  run: (call) => answerCounts(call, 'shard'),
})

/** Redis 7.0's lines, which tools print as they are. */
const helpLines = [
  'PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  'CHANNELS [<pattern>]',
  "    Return the currently active channels matching a <pattern> (default: '*').",
  'NUMPAT',
  '    Return number of subscriptions to patterns.',
  'NUMSUB [<channel> ...]',
  '    Return the number of subscribers for the specified channels, excluding',
  '    pattern subscriptions(default: no channels).',
  'SHARDCHANNELS [<pattern>]',
  "    Return the currently active shard level channels matching a <pattern> (default: '*').",
  'SHARDNUMSUB [<shardchannel> ...]',
  '    Return the number of subscribers for the specified shard level channel(s)',
  'HELP',
  '    Prints this help.',
]

const help = defineCommand({
  ...facts({
    name: 'help',
    arity: 2,
    flags: ['loading', 'stale'],
    since: '6.2.0',
    summary: 'What the subcommands do.',
    complexity: 'O(1)',
    syntax: '',
  }),
  run({ reply }) {
    reply.array(helpLines.length)
    for (const line of helpLines) reply.simple(line)
  },
})

export const pubsub = defineContainer(
  facts({
    name: 'pubsub',
    arity: -2,
    flags: [],
    since: '2.8.0',
    summary: 'Commands about subscriptions.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  }),
  [channels, numsub, numpat, shardchannels, shardnumsub, help],
)
