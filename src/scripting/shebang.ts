/** The first line of a script or a library, `#!lua name=value …`: what it says, and what Redis says of it when it is wrong. */
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import { splitWords } from '../lib/words.ts'
import { flagNames } from './script-host.ts'

const newline = 10

/** Whether the text begins with a shebang. */
export function hasShebang(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 2 && bytes[start] === 35 && bytes[start + 1] === 33
}

/** Where the first line ends (its newline), -1 when nothing follows it. */
export function endOfLine(bytes: Uint8Array, start: number, end: number): number {
  const at = bytes.indexOf(newline, start)
  return at >= end ? -1 : at
}

/** The flags of a script for EVAL. `line` is its shebang. */
export function scriptFlags(line: string): number {
  const words = splitWords(line)
  if (words === undefined || words.length === 0) throw new ReplyError('ERR Invalid engine in script shebang')
  const [engine = '', ...options] = words
  if (engine !== '#!lua') throw new ReplyError(`ERR Unexpected engine in script shebang: ${engine}`)
  let flags = 0
  for (const option of options) {
    if (!option.startsWith('flags=')) throw new ReplyError(`ERR Unknown lua shebang option: ${option}`)
    const list = option.slice('flags='.length)
    if (list === '') continue
    for (const name of list.split(',')) {
      const flag = flagNames[name]
      if (flag === undefined) throw new ReplyError(`ERR Unexpected flag in script shebang: ${name}`)
      flags |= flag
    }
  }
  return flags
}

/** The library's name out of its shebang. */
export function libraryName(line: string): string {
  const words = splitWords(line)
  if (words === undefined || words.length === 0) throw new ReplyError('ERR Invalid library metadata')
  const [engine = '', ...options] = words
  let name: string | undefined
  for (const option of options) {
    if (!option.toLowerCase().startsWith('name=')) throw new ReplyError(`ERR Invalid metadata value given: ${option}`)
    if (name !== undefined) throw new ReplyError('ERR Invalid metadata value, name argument was given multiple times')
    name = option.slice('name='.length)
  }
  if (name === undefined) throw new ReplyError('ERR Library name was not given')
  if (!isName(name)) throw new ReplyError(nameRule)
  if (engine.slice(2).toLowerCase() !== 'lua') throw new ReplyError(`ERR Engine '${engine.slice(2)}' not found`)
  return name
}

export const nameRule =
  'ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long'

export function isName(name: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(name)
}
