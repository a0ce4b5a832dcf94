/** Answers of HTTP, and requests that are refused before a command runs. */
import type { FastifyReply } from 'fastify'

/** Code words of errors that HTTP alone has; those of commands are Redis'. */
export type RefusalCode =
  | 'BADREQUEST'
  | 'DENIED'
  | 'LIMIT'
  | 'NOAUTH'
  | 'NOPERM'
  | 'NOTFOUND'
  | 'ORIGIN'
  | 'UNAVAILABLE'
  | 'WRONGPASS'

/** The message is for the client; it never repeats a secret. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  readonly code: RefusalCode
  /** As whom somebody tried to come in, one character a byte and empty where a token does not tell; undefined when nobody
   *  tried. ACL LOG has it. */
  readonly triedUser: string | undefined

  constructor(status: number, code: RefusalCode, message: string, triedUser?: string) {
    super(message)
    this.status = status
    this.code = code
    this.triedUser = triedUser
  }
}

/** The body of every answer that is an error. */
export function errorBody(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } })
}

/** Answers with JSON text. */
export function sendJson(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('application/json').send(text)
}

export function sendError(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer, Basic realm="millrace", charset="UTF-8"')
  if (status === 429) reply.header('retry-after', '1')
  return sendJson(reply, status, errorBody(code, message))
}
