/** From a request to its answer: which command it is, whether it may run now, and its run.
 *
 *  `execute` is the plain road; the checks' order is behaviour (Redis 7.0, `server.c: processCommand`). A session or
 *  server in no special state passes one comparison instead of the checks. After each command (or whole transaction)
 *  the clients that waited for what it brought are served. */
import assert from 'node:assert'
import type { Args } from '../../protocol/resp/args.ts'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import type { ReplyWriter } from '../../protocol/resp/reply-writer.ts'
import { type CommandIndex, commandBit, hasArity, type IndexedCommand } from './command-index.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import type { Outbox } from './outbox.ts'
import {
  answerTooLong,
  bytesWith,
  refusal,
  requestBytesMax,
  unknownCommand,
  unknownSubcommand,
  unqueued,
  wrongArity,
} from './refusals.ts'
import type { ServerState } from './server-state.ts'
import { type Session, special } from './session.ts'
import type { TurnCall } from './turn-call.ts'
import type { ReadyKey, Waiter, Waiters } from './waiters.ts'

/** Commands that are answered even by CLIENT REPLY OFF: their answers are messages. */
const alwaysAnswered = new Set(['subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe'])

const withoutReply = special.replySkip | special.replyOff | special.replySkipNext

export class Dispatcher {
  readonly index: CommandIndex
  readonly #call: TurnCall
  readonly #outbox: Outbox
  readonly #writer: ReplyWriter
  readonly #waiters: Waiters
  readonly #state: ServerState
  /** Where the answers to the running session begin that the outbox has not been told of. */
  #segmentStart = 0
  /** When the last command's run ended. */
  #lastEndUs = 0
  /** The session that answers are for now, and where the answer to its running command begins. */
  #current: Session | undefined
  #answerStart = 0
  /** Ranges of pushes for the running session that came amid its answer. */
  #ownPushes: number[] = []
  /** Pushes that go behind its command's answer in any case, whoever hears them. */
  readonly #latePushes: { readonly session: Session; readonly start: number; readonly end: number }[] = []
  /** Error replies that were counted as some command's failure, so that EXEC does not fail with its commands. */
  #errorsCounted = 0

  constructor(index: CommandIndex, call: TurnCall, outbox: Outbox, waiters: Waiters, state: ServerState) {
    this.index = index
    this.#call = call
    this.#outbox = outbox
    this.#writer = outbox.replies
    this.#waiters = waiters
    this.#state = state
  }

  /** From here on answers are for this session, until `leave`. */
  enter(session: Session): void {
    this.#writer.protocol = session.protocol
    this.#segmentStart = this.#writer.at
    this.#answerStart = this.#writer.at
    this.#current = session
    this.#lastEndUs = this.#state.clockUs()
    this.#call.keyspace.accessRules.isSuppressed = session.isTouchSuppressed
  }

