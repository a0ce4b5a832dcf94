/** SUBSCRIBE and its kin. Each name is answered by itself, as a push to clients that speak RESP3. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import type { ChannelKind } from '../../broker/channels.ts'
import type { Call } from '../call.ts'
import { type CommandFacts, type CommandFlag, defineCommand, noKeys } from '../command.ts'

const flags: readonly CommandFlag[] = ['pubsub', 'noscript', 'loading', 'stale']
/** Shard channels are placed like keys in a cluster. */
const shardKeys = { first: 1, last: -1, step: 1 }

const facts = (given: Pick<CommandFacts, 'name' | 'summary' | 'complexity' | 'syntax'> & Partial<CommandFacts>) => ({
  arity: -2,
  flags,
  categories: [],
  keys: noKeys,
  since: '2.0.0',
  group: 'pubsub',
  ...given,
})

function subscribeAll({ args, channels, client, reply }: Call, kind: ChannelKind, word: string): void {
  while (args.left > 0) {
    const name = args.next()
    const count = channels.subscribe(kind, client, args, name)
    reply.push(3)
    reply.text(word)
    reply.bulk(args.bytes, args.starts[name]!, args.ends[name]!)
    reply.integer(count)
  }
}

function unsubscribeSome({ args, channels, client, reply }: Call, kind: ChannelKind, word: string): void {
  let isAnswered = false
  const answer = (name: Uint8Array, count: number): void => {
    isAnswered = true
    reply.push(3)
    reply.text(word)
    reply.bulk(name)
    reply.integer(count)
  }
  if (args.left === 0) channels.unsubscribeAll(kind, client, answer)
  while (args.left > 0) {
    const name = args.next()
    answer(args.copy(name), channels.unsubscribe(kind, client, args, name))
  }
  if (isAnswered) return
  reply.push(3)
  reply.text(word)
  reply.null()
  reply.integer(client.subscriptions?.countLike(kind) ?? 0)
}

const subscribe = defineCommand({
  ...facts({
    name: 'subscribe',
    summary: 'Hears the messages of channels.',
    complexity: 'O(N) with N channels',
    syntax: 'channel [channel ...]',
  }),
  run: (call) => subscribeAll(call, 'channel', 'subscribe'),
})

const psubscribe = defineCommand({
  ...facts({
    name: 'psubscribe',
    summary: 'Hears the messages of all channels that match patterns.',
    complexity: 'O(N) with N patterns',
    syntax: 'pattern [pattern ...]',
  }),
  run: (call) => subscribeAll(call, 'pattern', 'psubscribe'),
})

const ssubscribe = defineCommand({
  ...facts({
    name: 'ssubscribe',
    keys: shardKeys,
    since: '7.0.0',
    summary: 'Hears the messages of shard channels.',
    complexity: 'O(N) with N shard channels',
    syntax: 'shardchannel [shardchannel ...]',
  }),
  run(call) {
    if (!call.mayBlock) throw new ReplyError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
    subscribeAll(call, 'shard', 'ssubscribe')
  },
})

const unsubscribe = defineCommand({
  ...facts({
    name: 'unsubscribe',
    arity: -1,
    summary: 'Hears channels no more, all of them when none is named.',
    complexity: 'O(N) with N channels',
    syntax: '[channel [channel ...]]',
  }),
  run: (call) => unsubscribeSome(call, 'channel', 'unsubscribe'),
})

const punsubscribe = defineCommand({
  ...facts({
    name: 'punsubscribe',
    arity: -1,
    summary: 'Hears patterns no more, all of them when none is named.',
    complexity: 'O(N) with N patterns',
    syntax: '[pattern [pattern ...]]',
  }),
  run: (call) => unsubscribeSome(call, 'pattern', 'punsubscribe'),
})

const sunsubscribe = defineCommand({
  ...facts({
    name: 'sunsubscribe',
    arity: -1,
    keys: shardKeys,
    since: '7.0.0',
    summary: 'Hears shard channels no more, all of them when none is named.',
    complexity: 'O(N) with N shard channels',
    syntax: '[shardchannel [shardchannel ...]]',
  }),
  run: (call) => unsubscribeSome(call, 'shard', 'sunsubscribe'),
})

export const subscribeCommands = [subscribe, psubscribe, ssubscribe, unsubscribe, punsubscribe, sunsubscribe]
