/** SELECT SWAPDB DBSIZE FLUSHDB FLUSHALL. */
import type { Args } from '../../../protocol/resp/args.ts'
import { syntaxError } from '../../broker/errors.ts'
import { type Command, defineCommand, noKeys } from '../command.ts'
import { readDatabaseIndex, readInt32, requireDatabase } from '../database-index.ts'

export const select = defineCommand({
  name: 'select',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  keys: noKeys,
  since: '1.0.0',
  group: 'connection',
  summary: 'Chooses the database of this connection.',
  complexity: 'O(1)',
  syntax: 'index',
  run({ args, client, keyspace, reply }) {
    client.dbIndex = readDatabaseIndex(args, args.next(), keyspace)
    reply.ok()
  },
})

export const swapdb = defineCommand({
  name: 'swapdb',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace', 'dangerous'],
  keys: noKeys,
  since: '4.0.0',
  group: 'server',
  summary: 'Exchanges two databases for all connections.',
  complexity: 'O(N) with N clients that watch keys of either or wait for them',
  syntax: 'index1 index2',
  run(call) {
    const { args, keyspace, reply } = call
    const first = readInt32(args, args.next(), 'ERR invalid first DB index')
    const second = readInt32(args, args.next(), 'ERR invalid second DB index')
    requireDatabase(first, keyspace)
    requireDatabase(second, keyspace)
    if (first !== second) {
      call.logAsReceived()
      keyspace.swap(first, second)
    }
    reply.ok()
  },
})

export const dbsize = defineCommand({
  name: 'dbsize',
  arity: 1,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keys: noKeys,
  since: '1.0.0',
  group: 'server',
  summary: 'Counts the keys of the database, those included that have expired and that nobody has met since.',
  complexity: 'O(1)',
  syntax: '',
  run({ db, reply }) {
    reply.integer(db.size)
  },
})

const flushFacts = {
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  keys: noKeys,
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1), since memory is given back as a whole',
  syntax: '[ASYNC | SYNC]',
} as const

export const flushdb = defineCommand({
  ...flushFacts,
  name: 'flushdb',
  summary: 'Deletes all keys of the database.',
  run(call) {
    const { args, db, keyspace, reply } = call
    readMode(args)
    if (db.size > 0) {
      keyspace.flush(db)
      call.logAsReceived()
    }
    keyspace.tellFlushed()
    reply.ok()
  },
})

export const flushall = defineCommand({
  ...flushFacts,
  name: 'flushall',
  summary: 'Deletes all keys of all databases.',
  run(call) {
    const { args, keyspace, reply } = call
    readMode(args)
    const filled = keyspace.databases.filter((db) => db.size > 0)
    for (const db of filled) keyspace.flush(db)
    if (filled.length > 0) call.logAsReceived()
    keyspace.tellFlushed()
    reply.ok()
  },
})

export const databaseCommands: readonly Command[] = [select, swapdb, dbsize, flushdb, flushall]

/** ASYNC and SYNC are the same here. */
function readMode(args: Args): void {
  if (args.left > 1 || (args.left === 1 && !args.token('ASYNC') && !args.token('SYNC'))) throw syntaxError()
}
