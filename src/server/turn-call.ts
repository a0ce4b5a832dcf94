/** The one `Call` of a broker: its fields are set before each run. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Reply } from '../../protocol/resp/reply.ts'
import type { Channels } from '../broker/channels.ts'
import type { Call, Wait } from '../commands/call.ts'
import type { Server } from '../commands/server.ts'
import type { Database } from '../keyspace/database.ts'
import type { Effects } from '../keyspace/effects.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { Session } from './session.ts'

export class TurnCall implements Call {
  args!: Args
  client!: Session
  db!: Database
  mayBlock = true
  isReplay = false
  /** Set when the handler asked to wait. */
  wait: Wait | undefined
  readonly reply: Reply
  readonly keyspace: Keyspace
  readonly effects: Effects
  readonly channels: Channels
  readonly server: Server
  readonly random: () => number

  constructor(parts: Pick<Call, 'reply' | 'keyspace' | 'channels' | 'server' | 'random'>) {
    this.reply = parts.reply
    this.keyspace = parts.keyspace
    this.effects = parts.keyspace.effects
    this.channels = parts.channels
    this.server = parts.server
    this.random = parts.random
  }

  get nowMs(): number {
    return this.keyspace.nowMs
  }

  logAsReceived(): void {
    this.effects.log(this.db.index, this.args)
  }

  block(wait: Wait): void {
    this.wait = wait
  }
}
