/** One directive, and the small words with which `directives.ts` spells its list. */

import { boolKind, choiceKind, intKind, type Kind, memoryKind, stringKind } from './kinds.ts'

export type Directive = {
  readonly name: string
  /** An older name, listed by CONFIG GET beside the new one and taken wherever the new one is. */
  readonly alias?: string
  readonly kind: Kind
  /** The value before any file, argument or CONFIG SET, as CONFIG GET prints it. */
  readonly initial: string
  /** Redis' own default, where ours is another. */
  readonly redisInitial?: string
  /** `free`: CONFIG SET may change it. `guarded`: a place of the data, which Redis changes only where
   *  `enable-protected-configs` allows it, and which here can't move while it is open, so that even then the refusal is merely another. `fixed`: at start alone. */
  readonly change: 'free' | 'guarded' | 'fixed'
  /** CONFIG SET answers LOADING while the data is being read. */
  readonly deniedWhileLoading?: true
  /** CONFIG GET shows it when asked for by name, never for a pattern. */
  readonly hidden?: true
  /** The value is kept out of SLOWLOG and MONITOR. */
  readonly secret?: true
  /** Redis has no directive of that name. */
  readonly own?: true
  /** The one value that has a meaning here, and why any other is refused: said aloud rather than silently not done. */
  readonly only?: { readonly value: string; readonly otherwise: string }
  /** `honoured`: the broker acts on it. `accepted`: checked, kept, listed and rewritten, but nothing depends on it. */
  readonly effect: 'honoured' | 'accepted'
  /** What it does here, or why it does nothing. */
  readonly reason: string
}

/** Directives that are listed together. */
export type Topic = { readonly title: string; readonly directives: readonly Directive[] }

/** Facts that are the same for most directives and are therefore given only where they differ. */
export type Note = Partial<Omit<Directive, 'name' | 'kind' | 'initial'>>

export const INT_MAX = 2n ** 31n - 1n
export const INT_MIN = -(2n ** 31n)
export const UINT_MAX = 2n ** 32n - 1n
export const INT64_MAX = 2n ** 63n - 1n
export const UINT64_MAX = 2n ** 64n - 1n

/** A directive of any kind. Every directive says in one of its notes whether it is honoured or accepted. */
export function directive(name: string, kind: Kind, initial: string, ...notes: readonly Note[]): Directive {
  const facts: Note = Object.assign({}, ...notes)
  if (facts.effect === undefined || facts.reason === undefined) throw new Error(`${name} doesn't say what it does`)
  return { change: 'free', ...facts, effect: facts.effect, reason: facts.reason, name, kind, initial }
}

export const bool = (name: string, initial: 'yes' | 'no', ...notes: readonly Note[]) =>
  directive(name, boolKind, initial, ...notes)

export const int = (name: string, initial: number, min: bigint, max: bigint, ...notes: readonly Note[]) =>
  directive(name, intKind(min, max), String(initial), ...notes)

export const memory = (name: string, initial: number, min: bigint, max: bigint, ...notes: readonly Note[]) =>
  directive(name, memoryKind(min, max), String(initial), ...notes)

export const choice = (name: string, initial: string, choices: readonly string[], ...notes: readonly Note[]) =>
  directive(name, choiceKind(choices), initial, ...notes)

/** A text that is unset when empty. */
export const text = (name: string, ...notes: readonly Note[]) =>
  directive(name, stringKind(undefined, true), '', ...notes)

export const honoured = (reason: string): Note => ({ effect: 'honoured', reason })
export const accepted = (reason: string): Note => ({ effect: 'accepted', reason })
export const alias = (name: string): Note => ({ alias: name })
export const inRedis = (redisInitial: string): Note => ({ redisInitial })
export const only = (value: string, otherwise: string): Note => ({ only: { value, otherwise } })
export const fixed: Note = { change: 'fixed' }
export const guarded: Note = { change: 'guarded' }
export const notWhileLoading: Note = { deniedWhileLoading: true }
export const hidden: Note = { hidden: true }
export const secret: Note = { secret: true }
export const own: Note = { own: true }
