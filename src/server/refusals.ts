/** Why a command may not run now: the texts and, in `refusal`, their precedence (Redis 7.0, `processCommand`). */

import type { Args } from '../../protocol/resp/args.ts'
import { logUnwritable } from '../broker/scripting-errors.ts'
import { commandBit, type IndexedCommand } from './command-index.ts'
import { type ServerState, serverFlag } from './server-state.ts'
import { type Session, special } from './session.ts'

/** A request, or all that a transaction queues, may have so many bytes: what it writes must fit one log record. */
export const requestBytesMax = 768 * 1024 * 1024

/** For a command that has run, whatever it did is done. */
export const answerTooLong = 'ERR the command has run, but its answer is too long: ask for less at once'

export const requestTooLarge = 'ERR request too large for one log record'

/** Commands that run at once inside MULTI instead of being queued. */
export const unqueued = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset'])

/** Commands that a full memory keeps nobody in a transaction from; EXEC is asked for what it queued. */
const endsTransaction = new Set(['discard', 'quit', 'reset'])

export const outOfMemory = "OOM command not allowed when used memory > 'maxmemory'."

/** How much of a request an error text quotes. */
const quotedBytesMax = 128

const subscriberCommands = new Set([
  'ping',
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
  'quit',
  'reset',
])

export function unknownCommand(args: Args): string {
  let quoted = ''
  for (let i = 1; i < args.count && quoted.length < quotedBytesMax; i++) {
    quoted += `'${args.quoted(i, quotedBytesMax - quoted.length)}' `
  }
  return `ERR unknown command '${args.quoted(0, quotedBytesMax)}', with args beginning with: ${quoted}`
}

export function unknownSubcommand(container: IndexedCommand, args: Args): string {
  const name = container.command.name.toUpperCase()
  return `ERR unknown subcommand '${args.quoted(1, quotedBytesMax)}'. Try ${name} HELP.`
}

export function wrongArity(fullName: string): string {
  return `ERR wrong number of arguments for '${fullName}' command`
}

/** Bytes of the request, and of those before it in the queue that it is going to. */
export function bytesWith(session: Session, entry: IndexedCommand, args: Args): number {
  const size = args.requestEnd - args.requestStart
  return unqueued.has(entry.fullName) ? size : size + (session.transaction?.bytes ?? 0)
}

/** The error text, or undefined when the command may run (or be queued, where `bytes` is what the queue then has). */
export function refusal(
  session: Session,
  entry: IndexedCommand,
  args: Args,
  state: ServerState,
  bytes: number,
): string | undefined {
  const { flags } = entry
  if (bytes > requestBytesMax) return requestTooLarge
  if ((flags & commandBit.protected) !== 0 && !mayDebug(session, state)) return debugRefused(entry)
  if (session.has(special.unauthenticated) && (flags & commandBit.noAuth) === 0) {
    return 'NOAUTH Authentication required.'
  }
  if (session.transaction !== undefined && (flags & commandBit.noMulti) !== 0) {
    return 'ERR Command not allowed inside a transaction'
  }
  if (session.has(special.restricted)) {
    const denied = state.whyDenied(session, entry, args)
    if (denied !== undefined) return denied
  }
  if (state.has(serverFlag.limited) && !state.makeRoom() && mayGrow(session, entry)) return outOfMemory
  if (state.has(serverFlag.refusing) && mayWrite(session, entry)) {
    return logUnwritable(state.refusalReason)
  }
  if (session.has(special.subscribed) && session.protocol === 2 && !subscriberCommands.has(entry.fullName)) {
    return `ERR Can't execute '${entry.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`
  }
  if (state.has(serverFlag.loading) && (flags & commandBit.loading) === 0) {
    return 'LOADING Redis is loading the dataset in memory'
  }
  if (state.has(serverFlag.busy) && ((flags & commandBit.allowBusy) === 0 || entry.fullName === 'exec')) {
    return state.busyText
  }
  if (session.has(special.monitor) && (touchesKeys(entry) || mayWrite(session, entry))) {
    return "ERR Replica can't interact with the keyspace"
  }
  return undefined
}

/** Whether running the command now, or queueing it, may take memory: what a transaction queues may be without end. */
function mayGrow(session: Session, entry: IndexedCommand): boolean {
  if ((entry.flags & commandBit.denyoom) !== 0) return true
  const { transaction } = session
  if (transaction === undefined) return false
  if (entry.fullName === 'exec')
    return transaction.queue.some((queued) => (queued.entry.flags & commandBit.denyoom) !== 0)
  return !endsTransaction.has(entry.fullName)
}

/** Whether it is a command of the kind that Redis keeps from those who watch by MONITOR. */
function touchesKeys(entry: IndexedCommand): boolean {
  return (entry.flags & commandBit.readonly) !== 0 || entry.command.name.endsWith('publish')
}

/** Whether running the command now may write: EXEC does when anything queued does. */
function mayWrite(session: Session, entry: IndexedCommand): boolean {
  if ((entry.flags & commandBit.write) !== 0) return true
  if (entry.fullName !== 'exec' || session.transaction === undefined) return false
  return session.transaction.queue.some((queued) => mayWrite(session, queued.entry))
}

function mayDebug(session: Session, state: ServerState): boolean {
  if (state.debugCommands === 'yes') return true
  return state.debugCommands === 'local' && session.isLocal
}

function debugRefused(entry: IndexedCommand): string {
  const name = entry.command.name.toUpperCase()
  const directive = name === 'MODULE' ? 'enable-module-command' : 'enable-debug-command'
  return (
    `ERR ${name} command not allowed. If the ${directive} option is set to "local", you can run it from a local ` +
    'connection, otherwise you need to set this option in the configuration file, and then restart the server.'
  )
}
