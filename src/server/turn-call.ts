/** The one `Call` of a broker: its fields are set before each run. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Reply } from '../../protocol/resp/reply.ts'
import type { Channels } from '../broker/channels.ts'
import type { Call, Wait } from '../commands/call.ts'
import type { Server } from '../commands/server.ts'
import type { Database } from '../keyspace/database.ts'
import type { Effects } from '../keyspace/effects.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { lowerCase } from './config/command-names.ts'
import type { Session } from './session.ts'

type TurnCallParts = Pick<Call, 'reply' | 'keyspace' | 'channels' | 'server' | 'random'> & {
  /** Own names of renamed commands: the log knows commands by these. */
  readonly ownNames: ReadonlyMap<string, string>
}

export class TurnCall implements Call {
  args!: Args
  client!: Session
  db!: Database
  mayBlock = true
  isReplay = false
  isScript = false
  /** Set when the handler asked to wait. */
  wait: Wait | undefined
  readonly reply: Reply
  readonly keyspace: Keyspace
  readonly effects: Effects
  readonly channels: Channels
  readonly server: Server
  readonly random: () => number
  readonly #ownNames: ReadonlyMap<string, string>

  constructor(parts: TurnCallParts) {
    this.#ownNames = parts.ownNames
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
    if (this.#ownNames.size > 0 && this.#logByOwnName()) return
    this.effects.log(this.db.index, this.args)
  }

  /** Logs the request under the command's own name; false when it came under that. */
  #logByOwnName(): boolean {
    const { args, effects } = this
    const ownName = this.#ownNames.get(lowerCase(args.text(0)))
    if (ownName === undefined) return false
    if (!effects.begin(this.db.index, args.count)) return true
    effects.text(ownName)
    if (args.count > 1) effects.wire(args.bytes, args.wireStart(1), args.wireEnd(args.count - 1))
    return true
  }

  block(wait: Wait): void {
    this.wait = wait
  }
}
