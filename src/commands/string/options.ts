/** The options that SET and GETEX share: conditions, and how long the key is to live. */
import type { Args } from '../../../protocol/resp/args.ts'
import { syntaxError } from '../../broker/errors.ts'
import { readLifetime } from '../expiry-time.ts'

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
}

const timedForms = ['EX', 'PX', 'EXAT', 'PXAT'] as const

/** Reads what is left of SET's arguments: any order, each as often as one likes, but nothing that contradicts. */
export function readSetOptions(args: Args): StringOptions {
  const options: StringOptions = { nx: false, xx: false, get: false, form: undefined, time: 0 }
  while (args.left > 0) {
    if (args.token('NX')) options.nx = true
    else if (args.token('XX')) options.xx = true
    else if (args.token('GET')) options.get = true
    else readForm(args, options, 'KEEPTTL')
    if (options.nx && options.xx) throw syntaxError()
  }
  return options
}

/** Reads what is left of GETEX's arguments. */
export function readGetexOptions(args: Args): StringOptions {
  const options: StringOptions = { nx: false, xx: false, get: false, form: undefined, time: 0 }
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
