/** An answer that says no: its message is the error reply's text, code word first (`WRONGTYPE …`, `ERR …`). Handlers
 *  throw it before their first effect. It carries no stack, because it is not a fault of the program. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError'

  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** A request that is not RESP: answered with `-ERR Protocol error: …`, then the connection is closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}
