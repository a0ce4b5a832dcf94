/** DEBUG: for tests and for looking inside. As in Redis it is one command without subcommands of its own, and
 *  `enable-debug-command` says who may use it. What would crash or corrupt the server is not here. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { noSuchKey, subcommandSyntax } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { defineCommand, noKeys } from '../command.ts'
import { helpLines } from '../help.ts'
import { encodingOf } from '../key/object.ts'
import { protocolSamples, replyProtocolSample } from './debug-protocol.ts'
import { keyspaceDigest, noDigest, valueDigest } from './value-digest.ts'

/** What a subcommand does, with how many arguments behind its name. */
interface DebugTask {
  readonly usage: string
  readonly lines: readonly string[]
  readonly argumentsMin: number
  readonly argumentsMax: number
  readonly run: (call: Call) => void
}

const tasks: Readonly<Record<string, DebugTask>> = {
  DIGEST: {
    usage: 'DIGEST',
    lines: ['Tell a fingerprint of all keys and values.'],
    argumentsMin: 0,
    argumentsMax: 0,
    run: ({ keyspace, reply }) => reply.simple(keyspaceDigest(keyspace.databases)),
  },
  'DIGEST-VALUE': {
    usage: 'DIGEST-VALUE <key> [<key> ...]',
    lines: ['Tell a fingerprint of what each key holds; zeros for none.'],
    argumentsMin: 0,
    argumentsMax: Number.POSITIVE_INFINITY,
    run: digestValues,
  },
  ERROR: {
    usage: 'ERROR <string>',
    lines: ['Answer with this error.'],
    argumentsMin: 1,
    argumentsMax: 1,
    run: ({ args, reply }) => reply.error(args.text(args.next())),
  },
  LOADAOF: {
    usage: 'LOADAOF',
    lines: ['Forget all keys and rebuild them from the disk.'],
    argumentsMin: 0,
    argumentsMax: 0,
    run: reload,
  },
  OBJECT: {
    usage: 'OBJECT <key>',
    lines: ['Tell about the value at <key>.'],
    argumentsMin: 1,
    argumentsMax: 1,
    run: describeObject,
  },
  PROTOCOL: {
    usage: 'PROTOCOL <type>',
    lines: [`Answer with a sample of the type: ${protocolSamples.join(', ')}.`],
    argumentsMin: 1,
    argumentsMax: 1,
    run: ({ args, reply }) => replyProtocolSample(reply, args.text(args.next()).toLowerCase()),
  },
  RELOAD: {
    usage: 'RELOAD [NOSAVE]',
    lines: ['Forget all keys and rebuild them from the disk.'],
    argumentsMin: 0,
    argumentsMax: Number.POSITIVE_INFINITY,
    run(call) {
      readReloadOptions(call.args)
      reload(call)
    },
  },
  'SET-ACTIVE-EXPIRE': {
    usage: 'SET-ACTIVE-EXPIRE <0|1>',
    lines: ['Let expired keys stay until somebody meets them (0), or delete them (1).'],
    argumentsMin: 1,
    argumentsMax: 1,
    run({ args, server, reply }) {
      server.process.activeExpiry = Number.parseInt(args.text(args.next()), 10) > 0
      reply.ok()
    },
  },
  SLEEP: {
    usage: 'SLEEP <seconds>',
    lines: ['Stop everything for so long. Decimals allowed.'],
    argumentsMin: 1,
    argumentsMax: 1,
    run({ args, server, reply }) {
      const seconds = Number.parseFloat(args.text(args.next()))
      if (seconds > 0) server.process.sleep(seconds * 1000)
      reply.ok()
    },
  },
}

export const debug = defineCommand({
  name: 'debug',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'protected'],
  categories: [],
  keys: noKeys,
  since: '1.0.0',
  group: 'server',
  summary: 'Looks inside the server and tests it.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  run(call) {
    const { args, reply } = call
    const word = args.next()
    const name = args.quoted(word).toUpperCase()
    if (name === 'HELP' && args.left === 0) {
      const lines = helpLines('debug', Object.values(tasks))
      reply.array(lines.length)
      for (const line of lines) reply.simple(line)
      return
    }
    const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined
    if (task === undefined || args.left < task.argumentsMin || args.left > task.argumentsMax) {
      throw subcommandSyntax('debug', args.quoted(word))
    }
    task.run(call)
  },
})

function digestValues({ args, db, reply }: Call): void {
  reply.array(args.left)
  while (args.left > 0) {
    const entry = db.peek(args, args.next())
    reply.simple(entry < 0 ? noDigest : valueDigest(db, entry))
  }
}

function describeObject({ args, db, nowMs, reply }: Call): void {
  const entry = db.peek(args, args.next(), true)
  if (entry < 0) throw noSuchKey()
  const idleS = db.accesses.idleS(entry, nowMs)
  const size = db.kind(entry) === 'string' ? db.stringSize(entry) : db.objectAt(entry)!.memoryBytes
  reply.simple(
    `Value at:0x${entry.toString(16)} refcount:1 encoding:${encodingOf(db, entry)} serializedlength:${size} ` +
      `lru:${(Math.floor(nowMs / 1000) - idleS) % 2 ** 24} lru_seconds_idle:${idleS}`,
  )
}

function readReloadOptions(args: Args): void {
  while (args.left > 0) {
    // Redis reads its own file over the keys that are there; our disk always holds everything.
    if (args.token('NOSAVE') || args.token('NOFLUSH') || args.token('MERGE')) continue
    throw new ReplyError('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.')
  }
}

function reload(call: Call): void {
  if (!call.mayBlock) throw new ReplyError('ERR DEBUG RELOAD is not possible inside MULTI')
  call.server.persistence.reload(call)
}
