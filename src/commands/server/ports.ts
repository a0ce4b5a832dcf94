/** What the commands of the server family ask of the server. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Call } from '../call.ts'
import type { Command } from '../command.ts'

/** The command table as clients may ask for it. */
export interface CommandListing {
  readonly all: readonly ListedCommand[]
  /** The command that argument `i` names in any case. */
  find(args: Args, i: number): ListedCommand | undefined
  /** By its own word in lower case. */
  named(name: string): ListedCommand | undefined
}

export interface ListedCommand {
  readonly command: Command
  /** `xgroup|create` for a subcommand. */
  readonly fullName: string
  readonly subcommands: CommandListing | undefined
}

export interface ConfigServer {
  /** Names and values that match the patterns. */
  matching(patterns: readonly string[]): [name: string, value: string][]
  /** Sets names and values in turn and answers, perhaps later. */
  set(words: readonly string[], call: Call): void
  /** Writes the values of now into the configuration file; the error reply's text when that fails. */
  rewrite(): string | undefined
  resetStatistics(): void
}

export interface SlowEntry {
  readonly id: number
  readonly atS: number
  readonly durationUs: number
  readonly args: readonly Uint8Array[]
  readonly address: string
  readonly clientName: string
}

export interface SlowlogServer {
  readonly length: number
  /** The `count` youngest entries, youngest first. */
  latest(count: number): SlowEntry[]
  reset(): void
}

export interface LatencySample {
  readonly atS: number
  readonly durationMs: number
}

export interface LatencyEvent {
  readonly name: string
  /** Oldest first, at least one. */
  readonly samples: readonly LatencySample[]
  readonly maxMs: number
}

export interface LatencyHistogramFacts {
  readonly fullName: string
  readonly calls: number
  /** Bounds in microseconds and how many calls took no longer. */
  readonly cumulative: readonly [boundUs: number, count: number][]
}

export interface LatencyServer {
  /** `latency-monitor-threshold`; 0 is off. */
  readonly thresholdMs: number
  events(): LatencyEvent[]
  event(name: string): LatencyEvent | undefined
  /** Forgets the events (all without names); returns how many there were. */
  reset(names: readonly string[]): number
  /** Of the commands (and their subcommands), or of all that ran; in the order of the table. */
  histograms(names: readonly string[] | undefined): LatencyHistogramFacts[]
}

/** What WAITAOF asks for. */
export interface DiskWait {
  /** That it is on the disk here. */
  readonly local: boolean
  /** That it is on a replica's, which never comes true. */
  readonly replicas: boolean
  readonly deadlineMs: number
}

export interface PersistenceServer {
  /** What runs: BGSAVE (or SAVE), BGREWRITEAOF, or a checkpoint that started by itself. */
  readonly running: 'save' | 'rewrite' | 'auto' | undefined
  readonly lastSaveAtMs: number
  /** Starts a checkpoint; not while one runs. */
  start(kind: 'save' | 'rewrite'): void
  /** Starts a checkpoint and lets the client wait for it. */
  save(call: Call): void
  /** Remembers to start one when the running one is done. */
  schedule(kind: 'save' | 'rewrite'): void
  /** Whether there is a log on disk at all. */
  readonly isLogged: boolean
  /** Answers `[1 or 0, 0]`: whether all that was written up to now is on disk here, and on how many replicas. Lets the
   *  client wait for what it asks for. */
  waitForDisk(call: Call, wanted: DiskWait): void
  /** Rebuilds the memory from what is on disk, and answers. */
  reload(call: Call): void
}

export interface MemoryFacts {
  readonly peakBytes: number
  /** What counts against `maxmemory`: keys, values, and the tables that hold them. */
  readonly usedBytes: number
  /** The part of it that is there before there are keys. */
  readonly startupBytes: number
  /** That, and what holds the keys. */
  readonly overheadBytes: number
  /** V8's heap and buffers. */
  readonly processBytes: number
  readonly residentBytes: number
  readonly heapBytes: number
  readonly clientBytes: number
  readonly keyCount: number
}

/** What SHUTDOWN asks for. */
export interface ShutdownRequest {
  readonly save: 'default' | 'save' | 'nosave'
  /** Do not try again what can't be written. */
  readonly now: boolean
  /** Stop even when the log is known not to take what has to be written. */
  readonly force: boolean
}

export interface ProcessServer {
  readonly millraceVersion: string
  /** The text of the sections of INFO. */
  info(sections: readonly string[]): string
  memory(): MemoryFacts
  /** Stops everything for that long. */
  sleep(ms: number): void
  /** Whether everything can be put on disk first, or need not be. Why not is in the program's log. */
  mayShutDown(request: ShutdownRequest): boolean
  shutdown(request: ShutdownRequest): void
  abortShutdown(): boolean
  /** Whether expired keys are deleted though nobody meets them (DEBUG SET-ACTIVE-EXPIRE). */
  activeExpiry: boolean
}

/** The parts of `Server` that belong to this family. */
export interface ServerFamily {
  readonly commands: CommandListing
  readonly config: ConfigServer
  readonly slowlog: SlowlogServer
  readonly latency: LatencyServer
  readonly persistence: PersistenceServer
  readonly process: ProcessServer
}
