/** One run of one command: what its handler sees of the world. The turn makes it; handlers keep nothing of it. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Reply } from '../../protocol/resp/reply.ts'
import type { Channels } from '../broker/channels.ts'
import type { Database } from '../keyspace/database.ts'
import type { Effects } from '../keyspace/effects.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { Client } from './client.ts'
import type { Server } from './server.ts'

export interface Call {
  readonly args: Args
  readonly reply: Reply
  readonly client: Client
  /** The client's database. */
  readonly db: Database
  readonly keyspace: Keyspace
  readonly effects: Effects
  readonly channels: Channels
  /** Everything else a command may ask of the server. */
  readonly server: Server
  /** The turn's time in milliseconds since 1970. */
  readonly nowMs: number
  /** False inside MULTI and on replay: then whoever would block answers as if its time were up. */
  readonly mayBlock: boolean
  /** True for the commands of a script, which must not ask to block. */
  readonly isScript: boolean
  /** True on replay: ids and times are as given, nobody is told. */
  readonly isReplay: boolean
  /** A number in [0, 1). */
  random(): number
  /** Logs the command as received: right whenever running it again gives the same result. */
  logAsReceived(): void
  /** Lets the client wait; the handler returns right after it without an answer. */
  block(wait: Wait): void
}

/** What a blocked client waits for. The keys and whatever `serve` uses must be the wait's own (`args.clone()`), since
 *  the input is gone when it is served. */
export interface Wait {
  /** A request that holds the keys, and the indexes of its key arguments. */
  readonly args: Args
  readonly keys: readonly number[]
  /** When to give up, in milliseconds since 1970; Infinity for never. */
  readonly deadlineMs: number
  /** Called when something is at the key with that index (or when it was deleted, if `onDeleted` is set). Answers and
   *  returns true, or returns false and the client goes on waiting. May throw a ReplyError, which is the answer. */
  serve(call: Call, key: number): boolean
  /** Whether `serve` is also called when a key was deleted or is something else now (XREADGROUP). */
  readonly onDeleted?: boolean
  /** When `serve` is to be tried again though nothing happens to the keys; Infinity for never. Asked when the wait begins
   *  and whenever `serve` returned false. */
  wakeAtMs?(call: Call): number
  /** Answers when the time is up or CLIENT UNBLOCK ends the wait. */
  timeOut(reply: Reply): void
}
