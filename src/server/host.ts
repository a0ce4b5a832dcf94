/** What the process around the broker knows and can do: the impure things that a few commands ask for. The rim makes
 *  one; the core never touches `process`, a file or a real clock itself. */

import type { ShutdownRequest } from '../commands/server/ports.ts'
import type { Settings } from './config/settings.ts'

/** A measurement of the process, taken when somebody asks (INFO, MEMORY STATS). Sizes in bytes, times in seconds. */
export interface ProcessFacts {
  readonly processId: number
  /** Of the program that runs, and of the configuration file ('' for none). */
  readonly executable: string
  readonly configFile: string
  /** `Linux 6.1 x86_64`. */
  readonly system: string
  readonly nodeVersion: string
  readonly millraceVersion: string
  /** As the kernel sees the process. */
  readonly residentBytes: number
  /** V8's heap in use, and what lies outside it in array buffers. */
  readonly heapBytes: number
  readonly arrayBufferBytes: number
  readonly totalSystemBytes: number
  readonly cpuSystemSeconds: number
  readonly cpuUserSeconds: number
  /** The TCP port that is listened on, 0 for none. */
  readonly tcpPort: number
}

/** Levels of the program's log, as Redis numbers them. */
export const logLevel = { debug: 0, verbose: 1, notice: 2, warning: 3 } as const

/** New addresses that are listened on beside the old ones. */
export interface ListeningMove {
  /** Closes the old ones. Connections stay. */
  commit(): void
  /** Closes the new ones. */
  abandon(): Promise<void>
}

/** What stands in the way of listening: an address, or TLS. */
export type ListeningFailure = 'address' | 'tls'

/** Listens as the settings say, too. When that is not possible the reason is in the program's log. */
export type Relisten = (settings: Settings) => Promise<ListeningMove | ListeningFailure>

/** What another server is asked, all at once; it answers each request with a line. */
export interface Transfer {
  readonly host: string
  readonly port: number
  /** How long it may be silent. */
  readonly timeoutMs: number
  readonly requests: readonly Uint8Array[]
}

export interface TransferOutcome {
  /** The answers that came, without their line ends. */
  readonly lines: readonly string[]
  /** What it was at when the rest did not come. */
  readonly failure?: 'connecting' | 'writing' | 'reading'
}

/** The system does not let the file be written. The message is its reason. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused'
}

/** Takes new connections while a script keeps the event loop waiting. */
export interface BusyDoor {
  /** The script has become busy. */
  open(): void
  /** Makes sessions of who has come, and brings what they sent to their connections. */
  look(): void
  /** The script has ended. */
  close(): void
}

export interface Host {
  facts(): ProcessFacts
  /** Stops the whole thread for that long (DEBUG SLEEP). */
  sleep(ms: number): void
  /** Begins to stop the process: commit, answer, close. Returns at once. */
  shutdown(request: ShutdownRequest): void
  /** Calls a stop off that has not gone too far; false when there is none. */
  abortShutdown(): boolean
  /** Replaces the configuration file's text (one character a byte) with what `rewrite` makes of the old one. Throws
   *  FileRefused; must not be called when there is no file. */
  rewriteConfigFile(rewrite: (oldText: string | undefined) => string): void
  /** So many bytes that nobody can guess. */
  secretBytes(count: number): Uint8Array
  /** The text of the aclfile (one character a byte). Throws FileRefused. */
  readAclFile(path: string): string
  /** Replaces it. Throws FileRefused, with the old one as it was. */
  writeAclFile(path: string, text: string): void
  /** Talks to another server. Never rejects. */
  transfer(transfer: Transfer): Promise<TransferOutcome>
  /** The compiled Lua that scripts run in. */
  luaCode(): Uint8Array
  /** A line for the program's log, at a `logLevel`. */
  log(level: number, text: string): void
  /** Left out where nothing listens. */
  readonly relisten?: Relisten
  readonly busyDoor?: BusyDoor
}

/** A host that knows nothing and does nothing: for a broker that is embedded or tested. */
export const bareHost: Host = {
  facts: () => ({
    processId: 0,
    executable: '',
    configFile: '',
    system: '',
    nodeVersion: '',
    millraceVersion: '0.0.0',
    residentBytes: 0,
    heapBytes: 0,
    arrayBufferBytes: 0,
    totalSystemBytes: 0,
    cpuSystemSeconds: 0,
    cpuUserSeconds: 0,
    tcpPort: 0,
  }),
  sleep() {},
  shutdown() {},
  abortShutdown: () => false,
  rewriteConfigFile() {
    throw new Error('there is no configuration file')
  },
  secretBytes() {
    throw new Error('there is no source of secrets')
  },
  readAclFile() {
    throw new FileRefused('No such file or directory')
  },
  writeAclFile() {
    throw new FileRefused('Permission denied')
  },
  transfer: async () => ({ lines: [], failure: 'connecting' }),
  luaCode() {
    throw new Error('there is no Lua')
  },
  log() {},
}
