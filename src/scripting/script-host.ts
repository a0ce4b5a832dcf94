/** What the scripting room asks of the server that runs it. */
import type { Args } from '../../protocol/resp/args.ts'

export interface ScriptHost {
  /** Runs a command for the running script. Returns why it may not run, or undefined: then its answer is in wire form at
   *  `answer` from `answerStart` to `answerEnd`, valid until the next command runs. */
  run(args: Args): string | undefined
  readonly answer: Uint8Array
  readonly answerStart: number
  readonly answerEnd: number
  /** Which RESP the script speaks (`redis.setresp`). */
  setProtocol(protocol: number): void
  /** Whether the script's user may run the command; undefined when there is no such command. */
  mayRun(args: Args): boolean | undefined
  /** A line for the program's log: 0 debug, 1 verbose, 2 notice, 3 warning. */
  log(level: number, text: string): void
  /** Called now and then while a script runs. A text ends the script: it is the error. */
  interrupt(): string | undefined
  /** As `redis.REDIS_VERSION` says it. */
  readonly version: string
}

/** Flags that a script may declare. */
export const scriptFlag = {
  noWrites: 1 << 0,
  allowOom: 1 << 1,
  allowStale: 1 << 2,
  noCluster: 1 << 3,
  allowCrossSlotKeys: 1 << 4,
  /** A script without a shebang: what it may do is only known when it does it. */
  compatible: 1 << 8,
} as const

export const flagNames: Readonly<Record<string, number>> = {
  'no-writes': scriptFlag.noWrites,
  'allow-oom': scriptFlag.allowOom,
  'allow-stale': scriptFlag.allowStale,
  'no-cluster': scriptFlag.noCluster,
  'allow-cross-slot-keys': scriptFlag.allowCrossSlotKeys,
}