  leave(session: Session): void {
    if (this.#ownPushes.length > 0 || this.#latePushes.length > 0) this.#sendAllPushes(session)
    this.#outbox.reply(session, this.#segmentStart)
    this.#current = undefined
  }

  /** Sends a range of the outbox's pushes to a session. For the running one it goes before its command's answer when
   *  nothing of that is written yet, and behind it otherwise: never into the midst of an answer. */
  push(session: Session, start: number, end: number): void {
    // Whoever hears of something may ask for it: not before it is durable.
    const position = this.#current?.holdPosition ?? 0
    if (position > session.holdPosition) session.holdPosition = position
    if (session !== this.#current) return this.#outbox.push(session, start, end)
    this.#ownPushes.push(start, end)
    if (this.#writer.at === this.#answerStart) this.#sendOwnPushes(session)
  }

  /** As `push`, but when the running command has ended, behind its answer and whatever it tells of at once. */
  pushBehind(session: Session, start: number, end: number): void {
    this.#latePushes.push({ session, start, end })
  }

  /** The session whose command runs, or that is being served; undefined when time alone does something. */
  get running(): Session | undefined {
    return this.#current
  }

  /** When the running command began: when the one before it ended, or its session was entered. */
  get startedUs(): number {
    return this.#lastEndUs
  }

  #sendAllPushes(session: Session): void {
    for (const late of this.#latePushes.splice(0)) {
      if (late.session === session) this.#ownPushes.push(late.start, late.end)
      else this.push(late.session, late.start, late.end)
    }
    this.#sendOwnPushes(session)
  }

  #sendOwnPushes(session: Session): void {
    this.#outbox.reply(session, this.#segmentStart)
    for (let i = 0; i < this.#ownPushes.length; i += 2) {
      this.#outbox.push(session, this.#ownPushes[i]!, this.#ownPushes[i + 1]!)
    }
    this.#ownPushes.length = 0
    this.#segmentStart = this.#writer.at
  }

  /** Runs one request of the session that was entered. */
  execute(session: Session, args: Args): void {
    let entry = this.index.find(args, 0)
    const container = entry
    let firstArgument = 1
    if (entry?.subcommands !== undefined && args.count > 1) {
      entry = entry.subcommands.find(args, 1)
      firstArgument = 2
    }
    const isSpecial = session.flags !== 0 || this.#state.flags !== 0
    if (
      entry === undefined ||
      isSpecial ||
      args.requestEnd - args.requestStart > requestBytesMax ||
      !hasArity(entry, args.count) ||
      (entry.flags & commandBit.protected) !== 0
    ) {
      if (!this.#admit(session, entry, container, args)) {
        if (session.has(special.tracking)) this.#state.onTrackedEnd(session, entry)
        return
      }
      // What went to make room for the command is told before its answer.
      if (this.#ownPushes.length > 0 || this.#latePushes.length > 0) this.#sendAllPushes(session)
    }
    assert(entry !== undefined, 'an admitted command is known')
    const startAt = this.#writer.at
    this.#answerStart = startAt
    session.lastEntry = entry
    this.run(session, entry, args, firstArgument)
    if (session.has(withoutReply)) this.#dropReply(session, startAt, alwaysAnswered.has(entry.fullName))
    if (session.has(special.tracking)) this.#state.onTrackedEnd(session, entry)
    if (this.#ownPushes.length > 0 || this.#latePushes.length > 0) this.#sendAllPushes(session)
    if (this.#waiters.hasReady && !this.#state.isInScript) this.serveWaiters(session)
  }

  /** Runs requests of another session amid a command, and returns their answers. `run` executes them. */
  aside(session: Session, run: () => void): Uint8Array {
    const call = this.#call
    const writer = this.#writer
    const { args, client, db, mayBlock, isScript } = call
    const { seenPosition, accessRules } = call.keyspace
    const { isSuppressed } = accessRules
    const pushes = [this.#ownPushes.splice(0), this.#latePushes.splice(0)] as const
    const { protocol, at, errors } = writer
    const outer = [this.#segmentStart, this.#answerStart, this.#lastEndUs, this.#errorsCounted] as const
    const current = this.#current
    call.mayBlock = false
    call.isScript = false
    this.enter(session)
    run()
    const answers = Uint8Array.prototype.slice.call(writer.bytes, at, writer.at)
    writer.at = at
    writer.protocol = protocol
    ;[this.#segmentStart, this.#answerStart, this.#lastEndUs] = outer
    this.#errorsCounted = outer[3] + writer.errors - errors
    this.#current = current
    Object.assign(call, { args, client, db, mayBlock, isScript })
    call.keyspace.seenPosition = seenPosition
    accessRules.isSuppressed = isSuppressed
    this.#ownPushes.push(...pushes[0])
    this.#latePushes.push(...pushes[1])
    return answers
  }

  /** Runs a command that was admitted and writes its answer; the call is the session's afterwards. */
  run(session: Session, entry: IndexedCommand, args: Args, firstArgument: number): void {
    const call = this.#call
    const writer = this.#writer
    const startAt = writer.at
    call.args = args
    call.client = session
    call.db = call.keyspace.databases[session.dbIndex]!
    args.position = firstArgument
    this.#errorsCounted = writer.errors
    const startedUs = this.#lastEndUs
    const effectsBefore = call.effects.size
    call.keyspace.seenPosition = 0
    writer.floor = startAt
    try {
      entry.run(call)
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error
      writer.at = startAt
      writer.error(error.message)
    }
    if (writer.isTooLong) writer.replaceAnswer(startAt, answerTooLong)
    entry.calls++
    if (session.has(special.tracking) && (entry.flags & commandBit.readonly) !== 0)
      this.#state.onRead(session, entry, args)
    this.#hold(session, entry.flags, effectsBefore)
    // One look at the clock a command: its run began when the one before ended, or when the session was entered.
    const endedUs = this.#state.clockUs()
    const durationUs = endedUs - startedUs
    this.#lastEndUs = endedUs
    entry.usec += durationUs
    if (writer.errors !== this.#errorsCounted) {
      entry.failed++
      this.#errorsCounted = writer.errors
    }
    if (this.#state.tracksLatency && call.wait === undefined) recordLatency(entry, durationUs)
    if (durationUs >= this.#state.slowThresholdUs && call.wait === undefined) {
      this.#state.onSlow(session, entry, args, durationUs)
    }
    if (this.#state.hasMonitors && (entry.flags & (commandBit.skipMonitor | commandBit.admin)) === 0) {
      this.#state.onMonitored(session, entry, args)
    }
    if (call.wait !== undefined) this.#block(session, entry)
  }

  /** Notes which record must be durable before the session may see the answer that was just written: its own if it
   *  wrote, otherwise the last that wrote what it has seen. */
  #hold(session: Session, flags: number, effectsBefore: number): void {
    const { effects, keyspace } = this.#call
    let position = keyspace.seenPosition
    if (effects.size !== effectsBefore) position = keyspace.writePosition
    else if ((flags & commandBit.showsNothing) !== 0) return
    else if ((flags & commandBit.showsKeys) === 0) position = keyspace.lastPosition
    if (position > session.holdPosition) session.holdPosition = position
  }

  /** Serves who waits for keys that became ready, until nothing is ready; the session is entered again after it. */
  serveWaiters(session: Session | undefined): void {
    if (session !== undefined) this.leave(session)
    while (this.#waiters.hasReady) {
      for (const key of this.#waiters.takeReady()) this.#serveKey(key)
    }
    if (session !== undefined) this.enter(session)
  }

  /** Serves who is to be served again because time has passed. */
  serveDue(nowMs: number): void {
    this.#waiters.markDue(nowMs)
    if (this.#waiters.hasReady) this.serveWaiters(undefined)
  }

  /** Ends a wait: `answer` writes what the client gets, then its unread input is run by the turn. */
  unblock(waiter: Waiter, answer: () => void): void {
    const { session } = waiter
    this.#waiters.remove(waiter)
    session.set(special.blocked, false)
    this.#call.keyspace.hasWaiters = this.#waiters.count > 0
    this.enter(session)
    const startAt = this.#writer.at
    answer()
    if (session.has(withoutReply)) this.#dropReply(session, startAt, false)
    this.leave(session)
    this.#state.onUnblocked(session)
  }

  /** Serves waiters until the key has nothing more to give: a thousand workers may wait for one element. */
  #serveKey(key: ReadyKey): void {
    const db = this.#call.keyspace.databases[key.dbIndex]!
    const name = key.name.slice(key.name.indexOf(':') + 1)
    for (const waiter of this.#waiters.waitersFor(key)) {
      if (!this.#waiters.awaitDeletion && !db.hasKey(name)) return
      this.#serve(waiter, this.#waiters.keyIndex(waiter, key))
    }
  }

  #serve(waiter: Waiter, key: number): void {
    const call = this.#call
    const { session } = waiter
    this.enter(session)
    const startAt = this.#writer.at
    const effectsBefore = call.effects.size
    call.keyspace.seenPosition = 0
    call.args = waiter.wait.args
    call.client = session
    call.db = call.keyspace.databases[waiter.dbIndex]!
    const mayBlock = call.mayBlock
    call.mayBlock = false
    const errorsBefore = this.#writer.errors
    let isServed = true
    this.#writer.floor = startAt
    try {
      isServed = waiter.wait.serve(call, key)
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error
      this.#writer.at = startAt
      this.#writer.error(error.message)
    }
    if (this.#writer.isTooLong) this.#writer.replaceAnswer(startAt, answerTooLong)
    call.mayBlock = mayBlock
    if (!isServed) return this.#setWake(waiter)
    this.#countServed(waiter, errorsBefore)
    this.#hold(session, commandBit.showsKeys, effectsBefore)
    this.#waiters.remove(waiter)
    session.set(special.blocked, false)
    call.keyspace.hasWaiters = this.#waiters.count > 0
    if (session.has(withoutReply)) this.#dropReply(session, startAt, false)
    this.leave(session)
    this.#state.onUnblocked(session)
  }

  /** A command that waited counts for what it took in the end; that it was called was counted when it came. */
  #countServed({ session, wait }: Waiter, errorsBefore: number): void {
    const entry = session.lastEntry!
    const durationUs = this.#state.clockUs() - this.#lastEndUs
    entry.usec += durationUs
    if (this.#writer.errors !== errorsBefore) entry.failed++
    if (this.#state.tracksLatency) recordLatency(entry, durationUs)
    if (durationUs >= this.#state.slowThresholdUs) this.#state.onSlow(session, entry, wait.args, durationUs)
  }

  #block(session: Session, entry: IndexedCommand): void {
    const call = this.#call
    const wait = call.wait!
    call.wait = undefined
    session.set(special.blocked, true)
    this.#setWake(this.#waiters.add(session, entry.command, session.dbIndex, wait))
    call.keyspace.hasWaiters = true
  }

  /** Notes when the waiter is to be served again though nothing happens; the call is the waiter's. */
  #setWake(waiter: Waiter): void {
    if (waiter.wait.wakeAtMs !== undefined) this.#waiters.wake(waiter, waiter.wait.wakeAtMs(this.#call))
  }

  /** The checks. False when the request was answered or queued instead of admitted. */
  #admit(
    session: Session,
    entry: IndexedCommand | undefined,
    container: IndexedCommand | undefined,
    args: Args,
  ): boolean {
    session.lastEntry = entry
    if (container === undefined && (args.is(0, 'POST') || args.is(0, 'HOST:'))) {
      this.#state.onForgery(session)
      return false
    }
    const text =
      entry === undefined
        ? container === undefined
          ? unknownCommand(args)
          : unknownSubcommand(container, args)
        : !hasArity(entry, args.count)
          ? wrongArity(entry.fullName)
          : refusal(session, entry, args, this.#state, bytesWith(session, entry, args))
    const startAt = this.#writer.at
    if (text !== undefined) {
      if (session.transaction !== undefined) session.transaction.isBroken = true
      if (entry !== undefined) entry.rejected++
      if (entry?.fullName === 'exec') this.#abort(session, text)
      else this.#writer.error(text)
      if (session.has(withoutReply)) this.#dropReply(session, startAt, false)
      return false
    }
    assert(entry !== undefined, 'what is unknown is refused')
    if (this.#state.mustPostpone(session, entry, args)) return false
    if (session.transaction === undefined || unqueued.has(entry.fullName)) return true
    // What will not run is not kept, nor does EXEC ask what it would have needed.
    if (!session.transaction.isBroken && !session.isWatchBroken) {
      session.transaction.queue.push({ entry, args: args.clone() })
      session.transaction.bytes += args.requestEnd - args.requestStart
    }
    this.#writer.simple('QUEUED')
    if (session.has(withoutReply)) this.#dropReply(session, startAt, false)
    return false
  }

  /** An EXEC that is refused ends the transaction. */
  #abort(session: Session, text: string): void {
    this.#call.server.transactions.close(session)
    this.#writer.error(`EXECABORT Transaction discarded because of: ${text.replace(/^ERR /, '')}`)
  }

  /** CLIENT REPLY OFF and SKIP: what was just answered is taken back, unless the answer is still to come. */
  #dropReply(session: Session, startAt: number, isAnswered: boolean): void {
    if (session.has(special.blocked)) return
    if (session.takeSilence() && !isAnswered) this.#writer.at = startAt
  }
}

function recordLatency(entry: IndexedCommand, durationUs: number): void {
  entry.latency ??= new LatencyHistogram()
  entry.latency.record(durationUs)
}
