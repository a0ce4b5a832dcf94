/** Error replies about scripts and functions (see `errors.ts`). What is the text of a refusal rather than a ReplyError is
 *  also raised in Lua, where scripts catch it. */
import { ReplyError } from '../../protocol/resp/reply-error.ts'

// Of what runs.

export const noScript = (): ReplyError => new ReplyError('NOSCRIPT No matching script. Please use EVAL.')
export const notBusy = (): ReplyError => new ReplyError('NOTBUSY No scripts in execution right now.')
export const unkillable = (): ReplyError =>
  new ReplyError(
    'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script ' +
      'termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
  )

/** `kill` is the command that ends what runs. */
export const busy = (kill: string): string =>
  `BUSY Redis is busy running a script. You can only call ${kill} or SHUTDOWN NOSAVE.`

export const scriptKilled = 'Script killed by user with SCRIPT KILL...'
export const scriptFailed = (name: string, message: string): string =>
  `ERR Error running script ${name}, ${message.slice(0, 100)}`

// Of what may not begin.

export const scriptMayWrite = 'ERR Can not execute a script with write flag using *_ro command.'
export const writableScriptsRefused = (reason: string): string =>
  "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. " +
  `Writable scripts are blocked. Use 'no-writes' flag for read only scripts. AOF error: ${reason}`

// Of commands that a script runs.

export const scriptCommandUnknown = 'ERR Unknown Redis command called from script'
export const scriptCommandArity = 'ERR Wrong number of args calling Redis command from script'
export const scriptCommandForbidden = 'ERR This Redis command is not allowed from script'
export const scriptIsReadonly = 'ERR Write commands are not allowed from read-only scripts.'
export const logUnwritable = (reason: string): string => `MISCONF Errors writing to the AOF file: ${reason}`

// Of a script's source.

export const scriptNotCompiled = (reason: string): ReplyError =>
  new ReplyError(`ERR Error compiling script (new function): ${reason}`)
export const shebangInvalid = (): ReplyError => new ReplyError('ERR Invalid script shebang')
export const shebangEngineInvalid = (): ReplyError => new ReplyError('ERR Invalid engine in script shebang')
export const shebangEngineUnexpected = (engine: string): ReplyError =>
  new ReplyError(`ERR Unexpected engine in script shebang: ${engine}`)
export const shebangOptionUnknown = (option: string): ReplyError =>
  new ReplyError(`ERR Unknown lua shebang option: ${option}`)
export const shebangFlagUnexpected = (flag: string): ReplyError =>
  new ReplyError(`ERR Unexpected flag in script shebang: ${flag}`)

// Of the SCRIPT command.

export const scriptFlushOption = (): ReplyError => new ReplyError('ERR SCRIPT FLUSH only support SYNC|ASYNC option')
export const noDebugger = (): ReplyError => new ReplyError('ERR the debugger for scripts is not supported')
export const scriptDebugOption = (): ReplyError => new ReplyError('ERR Use SCRIPT DEBUG YES/SYNC/NO')
