/** The options of HGETEX and HSETEX, in any order: when fields expire, on what condition, and which they are. */
import type { Args } from '../../../protocol/resp/args.ts'
import { wrongArity } from '../../broker/errors.ts'
import {
  argumentsMissing,
  fieldsAbsent,
  fieldsTwice,
  fieldTimeMissing,
  oneConditionOnly,
  oneTimeOnly,
  pairCountInvalid,
  unknownArgument,
} from '../../broker/hash-errors.ts'
import type { Call } from '../call.ts'
import { nextExpiryMs, timeForms } from './field-args.ts'

const fieldCountMax = 0x7fffffffn

/** How the two differ: how many arguments a field has, and what can be had in place of a time. */
export interface FieldGrammar {
  readonly command: string
  readonly argumentsPerField: 1 | 2
  readonly withoutTime: 'PERSIST' | 'KEEPTTL'
  readonly conditions: readonly ('FNX' | 'FXX')[]
}

export interface FieldOptions {
  condition: 'FNX' | 'FXX' | undefined
  /** A point in time; undefined for none. */
  atMs: number | undefined
  /** PERSIST or KEEPTTL was given. */
  isWithoutTime: boolean
  /** Argument indexes of the first field and behind the last one (or its value). */
  firstField: number
  endOfFields: number
}

/** Reads everything behind the key. */
export function readFieldOptions(call: Call, grammar: FieldGrammar): FieldOptions {
  const { args } = call
  const options: FieldOptions = {
    condition: undefined,
    atMs: undefined,
    isWithoutTime: false,
    firstField: -1,
    endOfFields: -1,
  }
  while (args.left > 0) {
    if (args.token('FIELDS')) readFields(args, options, grammar)
    else if (!readTime(call, options, grammar) && !readCondition(args, options, grammar)) {
      throw unknownArgument(args.quoted(args.position))
    }
  }
  if (options.firstField < 0) throw fieldsAbsent()
  return options
}

function readFields(args: Args, options: FieldOptions, { command, argumentsPerField }: FieldGrammar): void {
  if (options.firstField >= 0) throw fieldsTwice()
  if (args.left === 0) throw wrongArity(command)
  const count = args.int64(args.next())
  if (count === undefined || count < 1n || count > fieldCountMax) throw pairCountInvalid()
  const size = Number(count) * argumentsPerField
  if (size > args.left) throw argumentsMissing()
  options.firstField = args.position
  options.endOfFields = args.position + size
  args.position = options.endOfFields
}

function readTime(call: Call, options: FieldOptions, { command, withoutTime }: FieldGrammar): boolean {
  const { args } = call
  const word = ([withoutTime, 'EX', 'PX', 'EXAT', 'PXAT'] as const).find((each) => args.token(each))
  if (word === undefined) return false
  if (options.isWithoutTime || options.atMs !== undefined) throw oneTimeOnly(withoutTime)
  if (word === 'PERSIST' || word === 'KEEPTTL') options.isWithoutTime = true
  else {
    if (args.left === 0) throw fieldTimeMissing()
    options.atMs = nextExpiryMs(call, timeForms[word], command)
  }
  return true
}

function readCondition(args: Args, options: FieldOptions, { conditions }: FieldGrammar): boolean {
  const condition = conditions.find((each) => args.token(each))
  if (condition === undefined) return false
  if (options.condition !== undefined) throw oneConditionOnly()
  options.condition = condition
  return true
}
