/** The turn: what arrives is parsed and run at once, what it wrote becomes one log record, and what it answered goes
 *  out when that record is as durable as `appendfsync` asks.
 *
 *  A turn begins with the first thing that happens after the last one ended and ends when the rim says so (`endTurn`,
 *  once per iteration of the event loop). All commands of a turn see the same time. The broker itself opens nothing,
 *  starts no timer and reads no clock: the rim calls `receive`, `tick` and `endTurn`, and hands clocks in. */
import { Args } from '../../protocol/resp/args.ts'
import type { Reply } from '../../protocol/resp/reply.ts'
import { ProtocolError } from '../../protocol/resp/reply-error.ts'
import {
  bulkBytesMaxDefault,
  QueryBufferError,
  queryBytesMaxDefault,
  type RequestLimits,
} from '../../protocol/resp/request-parser.ts'
import { ChannelEvents } from '../broker/channel-events.ts'
import { Channels } from '../broker/channels.ts'
import type { Wait } from '../commands/call.ts'
import type { Command } from '../commands/command.ts'
import type { Server } from '../commands/server.ts'
import { Effects } from '../keyspace/effects.ts'
import { Keyspace } from '../keyspace/keyspace.ts'
import type { Log } from '../log/log.ts'
import { Acl } from './acl/acl.ts'
import { AclPort } from './acl/acl-port.ts'
import { Administration } from './administration.ts'
import { ClientEviction } from './client-eviction.ts'
import { Clients } from './clients.ts'
import { ClientLimits } from './clients-limits.ts'
import { CommandIndex } from './command-index.ts'
import { CommitTimes } from './commit-times.ts'
import type { Config } from './config/config.ts'
import { Dispatcher } from './dispatcher.ts'
import { Eviction } from './eviction.ts'
import { followConfig } from './follow-config.ts'
import { KeyChanges } from './key-changes.ts'
import { Migrations } from './migrations.ts'
import { Monitors } from './monitors.ts'
import { Outbox } from './outbox.ts'
import { Pause } from './pause.ts'
import { ReadAhead } from './read-ahead.ts'
import { Replay } from './replay.ts'
import { ServerState, serverFlag } from './server-state.ts'
import { type Connection, nowhere, Session, special } from './session.ts'
import { Storage } from './storage.ts'
import type { Surroundings } from './surroundings.ts'
import { Throttle } from './throttle.ts'
import { TimedWork } from './timed-work.ts'
import { Tracking } from './tracking.ts'
import { Transactions } from './transactions.ts'
import { TurnCall } from './turn-call.ts'
import { answerAfterUs, recordBytesHigh, replyBytesHigh } from './turn-limits.ts'
import { Waiters } from './waiters.ts'
import { Watches } from './watches.ts'

export class Broker {
  readonly config: Config
  readonly keyspace: Keyspace
  readonly outbox = new Outbox()
  readonly waiters = new Waiters()
  readonly watches = new Watches()
  readonly tracking = new Tracking(this)
  readonly channels: Channels
  readonly acl: Acl
  readonly clients: Clients
  readonly monitors: Monitors
  readonly pause: Pause
  readonly state: ServerState
  readonly dispatcher: Dispatcher
  readonly administration: Administration
  readonly storage: Storage
  readonly commitTimes = new CommitTimes()
  readonly sessions = new Map<number, Session>()
  readonly limits: RequestLimits = { bulkBytesMax: bulkBytesMaxDefault, queryBytesMax: queryBytesMaxDefault }
  readonly #surroundings: Surroundings
  readonly eviction: Eviction
  readonly clientEviction: ClientEviction
  readonly #clientLimits: ClientLimits
  readonly #timedWork: TimedWork
  readonly #throttle: Throttle
  readonly #call: TurnCall
  #log: Log
  /** Whether answers wait for the log (`appendfsync always`). */
  holdsReplies = true
  readonly #args = new Args()
  readonly #readAhead = new ReadAhead()
  #isInTurn = false
  #nextSessionId = 1
  /** Sessions that may go on with input that waits in their parsers. */
  #resumable: Session[] = []
  /** Called when a turn began, so that the rim calls `endTurn`. */
  onTurn: () => void = () => {}

