/** MIGRATE: moves keys to another server, which RESTOREs what DUMP would have answered. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { notInteger, syntaxError } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofKey } from './key-facts.ts'
import { type MigrationOptions, type MovedKey, movedKey } from './migration.ts'

const timeoutMsDefault = 1000
const keyArgument = 3

export const migrate = defineCommand({
  ...ofKey,
  name: 'migrate',
  arity: -6,
  flags: ['write', 'movablekeys'],
  categories: ['keyspace', 'dangerous'],
  keys: { first: keyArgument, last: keyArgument, step: 1, find: findKeys },
  since: '2.6.0',
  summary: 'Moves keys to another server; others are served meanwhile.',
  complexity: 'O(N) with N bytes of values',
  syntax:
    'host port <key | ""> destination-db timeout [COPY] [REPLACE] [[AUTH password] | [AUTH2 username password]] ' +
    '[KEYS key [key ...]]',
  run(call) {
    const { args, db, reply } = call
    const options = readOptions(call)
    const keys: MovedKey[] = []
    for (const i of options.keys) {
      const entry = db.lookup(args, i)
      if (entry >= 0) keys.push(movedKey(db, args.copy(i), entry))
    }
    if (keys.length === 0) return reply.simple('NOKEY')
    if (!call.mayBlock) throw new ReplyError('ERR MIGRATE is not allowed in transactions and scripts')
    call.server.migrations.begin(call, { ...options, keys })
  },
})

function readOptions({ args }: Call): MigrationOptions & { keys: number[] } {
  const host = args.next()
  const port = args.next()
  const key = args.next()
  const db = args.next()
  const timeout = args.next()
  const options = { copies: false, replaces: false, credentials: [] as Uint8Array[], keys: [key] }
  while (args.left > 0) {
    if (args.token('COPY')) options.copies = true
    else if (args.token('REPLACE')) options.replaces = true
    else if (args.left > 1 && args.token('AUTH')) options.credentials = [args.copy(args.next())]
    else if (args.left > 2 && args.token('AUTH2')) {
      options.credentials = [args.copy(args.next()), args.copy(args.next())]
    } else if (args.token('KEYS')) {
      if (args.size(key) > 0) throw keyBesideKeys()
      options.keys = []
      while (args.left > 0) options.keys.push(args.next())
    } else throw syntaxError()
  }
  const timeoutMs = Number(integer(args, timeout))
  return {
    ...options,
    host: args.text(host),
    port: Number.parseInt(args.text(port), 10) || 0,
    targetDb: String(integer(args, db)),
    timeoutMs: timeoutMs > 0 ? timeoutMs : timeoutMsDefault,
  }
}

function integer(args: Args, i: number): bigint {
  const value = args.int64(i)
  if (value === undefined) throw notInteger()
  return value
}

const keyBesideKeys = (): ReplyError =>
  new ReplyError('ERR When using MIGRATE KEYS option, the key argument must be set to the empty string')

/** None where a key stands beside KEYS. */
function findKeys(args: Args): number[] {
  for (let i = 6; i < args.count; i++) {
    if (args.is(i, 'AUTH')) i++
    else if (args.is(i, 'AUTH2')) i += 2
    else if (args.is(i, 'KEYS')) {
      if (args.size(keyArgument) > 0) return []
      return Array.from({ length: args.count - i - 1 }, (_, n) => i + 1 + n)
    }
  }
  return [keyArgument]
}
