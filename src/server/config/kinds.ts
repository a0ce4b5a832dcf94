/** The kinds of value that a directive may have: how each is read from words, and how it is written back into a file.
 *
 *  A value is kept as one text, the one CONFIG GET prints (memory in bytes, `yes`, an enumeration in its own spelling), so there is one
 *  form to compare, roll back and list; `settings.ts` derives the typed values from it. Where CONFIG GET prints less than there is, the
 *  kind says so (`shown`). */

import { quoteWord } from '../../lib/words.ts'
import { formatMemory, parseMemory, parseOctal, parseStrictInteger } from './numbers.ts'

/** A value that a directive doesn't take. The message is the reason as Redis words it, without `ERR` and without the directive. */
export class ValueRefused extends Error {}

/** One line for the configuration file, and whether it is added where the file has no line for the directive yet. */
export type FileLine = { readonly text: string; readonly forced: boolean }

export type Kind = {
  /** What the reference calls it. */
  readonly label: string
  /** Whether the value is made of many words (`bind a b`), or of exactly one. */
  readonly manyWords: boolean
  /** Turns words into the value's text, given the text so far. Throws ValueRefused; has no effect of its own. */
  read(words: readonly string[], current: string): string
  /** What CONFIG GET prints for the text, where that is something else. */
  shown?(text: string): string
  /** The lines that stand for the value in a file; none when the value is said by leaving the directive out. */
  lines(name: string, text: string, initial: string): readonly FileLine[]
}

function plainLines(name: string, text: string, initial: string): readonly FileLine[] {
  return [{ text: `${name} ${text}`, forced: text !== initial }]
}

export const boolKind: Kind = {
  label: 'yes or no',
  manyWords: false,
  read([word]) {
    const text = word!.toLowerCase()
    if (text !== 'yes' && text !== 'no') throw new ValueRefused("argument must be 'yes' or 'no'")
    return text
  },
  lines: plainLines,
}

/** A whole number from `min` to `max`, both included; `clamp` moves an accepted number into narrower bounds. */
export function intKind(min: bigint, max: bigint, clamp?: { min: bigint; max: bigint }): Kind {
  return {
    label: `integer, ${min} to ${max}`,
    manyWords: false,
    read([word]) {
      const value = parseStrictInteger(word!)
      if (value === undefined) throw new ValueRefused("argument couldn't be parsed into an integer")
      checkBounds(value, min, max)
      if (clamp !== undefined && value < clamp.min) return String(clamp.min)
      if (clamp !== undefined && value > clamp.max) return String(clamp.max)
      return String(value)
    },
    lines: plainLines,
  }
}

/** An octal number, such as the mode of a file. */
export function octalKind(max: bigint): Kind {
  return {
    label: `octal, 0 to ${max.toString(8)}`,
    manyWords: false,
    read([word]) {
      const value = parseOctal(word!)
      if (value === undefined) throw new ValueRefused("argument couldn't be parsed as an octal number")
      checkBounds(value, 0n, max, 8)
      return value.toString(8)
    },
    lines: plainLines,
  }
}

/** A size in bytes, with or without a unit. */
export function memoryKind(min: bigint, max: bigint): Kind {
  return {
    label: `memory, ${min} to ${max}`,
    manyWords: false,
    read([word]) {
      const value = parseMemory(word!)
      if (value === undefined) throw new ValueRefused('argument must be a memory value')
      checkBounds(value, min, max)
      return String(value)
    },
    lines(name, text, initial) {
      return [{ text: `${name} ${formatMemory(BigInt(text))}`, forced: text !== initial }]
    },
  }
}

/** A size in bytes or a percentage. Redis keeps a percentage as a negative number of 64 bits, hence what happens to huge sizes. */
export const memoryOrPercentKind: Kind = {
  label: 'memory or percentage',
  manyWords: false,
  read([word]) {
    const bytes = parseMemory(word!)
    const percent = word!.endsWith('%') ? parseStrictInteger(word!.slice(0, -1)) : undefined
    if (bytes === undefined && (percent === undefined || percent < 0n)) {
      throw new ValueRefused('argument must be a memory or percent value')
    }
    const value = bytes === undefined ? -percent! : BigInt.asIntN(64, bytes)
    if (value < -100n) throw new ValueRefused('percentage argument must be less or equal to 100')
    return value < 0n ? `${-value}%` : String(value)
  },
  lines(name, text, initial) {
    const printed = text.endsWith('%') ? text : formatMemory(BigInt(text))
    return [{ text: `${name} ${printed}`, forced: text !== initial }]
  },
}

/** One of several words. */
export function choiceKind(choices: readonly string[]): Kind {
  return {
    label: choices.join(', '),
    manyWords: false,
    read([word]) {
      const text = word!.toLowerCase()
      if (!choices.includes(text)) throw notAmong(choices)
      return text
    },
    lines: plainLines,
  }
}

/** Any text. `check` returns the reason for which a text is refused. With `emptyMeansUnset` the file has no line when the text is empty. */
export function stringKind(check?: (text: string) => string | undefined, emptyMeansUnset = false): Kind {
  return {
    label: 'string',
    manyWords: false,
    read([word]) {
      const reason = check?.(word!)
      if (reason !== undefined) throw new ValueRefused(reason)
      return word!
    },
    lines(name, text, initial) {
      if (emptyMeansUnset && text === '') return []
      return [{ text: `${name} ${quoteWord(text)}`, forced: text !== initial }]
    },
  }
}

/** The refusal that lists what would have been taken. */
export function notAmong(choices: readonly string[]): ValueRefused {
  return new ValueRefused(`argument(s) must be one of the following: ${choices.join(', ')}`)
}

function checkBounds(value: bigint, min: bigint, max: bigint, radix = 10): void {
  if (value >= min && value <= max) return
  throw new ValueRefused(`argument must be between ${min.toString(radix)} and ${max.toString(radix)} inclusive`)
}
