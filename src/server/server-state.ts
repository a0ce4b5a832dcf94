/** What the whole server is in the middle of, and the rim's hooks that the dispatcher calls. */
import type { Args } from '../../protocol/resp/args.ts'
import type { IndexedCommand } from './command-index.ts'
import type { Session } from './session.ts'

/** Reasons for which no command can take the short road. */
export const serverFlag = {
  /** The log is being replayed. */
  loading: 1 << 0,
  /** The log can't be written for now. */
  refusing: 1 << 1,
  /** CLIENT PAUSE. */
  paused: 1 << 2,
  /** Somebody listens by MONITOR. */
  monitored: 1 << 3,
  /** There is a `maxmemory`. */
  limited: 1 << 4,
  /** A script runs for so long that others are told. */
  busy: 1 << 5,
} as const

export class ServerState {
  /** Bits of `serverFlag`. */
  flags = 0
  /** A script runs: the commands that run are its own. */
  isInScript = false
  /** Nothing of what this turn did will be logged or answered, and nothing more is run: the process is about to end. */
  isAbandoned = false
  /** What others are told, while `busy`. */
  busyText = ''
  /** Why writes are refused, while `refusing`. */
  refusalReason = ''
  /** DEBUG and MODULE may be used: by nobody, by clients on this machine, or by all. */
  debugCommands: 'no' | 'local' | 'yes' = 'no'
  /** Commands that take longer are reported to `onSlow`; Infinity for none. */
  slowThresholdUs = Number.POSITIVE_INFINITY
  /** Whether every command's duration goes into its histogram (`latency-tracking`). */
  tracksLatency = false
  /** Whether expired keys are deleted though nobody meets them (DEBUG SET-ACTIVE-EXPIRE). */
  activeExpiry = true
  /** Microseconds of a clock that never steps. */
  readonly clockUs: () => number
  onSlow: (session: Session, entry: IndexedCommand, args: Args, durationUs: number) => void = () => {}
  /** Called with every command that ran while there are monitors. */
  onMonitored: (session: Session, entry: IndexedCommand, args: Args) => void = () => {}
  /** Called when a session sends what only HTTP would: a browser may be made to send commands behind it. */
  onForgery: (session: Session) => void = () => {}
  /** Called when a blocked session may go on; the turn runs its unread input. */
  onUnblocked: (session: Session) => void = () => {}
  /** Why the user of a restricted session may not run the request, which is noted; undefined when it may. */
  whyDenied: (session: Session, entry: IndexedCommand, args: Args) => string | undefined = () => undefined
  /** Called when a command that reads has run for a session that tracks. */
  onRead: (session: Session, entry: IndexedCommand, args: Args) => void = () => {}
  /** Called when a command of a session that tracks has ended, be it that it was refused or queued. */
  onTrackedEnd: (session: Session, entry: IndexedCommand | undefined) => void = () => {}
  /** Whether there was no room when the command that runs began: scripts ask. */
  isOutOfMemory = false
  /** Makes room for a command that is about to run; false when there is none to be made. */
  makeRoom: () => boolean = () => true
  /** CLIENT PAUSE: whether the request has to wait; who says yes has put it aside. */
  mustPostpone: (session: Session, entry: IndexedCommand, args: Args) => boolean = () => false

  constructor(clockUs: () => number) {
    this.clockUs = clockUs
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0
  }

  set(flag: number, on: boolean): void {
    if (on) this.flags |= flag
    else this.flags &= ~flag
  }

  get hasMonitors(): boolean {
    return this.has(serverFlag.monitored)
  }
}
