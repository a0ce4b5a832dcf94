import type { Host } from './host.ts'

/** Where time and chance come from. */
export interface Surroundings {
  nowMs(): number
  /** Microseconds of a clock that never steps. */
  clockUs(): number
  /** A number in [0, 1). */
  random(): number
  /** The process around the broker. */
  readonly host: Host
}
