/** SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE, WAIT, WAITAOF: what is on disk, and since when. All three of the first are the
 *  same here: a checkpoint folds the log, and no other file is written. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import type { Call } from '../call.ts'
import { type CommandFacts, defineCommand, noKeys } from '../command.ts'

const facts = {
  flags: ['admin', 'noscript', 'no_async_loading'],
  categories: [],
  keys: noKeys,
  since: '1.0.0',
  group: 'server',
} as const satisfies Partial<CommandFacts>

const saveRuns = (): ReplyError => new ReplyError('ERR Background save already in progress')

export const save = defineCommand({
  ...facts,
  name: 'save',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  summary: 'Writes a checkpoint and answers when it is complete; other clients go on meanwhile.',
  complexity: 'O(N) with N keys in all databases',
  syntax: '',
  run(call) {
    requireLog(call)
    if (call.server.persistence.running === 'save') throw saveRuns()
    call.server.persistence.save(call)
  },
})

export const bgsave = defineCommand({
  ...facts,
  name: 'bgsave',
  arity: -1,
  summary: 'Starts a checkpoint.',
  complexity: 'O(1)',
  syntax: '[SCHEDULE]',
  run(call) {
    const { args, reply } = call
    const { persistence } = call.server
    const mayWait = args.left === 1 && args.token('SCHEDULE')
    args.finish()
    requireLog(call)
    if (persistence.running === 'save') throw saveRuns()
    if (mayStart(call)) {
      persistence.start('save')
      return reply.simple('Background saving started')
    }
    if (!mayWait && call.mayBlock) {
      throw new ReplyError(
        "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to " +
          'schedule a BGSAVE whenever possible.',
      )
    }
    persistence.schedule('save')
    reply.simple('Background saving scheduled')
  },
})

export const bgRewriteAof = defineCommand({
  ...facts,
  name: 'bgrewriteaof',
  arity: 1,
  summary: 'Starts a checkpoint, which folds the log.',
  complexity: 'O(1)',
  syntax: '',
  run(call) {
    requireLog(call)
    const { reply } = call
    const { persistence } = call.server
    if (persistence.running === 'rewrite') {
      throw new ReplyError('ERR Background append only file rewriting already in progress')
    }
    if (mayStart(call)) {
      persistence.start('rewrite')
      return reply.simple('Background append only file rewriting started')
    }
    persistence.schedule('rewrite')
    reply.simple('Background append only file rewriting scheduled')
  },
})

/** Whether a checkpoint may start at once: one that a transaction asks for starts when that has ended, as in Redis. */
function mayStart({ mayBlock, server }: Call): boolean {
  return mayBlock && server.persistence.running === undefined
}

export const lastSave = defineCommand({
  ...facts,
  name: 'lastsave',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  summary: 'Tells when the last checkpoint was complete, or, without one, when the server started.',
  complexity: 'O(1)',
  syntax: '',
  run({ server, reply }) {
    reply.integer(Math.floor(server.persistence.lastSaveAtMs / 1000))
  },
})

export const wait = defineCommand({
  ...facts,
  name: 'wait',
  arity: 3,
  flags: ['noscript'],
  categories: ['connection'],
  since: '3.0.0',
  group: 'generic',
  summary: 'Waits for replicas, of which there are none: answers 0, at the time-out if any was asked for.',
  complexity: 'O(1)',
  syntax: 'numreplicas timeout',
  run(call) {
    const { args, reply } = call
    const replicas = args.nextInt64()
    const deadlineMs = readDeadline(call, args.next())
    if (replicas <= 0n || !call.mayBlock) return reply.integer(0)
    call.block({
      args: args.clone(),
      keys: [],
      deadlineMs,
      serve: () => false,
      timeOut: (sink) => sink.integer(0),
    })
  },
})

export const waitAof = defineCommand({
  ...facts,
  name: 'waitaof',
  arity: 4,
  flags: ['noscript'],
  categories: ['connection'],
  since: '7.2.0',
  group: 'generic',
  summary: 'Waits until what the client wrote is on disk, and answers on how many disks it is: here, and of replicas.',
  complexity: 'O(1)',
  syntax: 'numlocal numreplicas timeout',
  run(call) {
    const { args, server } = call
    const local = readRange(args, args.next(), 1n)
    const replicas = readRange(args, args.next(), 2n ** 63n - 1n)
    const deadlineMs = readDeadline(call, args.next())
    if (local > 0n && !server.persistence.isLogged) {
      throw new ReplyError('ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.')
    }
    server.persistence.waitForDisk(call, { local: local > 0n, replicas: replicas > 0n, deadlineMs })
  },
})

/** With `appendonly no` there is nothing on disk, and saying that something was saved would be a lie. */
function requireLog({ server }: Call): void {
  if (!server.persistence.isLogged) throw new ReplyError('ERR nothing is kept on disk (appendonly no)')
}

function readRange(args: Args, i: number, max: bigint): bigint {
  const value = args.int64(i)
  if (value === undefined) throw new ReplyError('ERR value is not an integer or out of range')
  if (value < 0n || value > max) throw new ReplyError(`ERR value is out of range, must be between 0 and ${max}`)
  return value
}

/** A time-out in milliseconds as a point in time; 0 is never. */
function readDeadline({ args, nowMs }: Call, i: number): number {
  const timeoutMs = args.int64(i)
  if (timeoutMs === undefined) throw new ReplyError('ERR timeout is not an integer or out of range')
  if (timeoutMs < 0n) throw new ReplyError('ERR timeout is negative')
  return timeoutMs === 0n ? Number.POSITIVE_INFINITY : nowMs + Number(timeoutMs)
}
