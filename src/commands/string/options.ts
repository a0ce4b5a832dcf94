/** The options that SET and GETEX share: conditions, and how long the key is to live. */
import type { Args } from '../../../protocol/resp/args.ts'
import { syntaxError } from '../../broker/errors.ts'
import { readLifetime } from '../expiry-time.ts'
import { type Condition, nextCondition } from './compare.ts'

/** What becomes of the key's time to live. */
export type LifetimeForm = 'EX' | 'PX' | 'EXAT' | 'PXAT' | 'KEEPTTL' | 'PERSIST'

export interface StringOptions {
  nx: boolean
  xx: boolean
  get: boolean
  /** Undefined when nothing was said. */
  form: LifetimeForm | undefined
  /** The argument that holds the time, for the forms that have one. */
  time: number
  /** What the key must hold, and the argument that it is compared with. */
  condition: Condition | undefined
  operand: number
}

function noOptions(): StringOptions {
  return { nx: false, xx: false, get: false, form: undefined, time: 0, condition: undefined, operand: 0 }
}

const timedForms = ['EX', 'PX', 'EXAT', 'PXAT'] as const

/** Reads what is left of SET's arguments: any order, each as often as one likes, but nothing that contradicts. */
export function readSetOptions(args: Args): StringOptions {
  const options = noOptions()
  while (args.left > 0) {
    if (args.token('NX')) options.nx = true
    else if (args.token('XX')) options.xx = true
    else if (args.token('GET')) options.get = true
    else if (!readCondition(args, options)) readForm(args, options, 'KEEPTTL')
    if ((options.nx ? 1 : 0) + (options.xx ? 1 : 0) + (options.condition === undefined ? 0 : 1) > 1) throw syntaxError()
  }
  return options
}

/** Reads what is left of MSETEX's arguments: as SET's, but without GET and without conditions on values. */
export function readManyOptions(args: Args): StringOptions {
  const options = noOptions()
  while (args.left > 0) {
    if (args.token('NX')) options.nx = true
    else if (args.token('XX')) options.xx = true
    else readForm(args, options, 'KEEPTTL')
    if (options.nx && options.xx) throw syntaxError()
  }
  return options
}

/** Reads what is left of GETEX's arguments. */
export function readGetexOptions(args: Args): StringOptions {
  const options = noOptions()
  while (args.left > 0) readForm(args, options, 'PERSIST')
  return options
}

/** When a key with these options expires, undefined when they name no time. */
export function expiryOf(args: Args, options: StringOptions, nowMs: number, command: string): number | undefined {
  switch (options.form) {
    case 'EX':
      return readLifetime(args, options.time, 1000, nowMs, command)
    case 'PX':
      return readLifetime(args, options.time, 1, nowMs, command)
    case 'EXAT':
      return readLifetime(args, options.time, 1000, 0, command)
    case 'PXAT':
      return readLifetime(args, options.time, 1, 0, command)
    default:
      return undefined
  }
}

function readForm(args: Args, options: StringOptions, untimed: 'KEEPTTL' | 'PERSIST'): void {
  const form = args.token(untimed) ? untimed : timedForms.find((each) => args.token(each))
  if (form === undefined || (options.form !== undefined && options.form !== form)) throw syntaxError()
  options.form = form
  if (form !== untimed) options.time = args.next()
}

/** Reads a condition on the value, if one comes next. */
function readCondition(args: Args, options: StringOptions): boolean {
  const condition = nextCondition(args)
  if (condition === undefined) return false
  if (options.condition !== undefined && options.condition !== condition) throw syntaxError()
  options.condition = condition
  options.operand = args.next()
  return true
}
