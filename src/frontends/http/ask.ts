/** Running commands for a request: in a session of the broker that begins and ends with it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { endsOf } from '../addresses.ts'
import { CommandRefused, InnerSession, type InnerSessionOptions, SessionClosed } from '../inner-session.ts'
import { AnswerTooLong } from '../json/json-writer.ts'
import { isError, type ReplyFault, readError } from '../json/reply-json.ts'
import { type Argument, NotRequest } from '../json/request-json.ts'
import type { Rooms } from './application.ts'
import type { Identity } from './authenticator.ts'
import { Refused, sendJson } from './refused.ts'
import { actUnlessClosed } from './response-timer.ts'

/** What a session of a request may bring beside its user and addresses. */
export type SessionHooks = Pick<InnerSessionOptions, 'onPush' | 'onClose'>

/** A command answered with an error: it becomes the answer of the request. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly fault: ReplyFault

  constructor(fault: ReplyFault) {
    super(fault.message)
    this.fault = fault
  }
}

export interface Asker {
  readonly session: InnerSession
  readonly identity: Identity
}

/** Opens a session for who sends the request, in the database that `?db=` names. It is closed when the answer is out or the
 *  client is gone. Throws Refused. */
export async function openSession(
  { broker, gate }: Rooms,
  request: FastifyRequest,
  reply: FastifyReply,
  hooks: SessionHooks = {},
): Promise<Asker> {
  const identity = await gate.identify(request.raw)
  const ends = endsOf(request.socket)
  const session = InnerSession.open(broker, { user: identity.user, ...ends, libraryName: 'http', ...hooks })
  if (session.refusal !== undefined) throw new Refused(503, 'UNAVAILABLE', session.refusal.message)
  reply.raw.once('close', () => session.close())
  if (identity.expiresAtMs !== undefined) endWait(session, reply, identity.expiresAtMs - broker.clockMs())
  const { db } = request.query as { db?: string }
  if (db !== undefined && db !== '0') await ask(session, ['SELECT', db])
  return { session, identity }
}

/** Whoever came by a token waits no longer than it lasts. What has run is answered. */
function endWait(session: InnerSession, reply: FastifyReply, inMs: number): void {
  actUnlessClosed(reply.raw, inMs, () => {
    if (session.isBlocked) session.close(new Refused(401, 'WRONGPASS', 'the token has expired.'))
  })
}

/** Runs a command; resolves with the bytes of its reply. Throws CommandFailed when that is an error. */
export async function ask(session: InnerSession, values: readonly Argument[]): Promise<Buffer> {
  const bytes = await session.call(values)
  if (isError(bytes, 0)) throw new CommandFailed(readError(bytes, 0))
  return bytes
}

/** Runs a command; resolves with its reply as JSON. Throws CommandFailed when that is an error. */
export async function askJson(session: InnerSession, values: readonly Argument[]): Promise<string> {
  const { json, fault } = await session.callJson(values)
  if (fault !== undefined) throw new CommandFailed(fault)
  return json
}

/** Runs one command for the request and answers with its result. */
export async function answerWith(
  rooms: Rooms,
  request: FastifyRequest,
  reply: FastifyReply,
  values: readonly Argument[],
): Promise<FastifyReply> {
  const { session } = await openSession(rooms, request, reply)
  return sendJson(reply, 200, `{"result":${await askJson(session, values)}}`)
}

const statuses: Readonly<Record<string, number>> = {
  NOAUTH: 401,
  WRONGPASS: 401,
  NOPERM: 403,
  LIMIT: 413,
  LOADING: 503,
  MISCONF: 503,
  OOM: 503,
  BUSY: 503,
}

/** The status of an answer that is a command's error. */
export function statusOf({ code }: ReplyFault): number {
  return statuses[code] ?? 400
}

/** What went wrong as a refusal, where it is one that routes and sessions know. */
export function asRefusal(error: unknown): Refused | undefined {
  if (error instanceof Refused) return error
  if (error instanceof NotRequest || error instanceof CommandRefused) {
    return new Refused(400, 'BADREQUEST', error.message)
  }
  if (error instanceof AnswerTooLong) return new Refused(413, 'LIMIT', error.message)
  return error instanceof SessionClosed ? new Refused(503, 'UNAVAILABLE', error.message) : undefined
}
