import type { Random } from './random.ts'

/** The words of a command as byte strings. */
export type Words = readonly string[]

/** Commands that one connection sends in one packet, and how they are waited for. */
export type Step = {
  readonly connection: number
  readonly commands: readonly Words[]
  /** The commands answer by themselves in a few milliseconds, though one of them may block until then. */
  readonly endsByItself?: true
  /** The one command is a SCAN from 0: its cursor is followed to the end and the elements are compared as a set. */
  readonly iterates?: true
}

/** A whole session: what is played on two servers and compared. */
export type Session = {
  readonly family: Family
  readonly protocol: 2 | 3
  readonly seed: number
  readonly steps: readonly Step[]
}

/** Where in the session a step is drawn: ids and times may grow with it. */
export type Position = { readonly index: number; readonly connections: number }

/** A family of commands that the oracle tests together. `families/*.ts` hold one each, `families.ts` lists them. */
export type Family = {
  readonly name: string
  /** How many connections a session has. */
  readonly connections: number
  /** The longest session, in steps. */
  readonly stepsMax: number
  /** The keys and databases whose contents are compared when a session has ended. */
  readonly keys: readonly string[]
  readonly databases: readonly number[]
  /** Sent to both servers before each session. */
  readonly settings?: readonly Words[]
  /** The commands (`XADD`) and subcommands (`XGROUP CREATE`) each of which must succeed before a run may end. */
  readonly mustSucceed: readonly string[]
  step(random: Random, position: Position): Step
}
