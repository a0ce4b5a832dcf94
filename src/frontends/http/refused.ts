/** A request that is refused before a command runs, as an answer of HTTP. */

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

  constructor(status: number, code: RefusalCode, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The body of every answer that is an error. */
export function errorBody(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } })
}
