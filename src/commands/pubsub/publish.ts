/** PUBLISH and SPUBLISH. A message is not kept: nothing is logged. */
import { defineCommand, firstKey, noKeys } from '../command.ts'
import { pubsub } from './pubsub.ts'
import { subscribeCommands } from './subscribe.ts'

const publish = defineCommand({
  name: 'publish',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  categories: [],
  keys: noKeys,
  since: '2.0.0',
  group: 'pubsub',
  summary: 'Sends a message to everybody who hears the channel.',
  complexity: 'O(N+M) with N subscribers of the channel and M patterns',
  syntax: 'channel message',
  run({ args, channels, reply }) {
    const { bytes, starts, ends } = args
    reply.integer(channels.publish(bytes, starts[1]!, ends[1]!, bytes, starts[2]!, ends[2]!))
  },
})

const spublish = defineCommand({
  name: 'spublish',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  categories: [],
  keys: firstKey,
  since: '7.0.0',
  group: 'pubsub',
  summary: 'Sends a message to everybody who hears the shard channel.',
  complexity: 'O(N) with N subscribers of the shard channel',
  syntax: 'shardchannel message',
  run({ args, channels, reply }) {
    reply.integer(channels.publishShard(args, 1))
  },
})

export const pubsubCommands = [publish, spublish, ...subscribeCommands, pubsub]
