/** The first line of a script or a library, `#!lua name=value …`: what it says, and what Redis says of it when it is wrong. */
import {
  engineNotFound,
  libraryMetadataInvalid,
  libraryNamedTwice,
  libraryNameInvalid,
  libraryNameMissing,
  libraryOptionInvalid,
} from '../broker/function-errors.ts'
import {
  shebangEngineInvalid,
  shebangEngineUnexpected,
  shebangFlagUnexpected,
  shebangOptionUnknown,
} from '../broker/scripting-errors.ts'
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
  if (words === undefined || words.length === 0) throw shebangEngineInvalid()
  const [engine = '', ...options] = words
  if (engine !== '#!lua') throw shebangEngineUnexpected(engine)
  let flags = 0
  for (const option of options) {
    if (!option.startsWith('flags=')) throw shebangOptionUnknown(option)
    const list = option.slice('flags='.length)
    if (list === '') continue
    for (const name of list.split(',')) {
      const flag = flagNames[name]
      if (flag === undefined) throw shebangFlagUnexpected(name)
      flags |= flag
    }
  }
  return flags
}

/** The library's name out of its shebang. */
export function libraryName(line: string): string {
  const words = splitWords(line)
  if (words === undefined || words.length === 0) throw libraryMetadataInvalid()
  const [engine = '', ...options] = words
  let name: string | undefined
  for (const option of options) {
    if (!option.toLowerCase().startsWith('name=')) throw libraryOptionInvalid(option)
    if (name !== undefined) throw libraryNamedTwice()
    name = option.slice('name='.length)
  }
  if (name === undefined) throw libraryNameMissing()
  if (!isName(name)) throw libraryNameInvalid()
  if (engine.slice(2).toLowerCase() !== 'lua') throw engineNotFound(engine.slice(2))
  return name
}

export function isName(name: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(name)
}
