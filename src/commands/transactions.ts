/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. What is between MULTI and EXEC runs in one turn and is one log record. */
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import { allKeys, defineCommand, noKeys } from './command.ts'

export const multi = defineCommand({
  name: 'multi',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  keys: noKeys,
  since: '1.2.0',
  group: 'transactions',
  summary: 'Begins a transaction: what follows is queued until EXEC.',
  complexity: 'O(1)',
  syntax: '',
  run({ client, server, reply }) {
    if (client.transaction !== undefined) throw new ReplyError('ERR MULTI calls can not be nested')
    server.transactions.open(client)
    reply.ok()
  },
})

export const exec = defineCommand({
  name: 'exec',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  categories: ['transaction'],
  keys: noKeys,
  since: '1.2.0',
  group: 'transactions',
  summary: 'Runs the queued commands as one.',
  complexity: 'The sum of the queued commands.',
  syntax: '',
  run(call) {
    const { client, server, reply } = call
    if (client.transaction === undefined) throw new ReplyError('ERR EXEC without MULTI')
    if (client.transaction.isBroken) {
      server.transactions.close(client)
      throw new ReplyError('EXECABORT Transaction discarded because of previous errors.')
    }
    server.transactions.expireWatched(client)
    if (client.isWatchBroken) {
      server.transactions.close(client)
      return reply.nullArray()
    }
    server.transactions.run(call)
  },
})

export const discard = defineCommand({
  name: 'discard',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  keys: noKeys,
  since: '2.0.0',
  group: 'transactions',
  summary: 'Drops the queued commands and the watches.',
  complexity: 'O(N) with N queued commands',
  syntax: '',
  run({ client, server, reply }) {
    if (client.transaction === undefined) throw new ReplyError('ERR DISCARD without MULTI')
    server.transactions.close(client)
    reply.ok()
  },
})

export const watch = defineCommand({
  name: 'watch',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  keys: allKeys,
  since: '2.2.0',
  group: 'transactions',
  summary: 'Lets the next EXEC fail if one of the keys changes before it.',
  complexity: 'O(1) for every key',
  syntax: 'key [key ...]',
  run({ args, client, server, reply }) {
    if (client.transaction !== undefined) throw new ReplyError('ERR WATCH inside MULTI is not allowed')
    while (args.left > 0) server.transactions.watch(client, args, args.next())
    reply.ok()
  },
})

export const unwatch = defineCommand({
  name: 'unwatch',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  keys: noKeys,
  since: '2.2.0',
  group: 'transactions',
  summary: 'Forgets all watched keys.',
  complexity: 'O(1)',
  syntax: '',
  run({ client, server, reply }) {
    server.transactions.unwatch(client)
    reply.ok()
  },
})

export const transactionCommands = [multi, exec, discard, watch, unwatch]