  constructor(commands: readonly Command[], log: Log, surroundings: Surroundings, config: Config) {
    this.config = config
    this.#surroundings = surroundings
    this.#log = log
    this.keyspace = new Keyspace(
      new Effects(),
      Math.floor(surroundings.random() * 0x7fffffff),
      config.settings.databaseCount,
    )
    this.state = new ServerState(surroundings.clockUs)
    const post = {
      writer: this.outbox.pushes,
      push: (session: Session, start: number, end: number) => this.dispatcher.push(session, start, end),
    }
    this.channels = new Channels(post, this.keyspace.hashSeed)
    const events = new ChannelEvents(this.channels)
    this.keyspace.listener = new KeyChanges(this, events)
    const index = new CommandIndex(commands, config.renamedCommands)
    this.acl = new Acl(this, commands, index)
    this.clients = new Clients(this)
    this.monitors = new Monitors(post, this.state, surroundings.nowMs)
    this.pause = new Pause(this)
    this.tracking.follow(this.state)
    this.#clientLimits = new ClientLimits(config.settings, this.sessions, this.clients)
    this.#timedWork = new TimedWork(this, this.#clientLimits)
    this.eviction = new Eviction(this, surroundings.random)
    this.clientEviction = new ClientEviction(this)
    this.outbox.onBacklog = (session) => this.#clientLimits.checkOutput(session, this.keyspace.nowMs)
    this.administration = new Administration(this, index, surroundings)
    this.#call = new TurnCall({
      reply: this.outbox.replies,
      keyspace: this.keyspace,
      channels: this.channels,
      server: this.#makeServer(),
      random: surroundings.random,
      ownNames: index.ownNames,
    })
    this.dispatcher = new Dispatcher(index, this.#call, this.outbox, this.waiters, this.state)
    this.state.onUnblocked = (session) => this.#resumable.push(session)
    const nobody = new Session(0, nowhere, this.limits, 0)
    const replay = new Replay(new CommandIndex(commands), this.#call, nobody, this.outbox.replies)
    const logNow = (): Log => this.#log
    this.storage = new Storage(this, logNow, () => replay, surroundings.clockUs)
    this.#throttle = new Throttle(logNow, this.sessions, this.state)
    followConfig(this)
    this.administration.latency.follow(this.state)
  }

  connect(connection: Connection): Session {
    const session = new Session(this.#nextSessionId, connection, this.limits, this.#surroundings.nowMs())
    if (!this.#clientLimits.admits(session)) {
      this.administration.statistics.rejectedConnections++
      return session
    }
    this.#nextSessionId++
    this.acl.greet(session)
    this.sessions.set(session.id, session)
    this.#throttle.admit(session)
    this.clientEviction.note(session)
    this.administration.statistics.connections++
    return session
  }

  /** The connection is gone: nothing of the session stays. */
  disconnect(session: Session): void {
    if (session.isClosed) return
    this.clients.journal.closed(session)
    session.isClosed = true
    session.set(special.closing, true)
    this.sessions.delete(session.id)
    if (session.waiter !== undefined) this.waiters.remove(session.waiter)
    this.watches.clear(session)
    this.tracking.forget(session)
    this.keyspace.hasWaiters = this.waiters.count > 0
    this.#tellNothing(session)
    this.#clientLimits.forget(session)
    this.clientEviction.forget(session)
  }

  /** Takes bytes from the session's connection and runs the requests in them. */
  receive(session: Session, chunk: Uint8Array): void {
    if (session.has(special.closing)) return
    this.beginTurn()
    session.lastActiveAtMs = this.keyspace.nowMs
    const { statistics } = this.administration
    statistics.inputBytes += chunk.length
    statistics.reads++
    try {
      session.parser.feed(chunk)
    } catch (error) {
      if (!(error instanceof QueryBufferError)) throw error
      return this.clients.cut(session, 'client-query-buffer-limit')
    }
    this.#runInput(session)
    if (this.#resumable.length > 0) this.#resume()
  }

  /** The client sends nothing more: whoever waits for something is dropped, others are closed behind their answers. */
  hangUp(session: Session): void {
    if (session.has(special.blocked)) return this.clients.kill(session)
    this.beginTurn()
    this.closeAfterReply(session)
  }

  beginTurn(): void {
    if (this.#isInTurn) return
    this.#enterTurn()
    this.onTurn()
  }

  #enterTurn(): void {
    this.#isInTurn = true
    this.keyspace.nowMs = this.#surroundings.nowMs()
  }

  /** Hands what the turn wrote to the log, and its answers to the connections or to those that wait for the log. Who tracks by
   *  prefixes is told of all of an input's changes at once, behind the last part of it. */
  endTurn(isCut = false): void {
    this.#isInTurn = false
    if (this.state.isAbandoned) return
    if (!isCut) this.tracking.endTurn()
    if (this.keyspace.effects.size > 0) this.#appendRecord()
    this.keyspace.settleSizes()
    this.storage.checkpointer.turnEnded()
    this.administration.persistence.afterAppend()
    // After `appendfsync` was relaxed, what is still held goes first.
    const isHeld = this.holdsReplies || this.outbox.heldTurns > 0
    this.clientEviction.noteAll(this.outbox.recipients)
    this.outbox.endTurn(this.#log.position, isHeld ? this.#log.durablePosition : Number.POSITIVE_INFINITY)
    this.clientEviction.endTurn()
  }

  /** Ends the turn amid a session's input and begins another for the rest, which the rim, told of the first, ends. */
  #cutTurn(session: Session): void {
    this.dispatcher.leave(session)
    this.endTurn(true)
    this.#enterTurn()
    this.dispatcher.enter(session)
  }

  /** Whether what the session was answered waits for no record. */
  #isAnswerable(session: Session): boolean {
    return !this.holdsReplies || session.holdPosition <= this.#log.durablePosition
  }

  #appendRecord(): void {
    if (this.state.isAbandoned) return
    const position = this.#log.append(this.keyspace.effects.take(), this.keyspace.nowMs)
    this.keyspace.writePosition = position + 1
    if (this.#log.durablePosition < position) this.commitTimes.begun(position, this.state.clockUs())
    this.#throttle.check()
  }

  /** The log has committed up to a position. */
  onDurable(position: number): void {
    this.commitTimes.durable(position, this.state.clockUs())
    this.outbox.release(position)
    if (this.#throttle.isClosed) this.#throttle.check()
  }

  /** Amid a turn that lasts, because something of `running` does: sends what others were answered, where that waits for
   *  nothing that only the turn's end brings. */
  answerEarly(running: Session): void {
    this.#log.lookNow()
    const isHeld = this.holdsReplies || this.outbox.heldTurns > 0
    this.outbox.writeEarly(running, isHeld ? this.#log.durablePosition : this.#log.position)
  }

  /** Runs nothing more of the session and closes it once its answers are out. */
  closeAfterReply(session: Session): void {
    if (session.has(special.closing)) return
    session.set(special.closing, true)
    this.#tellNothing(session)
    this.outbox.close(session)
  }

  /** Does what time asks for: expiry and waiters whose time is up. */
  tick(): void {
    const nowMs = this.#surroundings.nowMs()
    if (this.nextDueAtMs > nowMs) return
    this.beginTurn()
    this.#timedWork.run(nowMs)
    this.#resume()
  }

  /** Housekeeping that nobody waits for; the rim calls it ten times a second. */
  cron(nowMs: number): void {
    this.administration.cron(nowMs)
    this.storage.cron(nowMs)
  }

  /** Answers a client that waits for something other than a key, in a turn of its own if none is under way. Does
   *  nothing when the wait has ended otherwise. */
  endWait(session: Session, wait: Wait, answer: (reply: Reply) => void): void {
    const { waiter } = session
    if (waiter === undefined || waiter.wait !== wait) return
    this.beginTurn()
    this.dispatcher.unblock(waiter, () => answer(this.outbox.replies))
    this.#resume()
  }

  get durablePosition(): number {
    return this.#log.durablePosition
  }

  /** Bytes of the log that are not committed yet. */
  get logPendingBytes(): number {
    return this.#log.pendingBytes
  }

  /** Resolves when everything that was appended is on disk. */
  flushLog(): Promise<void> {
    return this.#log.flush()
  }

  /** The log can't be written (and why), or can again: writes are refused meanwhile. */
  refuseWrites(reason: string | undefined): void {
    this.state.refusalReason = reason ?? ''
    this.state.set(serverFlag.refusing, reason !== undefined)
    if (reason !== undefined) this.storage.refused()
    this.#throttle.check()
  }

  /** How many keys there are in all databases. */
  get keyCount(): number {
    return this.keyspace.databases.reduce((count, db) => count + db.size, 0)
  }

  /** Ends what is under way and closes the log: all is on disk and answered then. Rejects as `Log.close` does. */
  async close(retryMsMax?: number): Promise<void> {
    this.endTurn()
    this.state.isAbandoned = true
    await this.storage.close(retryMsMax).finally(() => this.outbox.rounds.close())
  }

  /** The time now, for what happens outside of turns. */
  clockMs(): number {
    return this.#surroundings.nowMs()
  }

  /** When `tick` has something to do next. */
  get nextDueAtMs(): number {
    return this.#timedWork.dueAtMs
  }

  /** The parts of the server that commands reach by `call.server`. */
  #makeServer(): Server {
    return {
      ...this.administration.parts,
      settings: this.config.settings,
      transactions: new Transactions(this),
      clients: this.clients,
      acl: new AclPort(this),
      tracking: this.tracking,
      migrations: new Migrations(this),
    }
  }

  /** Takes the session off everything that would send it something of its own accord. */
  #tellNothing(session: Session): void {
    this.channels.forget(session)
    this.monitors.remove(session)
  }

  #runInput(session: Session): void {
    const { dispatcher } = this
    const args = this.#args
    dispatcher.enter(session)
    let enteredUs = dispatcher.startedUs
    try {
      const { postponed } = session
      if (postponed !== undefined && !session.has(special.blocked)) {
        session.postponed = undefined
        dispatcher.execute(session, postponed)
      }
      this.#readAhead.begin()
      while (!session.has(special.blocked | special.closing)) {
        this.#readAhead.look(session.parser, this.keyspace.databases[session.dbIndex]!)
        if (!session.parser.next(args)) break
        dispatcher.execute(session, args)
        // Between commands a turn may be cut in two records; a transaction is one command.
        if (this.keyspace.effects.size > recordBytesHigh) this.#appendRecord()
        const isLong = dispatcher.startedUs - enteredUs > answerAfterUs && this.#isAnswerable(session)
        if (isLong || this.outbox.replies.at > replyBytesHigh) {
          this.#cutTurn(session)
          enteredUs = dispatcher.startedUs
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.clients.refuseMalformed(session, error)
    }
    this.keyspace.effects.settle()
    if (session.has(special.blocked)) session.parser.suspend()
    dispatcher.leave(session)
    this.clientEviction.note(session)
  }

  #resume(): void {
    while (this.#resumable.length > 0) {
      const resumed = this.#resumable
      this.#resumable = []
      for (const each of resumed) if (!each.isClosed) this.#runInput(each)
    }
  }
}
