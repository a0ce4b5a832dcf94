/** Why a log can't be opened, read or closed. Each message says what happened to which file and what to do about it. */

/** The file is open elsewhere: in another process, or a second time in this one. */
export class LogInUseError extends Error {
  override readonly name = 'LogInUseError'
}

/** The file is not a Millrace log, or was written by a newer Millrace. */
export class LogFormatError extends Error {
  override readonly name = 'LogFormatError'
}

/** The file or its directory can't be opened, created or written. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError'
}

/** The log's contents are damaged in a way that dropping the last record does not mend. */
export class LogDamagedError extends Error {
  override readonly name = 'LogDamagedError'
}

/** The log failed for good and takes no more work. */
export class LogFailedError extends Error {
  override readonly name = 'LogFailedError'
}

/** The log was closed while commits kept failing: the records named in the message were never on disk, nor acknowledged. */
export class LogUnwrittenError extends Error {
  override readonly name = 'LogUnwrittenError'
}

/** A checkpoint could not be stored; the log goes on without it. */
export class CheckpointFailedError extends Error {
  override readonly name = 'CheckpointFailedError'
}

const kinds = [
  LogInUseError,
  LogFormatError,
  LogUnavailableError,
  LogDamagedError,
  LogFailedError,
  LogUnwrittenError,
  CheckpointFailedError,
] as const

/** An error as it travels between threads, where classes are lost. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** Prepares any thrown value for another thread. */
export function sendError(thrown: unknown): SentError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return { name: error.name, message: error.message, stack: error.stack ?? '' }
}

/** The error again, of its own class when it is one of ours, with the stack of the thread it came from. */
export function reviveError(sent: SentError): Error {
  const kind = kinds.find((each) => each.name === sent.name)
  const error = kind === undefined ? new Error(sent.message) : new kind(sent.message)
  if (sent.stack !== '') error.stack = sent.stack
  return error
}

/** The code of an error, such as `SQLITE_FULL` or `ENOENT`; empty when it has none. */
export function errorCode(thrown: unknown): string {
  if (!(thrown instanceof Error) || !('code' in thrown)) return ''
  return typeof thrown.code === 'string' ? thrown.code : ''
}

/** The damaged-log error for `path`, with the sentence that says how to look at it. */
export function damaged(path: string, what: string): LogDamagedError {
  return new LogDamagedError(
    `The log ${path} is damaged: ${what}. Nothing was changed. Look at it with: millrace verify ${path}`,
  )
}

/**
 * Whether time may mend a failed transaction: a full disk or quota, memory or file handles running out, a disk that
 * refuses a write. A failed fsync is not among them: the system may have forgotten the pages that it could not write,
 * so a second fsync that succeeds proves nothing.
 */
export function mayMend(error: unknown): boolean {
  return mendable.has(errorCode(error))
}

const mendable: ReadonlySet<string> = new Set([
  'SQLITE_FULL',
  'SQLITE_NOMEM',
  'SQLITE_IOERR_NOMEM',
  'SQLITE_IOERR_WRITE',
  'SQLITE_IOERR_TRUNCATE',
  'SQLITE_CANTOPEN',
])

/** The message of an error with its code, for people. */
export function describeError(error: unknown): string {
  const code = errorCode(error)
  const message = error instanceof Error ? error.message : String(error)
  return code === '' ? message : `${message} (${code})`
}
