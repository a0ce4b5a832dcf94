/** One client of the broker, whatever it came through. */

import type { Args } from '../../protocol/resp/args.ts'
import { type RequestLimits, RequestParser } from '../../protocol/resp/request-parser.ts'
import type { Subscriptions } from '../broker/channels.ts'
import type { Client } from '../commands/client.ts'
import type { User } from './acl/user.ts'
import type { IndexedCommand } from './command-index.ts'
import type { TrackedSession } from './tracking.ts'
import type { Waiter } from './waiters.ts'

/** One read past the event loop takes so many bytes at most. */
export const readNowBytes = 16 * 1024

/** The transport under a session, as the server sees it. */
export interface Connection {
  /** Sends bytes in order; they must stay unchanged until `isDrained`. What is for many others, too, may leave at the end of
   *  the round of writes. */
  write(bytes: Buffer, isForMany?: boolean): void
  /** Whether everything written has left the process. */
  readonly isDrained: boolean
  /** Bytes written that have not left. */
  readonly pendingBytes: number
  /** Gathers the writes up to `uncork` into one. */
  cork(): void
  uncork(): void
  /** Reads at once of what has arrived and was not handed over yet: nothing when there is none. What is returned may lie
   *  in `scratch`, which is at least `readNowBytes` long. Left out where the transport can't do that. */
  readonly readNow?: (scratch: Uint8Array) => Uint8Array
  /** Stops and continues reading. */
  pause(): void
  resume(): void
  /** Closes after what was written has been sent. */
  end(): void
  /** The same, and resolves when it is closed. */
  finish(): Promise<void>
  /** Closes at once. */
  destroy(): void
  readonly remoteAddress: string
  readonly localAddress: string
}

/** A connection to nobody, for the session that replays the log. */
export const nowhere: Connection = {
  write() {},
  isDrained: true,
  pendingBytes: 0,
  cork() {},
  uncork() {},
  pause() {},
  resume() {},
  end() {},
  finish: () => Promise.resolve(),
  destroy() {},
  remoteAddress: '',
  localAddress: '',
}

/** Reasons for which a command of the session cannot take the short road. */
export const special = {
  multi: 1 << 0,
  subscribed: 1 << 1,
  blocked: 1 << 2,
  unauthenticated: 1 << 3,
  monitor: 1 << 4,
  replyOff: 1 << 5,
  replySkip: 1 << 6,
  closing: 1 << 7,
  replySkipNext: 1 << 8,
  /** Its user may not do everything. */
  restricted: 1 << 9,
  tracking: 1 << 10,
} as const

export interface QueuedCommand {
  readonly entry: IndexedCommand
  readonly args: Args
}

/** What MULTI gathers. */
export interface Transaction {
  readonly queue: QueuedCommand[]
  /** Of all requests in the queue. */
  bytes: number
  /** A command was refused while queueing: EXEC aborts. */
  isBroken: boolean
}

export class Session implements Client {
  // What a message to thousands of sessions needs of each lies side by side, and so in few lines of the processor's caches.
  isClosed = false
  /** The session's latest segment in the outbox's current turn, -1 for none. */
  lastSegment = -1
  /** The log position that must be durable before the latest answer may be sent; it never falls. */
  holdPosition = 0
  /** Segments of answers that wait for a commit, and their bytes. */
  heldSegments = 0
  heldBytes = 0
  readonly connection: Connection
  readonly id: number
  readonly parser: RequestParser
  readonly connectedAtMs: number
  lastActiveAtMs: number
  dbIndex = 0
  protocol = 2
  name = ''
  libraryName = ''
  libraryVersion = ''
  /** Bits of `special`. */
  flags = 0
  transaction: Transaction | undefined
  /** A watched key was touched. */
  isWatchBroken = false
  /** Names of the watched keys, as `Watches` writes them. */
  readonly watched = new Set<string>()
  waiter: Waiter | undefined
  /** What it hears, as the hub keeps it. */
  subscriptions: Subscriptions | undefined
  /** How it tracks keys (CLIENT TRACKING). */
  tracked: TrackedSession | undefined
  /** A request that waits for the end of CLIENT PAUSE. */
  postponed: Args | undefined
  /** The last command, as CLIENT LIST shows it. */
  lastEntry: IndexedCommand | undefined
  isTouchSuppressed = false
  isEvictionExempt = false
  /** A front end sends it what it has subscribed to. */
  hasFeeds = false
  /** Whose rights it has; undefined for the session that replays the log, which is asked nothing. */
  user: User | undefined
  /** Whether it gave a password, or came when there was none. */
  isAuthenticated = false
  /** When the token ends by which it came in; its front end closes it then. */
  expiresAtMs = Number.POSITIVE_INFINITY
  /** Requests arrived while the session could not run them (blocked, paused) wait in the parser. */
  hasUnreadInput = false
  totalCommands = 0

  constructor(id: number, connection: Connection, limits: RequestLimits, nowMs: number) {
    this.id = id
    this.connection = connection
    this.parser = new RequestParser(limits)
    this.connectedAtMs = nowMs
    this.lastActiveAtMs = nowMs
  }

  /** Whether the answer that is complete now is to be taken back (CLIENT REPLY OFF and SKIP); a SKIP is used up by it. */
  takeSilence(): boolean {
    const isSilent = this.has(special.replySkip | special.replyOff)
    this.set(special.replySkip, this.has(special.replySkipNext))
    this.set(special.replySkipNext, false)
    return isSilent
  }

  /** Whether the client is on this machine. */
  get isLocal(): boolean {
    const { remoteAddress } = this.connection
    // A unix socket is named by its path, which may be a relative one; what has a host has a port behind it, never 0.
    return /^(127\.|\[?::1\]?:|\[?::ffff:127\.)|:0$/.test(remoteAddress) || remoteAddress === ''
  }

  get isSubscribed(): boolean {
    return this.has(special.subscribed)
  }

  setSubscribed(isSubscribed: boolean): void {
    this.set(special.subscribed, isSubscribed)
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0
  }

  set(flag: number, on: boolean): void {
    if (on) this.flags |= flag
    else this.flags &= ~flag
  }
}
