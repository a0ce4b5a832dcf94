/** Requests that come as JSON: the arguments of a command from an array of JSON values. */
import { argumentsMax } from '../../../protocol/resp/request-parser.ts'

/** The JSON is no request; the message says why. */
export class NotRequest extends Error {
  override readonly name = 'NotRequest'
}

/** An argument as `encodeRequest` takes it. */
export type Argument = string | Uint8Array

/** The command's name and its arguments from an array of JSON values. Throws NotRequest. */
export function readRequest(value: unknown): Argument[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new NotRequest('a command is an array: its name, then its arguments')
  }
  if (typeof value[0] !== 'string') throw new NotRequest('the name of a command is a string')
  return readArguments(value)
}

/** The arguments from an array of JSON values. Throws NotRequest. */
export function readArguments(values: readonly unknown[]): Argument[] {
  if (values.length > argumentsMax) throw new NotRequest('too many arguments')
  return values.map((value, index) => readArgument(value, `argument ${index}`))
}

/** One argument: a string, a number that means exactly what is written, or `{"base64":"…"}`. `what` names it in the
 *  message of the NotRequest that is thrown otherwise. */
export function readArgument(value: unknown, what: string): Argument {
  if (typeof value === 'string') return readText(value, what)
  if (typeof value === 'number') return readNumber(value, what)
  if (typeof value === 'object' && value !== null && 'base64' in value && Object.keys(value).length === 1) {
    return readBase64(value.base64, what)
  }
  throw new NotRequest(`${what} must be a string, a number or {"base64":"…"}`)
}

/** Half of a surrogate pair has no bytes. */
function readText(text: string, what: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new NotRequest(`${what} is not Unicode: it has half of a surrogate pair`)
  return text
}

/** JavaScript has rounded an integer beyond 2^53 already: such ones come as strings. */
function readNumber(value: number, what: string): string {
  if (!Number.isFinite(value)) throw new NotRequest(`${what} is not a finite number`)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new NotRequest(`${what} is beyond 2^53, where numbers lose digits: send it as a string`)
  }
  return String(value)
}

function readBase64(text: unknown, what: string): Uint8Array {
  const isRight = typeof text === 'string' && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
  if (!isRight) throw new NotRequest(`${what} is not base64 (the alphabet with + and /, padded)`)
  return Buffer.from(text, 'base64')
}
