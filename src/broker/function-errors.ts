/** Error replies about functions and their libraries (see `errors.ts`). */
import { ReplyError } from '../../protocol/resp/reply-error.ts'

// Of calls.

export const functionNotFound = (): ReplyError => new ReplyError('ERR Function not found')
export const keyCountNotNumber = (): ReplyError => new ReplyError('ERR Bad number of keys provided')

// Of a library's first line.

export const libraryMetadataMissing = (): ReplyError => new ReplyError('ERR Missing library metadata')
export const libraryMetadataInvalid = (): ReplyError => new ReplyError('ERR Invalid library metadata')
export const libraryOptionInvalid = (option: string): ReplyError =>
  new ReplyError(`ERR Invalid metadata value given: ${option}`)
export const libraryNamedTwice = (): ReplyError =>
  new ReplyError('ERR Invalid metadata value, name argument was given multiple times')
export const libraryNameMissing = (): ReplyError => new ReplyError('ERR Library name was not given')
export const engineNotFound = (engine: string): ReplyError => new ReplyError(`ERR Engine '${engine}' not found`)

/** Which names libraries and functions may have; without a code word, since Lua raises it, too. */
export const nameRule =
  'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long'
export const libraryNameInvalid = (): ReplyError => new ReplyError(`ERR ${nameRule}`)

// Of loading.

export const libraryNotCompiled = (reason: string): string => `ERR Error compiling function: ${reason}`
export const libraryNotRegistered = (reason: string): string => `ERR Error registering functions: ${reason}`
export const loadTimeout = 'FUNCTION LOAD timeout'
export const nothingRegistered = (): ReplyError => new ReplyError('ERR No functions registered')
export const libraryExists = (name: string): ReplyError => new ReplyError(`ERR Library '${name}' already exists`)
export const functionExists = (name: string): ReplyError => new ReplyError(`ERR Function ${name} already exists`)

// Of FUNCTION RESTORE.

export const libraryPayloadInvalid = (): ReplyError => new ReplyError('ERR DUMP payload version or checksum are wrong')
export const libraryFormatOld = (): ReplyError => new ReplyError('ERR Pre-GA function format not supported')
export const libraryTypeInvalid = (): ReplyError => new ReplyError('ERR given type is not a function')
export const libraryUnreadable = (): ReplyError => new ReplyError('ERR Failed loading library')
/** FUNCTION RESTORE says it without quotes. */
export const restoredLibraryExists = (name: string): ReplyError => new ReplyError(`ERR Library ${name} already exists`)

// Of the FUNCTION command's options.

export const libraryNotFound = (): ReplyError => new ReplyError('ERR Library not found')
export const loadOptionUnknown = (option: string): ReplyError => new ReplyError(`ERR Unknown option given: ${option}`)
export const functionFlushOption = (): ReplyError =>
  new ReplyError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option')
export const restorePolicyInvalid = (): ReplyError =>
  new ReplyError('ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.')
export const libraryPatternMissing = (): ReplyError => new ReplyError('ERR library name argument was not given')
/** `argument` is quoted as C does it. */
export const listArgumentUnknown = (argument: string): ReplyError => new ReplyError(`ERR Unknown argument ${argument}`)
