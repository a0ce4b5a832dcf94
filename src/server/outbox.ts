/** Answers on their way out: gathered over a turn, held until what they show is durable, written once a connection.
 *
 *  A turn's answers lie in one buffer, its pushed messages (pub/sub, invalidation) in a second one; a segment says
 *  which range goes to which session. Neighbouring segments of a session become one, and a message to two hundred
 *  subscribers is one range in two hundred segments. At the turn's end the segments are written, or held until the log
 *  record is durable that wrote what they show (`Session.holdPosition`): a reader of other keys need not wait. */
import assert from 'node:assert'
import { answersBytesMax, ReplyWriter } from '../../protocol/resp/reply-writer.ts'
import { copyBytes } from '../lib/bytes.ts'
import type { Session } from './session.ts'

/** Drained buffers kept for later turns, and the largest that is kept. */
const spareBuffersMax = 8
const spareBytesMax = 4 * 1024 * 1024

const spareTurnsMax = 64
/** What a turn holds back is copied up to this size, into memory that the turn keeps: with `always` most turns are small
 *  and wait, and new memory for each would be garbage by the tens of megabytes before a collector looks. */
const copiedBytesMax = 4096

/** What so many sessions in a row get is told to their connections as something for many. */
const manyMin = 64

/** Less than this held for the log is not worth a look at the client's limits. */
const backlogBytesMin = 64 * 1024

const fromReplies = 0
const fromPushes = 1

/** Gathers over a round of writes what connections are to send to many. */
export interface RoundListener {
  begin(): void
  /** Returns whether all that was gathered has left the process. */
  end(): boolean
  close(): void
}

/** What one turn has to say. */
class HeldTurn {
  replies: Buffer | undefined
  pushes: Buffer | undefined
  readonly sessions: Session[] = []
  readonly sources: number[] = []
  readonly starts: number[] = []
  readonly ends: number[] = []
  /** The log position each segment waits for; Infinity once it was written. */
  readonly positions: number[] = []
  writtenCount = 0
  hasEvents = false
  /** Whether everything that was written has left the process. */
  isDrained = true
  /** Sessions to close once their answers are written. */
  readonly closing: Session[] = []
  /** For copies of what is small: its answers and its messages. */
  #room: Buffer | undefined
  #roomUsed = 0

  /** Whether nothing waits any more. */
  get isWritten(): boolean {
    return this.writtenCount === this.sessions.length && this.closing.length === 0
  }

  /** Whether two segments are the same bytes. */
  isSameRange(i: number, j: number): boolean {
    return this.starts[i] === this.starts[j] && this.ends[i] === this.ends[j] && this.sources[i] === this.sources[j]
  }

  /** A copy of the first `size` bytes, `copiedBytesMax` at most, that is good until the turn is cleared. */
  copy(bytes: Buffer, size: number): Buffer {
    this.#room ??= Buffer.allocUnsafeSlow(2 * copiedBytesMax)
    const copy = this.#room.subarray(this.#roomUsed, this.#roomUsed + size)
    copyBytes(bytes, 0, size, copy, 0)
    this.#roomUsed += size
    return copy
  }

  /** Empty again, for another turn. */
  clear(): void {
    // What is still on its way out is left to it.
    if (!this.isDrained) this.#room = undefined
    this.#roomUsed = 0
    this.positions.length = 0
    this.writtenCount = 0
    this.hasEvents = false
    this.isDrained = true
    this.replies = undefined
    this.pushes = undefined
    this.sessions.length = 0
    this.sources.length = 0
    this.starts.length = 0
    this.ends.length = 0
    this.closing.length = 0
  }
}

export class Outbox {
  /** Answers to the session that is being served. */
  readonly replies = new ReplyWriter(answersBytesMax)
  /** Messages to others. */
  readonly pushes = new ReplyWriter()
  #turn = new HeldTurn()
  /** Turns that were written, to be filled again. */
  readonly #spareTurns: HeldTurn[] = []
  #held: HeldTurn[] = []
  readonly #spares: Buffer[] = []
  /** Called for a session that something is left waiting for, on its connection or for the log. */
  onBacklog: (session: Session) => void = () => {}
  /** Who gathers: nobody until a front end does. */
  rounds: RoundListener = { begin() {}, end: () => true, close() {} }
  /** Bytes and ranges handed to connections so far. */
  writtenBytes = 0
  writes = 0
  /** Counts the times that a turn's segments were written: within one, the same range is the same bytes. */
  round = 0

  /** Whether the current turn has anything to send. */
  get isEmpty(): boolean {
    return this.#turn.sessions.length === 0 && this.#turn.closing.length === 0
  }

  /** Those whom the current turn has something to send to, some more than once. */
  get recipients(): readonly Session[] {
    return this.#turn.sessions
  }

  get heldTurns(): number {
    return this.#held.length
  }

  /** Notes that `replies` from `start` on is for the session. */
  reply(session: Session, start: number): void {
    this.#add(session, fromReplies, start, this.replies.at)
  }

  /** Notes that the range of `pushes` is for the session too. */
  push(session: Session, start: number, end: number): void {
    this.#add(session, fromPushes, start, end)
  }

  /** Closes the session's connection behind everything it has been answered so far. */
  close(session: Session): void {
    this.#turn.closing.push(session)
  }

  /** Keyspace events tell of writes whose record is only now being made: the turn's messages wait for it. */
  noteEvents(): void {
    this.#turn.hasEvents = true
  }

  /** Ends the turn, whose record (if it has one) is at `lastPosition`: what depends on nothing above `durablePosition` is
   *  written now, the rest is held. */
  endTurn(lastPosition: number, durablePosition: number): void {
    if (this.isEmpty) {
      this.replies.at = 0
      this.pushes.at = 0
      return
    }
    const turn = this.#turn
    this.#turn = this.#spareTurns.pop() ?? new HeldTurn()
    turn.replies = this.replies.bytes
    turn.pushes = this.pushes.bytes
    for (let i = 0; i < turn.sessions.length; i++) {
      const session = turn.sessions[i]!
      session.lastSegment = -1
      session.heldSegments++
      session.heldBytes += turn.ends[i]! - turn.starts[i]!
      const isEvent = turn.hasEvents && turn.sources[i] === fromPushes
      // A command that meant to write and then did not leaves a position that no record has.
      if (isEvent || session.holdPosition > lastPosition) session.holdPosition = lastPosition
      turn.positions.push(session.holdPosition)
    }
    this.#write(turn, durablePosition)
    turn.replies = this.#keep(this.replies, turn)
    turn.pushes = this.#keep(this.pushes, turn)
    if (turn.isWritten) return this.#recycle(turn)
    this.#held.push(turn)
    for (const session of turn.sessions) if (session.heldBytes > backlogBytesMin) this.onBacklog(session)
  }

  /** Writes what the turn has said so far, because it will last: what depends on nothing above `durablePosition`, and
   *  nothing of `running`, whose answer is being written. */
  writeEarly(running: Session, durablePosition: number): void {
    const turn = this.#turn
    const early = new HeldTurn()
    const later = new HeldTurn()
    // An answer that must stay keeps those behind it.
    const staying = new Set([running])
    for (let i = 0; i < turn.sessions.length; i++) {
      const session = turn.sessions[i]!
      const isEvent = turn.hasEvents && turn.sources[i] === fromPushes
      if (isEvent || session.heldSegments > 0 || session.holdPosition > durablePosition) staying.add(session)
      const to = staying.has(session) ? later : early
      session.lastSegment = to === later ? later.sessions.length : -1
      to.sessions.push(session)
      to.sources.push(turn.sources[i]!)
      to.starts.push(turn.starts[i]!)
      to.ends.push(turn.ends[i]!)
      if (to === early) early.positions.push(0)
    }
    later.hasEvents = turn.hasEvents
    for (const session of turn.closing) {
      const waits = staying.has(session) || session.heldSegments > 0
      ;(waits ? later : early).closing.push(session)
    }
    this.#turn = later
    if (early.isWritten) return
    // The turn goes on in the same buffers.
    early.replies = Buffer.from(this.replies.bytes.subarray(0, this.replies.at))
    early.pushes = Buffer.from(this.pushes.bytes.subarray(0, this.pushes.at))
    for (let i = 0; i < early.sessions.length; i++) {
      early.sessions[i]!.heldSegments++
      early.sessions[i]!.heldBytes += early.ends[i]! - early.starts[i]!
    }
    this.#write(early, durablePosition)
  }

  /** The writer's bytes for as long as the turn needs them: none when all has left, a copy when that is small, otherwise
   *  the buffer itself. The writer begins anew. */
  #keep(writer: ReplyWriter, turn: HeldTurn): Buffer | undefined {
    const { at } = writer
    if (turn.isDrained && turn.isWritten && writer.bytes.length > spareBytesMax) writer.take()
    if (turn.isDrained && (at === 0 || turn.isWritten || at <= copiedBytesMax)) {
      writer.at = 0
      if (at === 0 || turn.isWritten) return undefined
      return turn.copy(writer.bytes, at)
    }
    return at === 0 ? undefined : writer.take(this.#spares.pop())
  }

  /** Writes what waited for positions up to this one. A session's positions never fall, so its answers stay in order. */
  release(durablePosition: number): void {
    let areAllWritten = true
    for (const turn of this.#held) {
      this.#write(turn, durablePosition)
      if (!turn.isWritten) areAllWritten = false
    }
    const held = this.#held
    this.#held = areAllWritten ? [] : held.filter((turn) => !turn.isWritten)
    for (const turn of held) if (turn.isWritten) this.#recycle(turn)
  }

  #add(session: Session, source: number, start: number, end: number): void {
    if (start === end) return
    const turn = this.#turn
    const last = session.lastSegment
    if (last >= 0 && turn.sources[last] === source && turn.ends[last] === start) {
      turn.ends[last] = end
      return
    }
    session.lastSegment = turn.sessions.length
    turn.sessions.push(session)
    turn.sources.push(source)
    turn.starts.push(start)
    turn.ends.push(end)
  }

  /** Writes the turn's segments that wait for nothing any more. */
  #write(turn: HeldTurn, durablePosition: number): void {
    const { sessions, sources, starts, ends, positions } = turn
    this.round++
    this.rounds.begin()
    const corked: Session[] = []
    // What many get is one object, so that whoever turns it into something else can see that it is the same.
    let shared: Buffer | undefined
    let sharedIndex = -1
    let isForMany = false
    for (let i = 0; i < sessions.length; i++) {
      if (positions[i]! > durablePosition) continue
      const session = sessions[i]!
      positions[i] = Number.POSITIVE_INFINITY
      turn.writtenCount++
      session.heldSegments--
      session.heldBytes -= ends[i]! - starts[i]!
      if (session.isClosed) continue
      if (session.lastSegment === -1) session.lastSegment = i
      else if (session.lastSegment >= 0) {
        session.lastSegment = -2
        session.connection.cork()
        corked.push(session)
      }
      if (shared === undefined || !turn.isSameRange(i, sharedIndex)) {
        const buffer = sources[i] === fromReplies ? turn.replies : turn.pushes
        assert(buffer !== undefined, 'a segment has a buffer')
        shared = buffer.subarray(starts[i]!, ends[i]!)
        sharedIndex = i
        const last = i + manyMin - 1
        isForMany = last < sessions.length && turn.isSameRange(i, last)
      }
      session.connection.write(shared, isForMany)
      this.writtenBytes += ends[i]! - starts[i]!
      this.writes++
      if (!session.connection.isDrained) turn.isDrained = false
    }
    for (const session of corked) session.connection.uncork()
    if (!this.rounds.end() || corked.length > 0) turn.isDrained = false
    for (const session of sessions) session.lastSegment = -1
    for (let i = turn.closing.length - 1; i >= 0; i--) {
      if (turn.closing[i]!.heldSegments > 0) continue
      turn.closing[i]!.connection.end()
      turn.closing.splice(i, 1)
    }
    if (!turn.isDrained) {
      for (const session of sessions) if (session.connection.pendingBytes > 0) this.onBacklog(session)
    }
  }

  /** The turn and, when they have left, its buffers serve again. */
  #recycle(turn: HeldTurn): void {
    if (turn.isDrained) {
      if (turn.replies !== undefined) this.#spare(turn.replies)
      if (turn.pushes !== undefined) this.#spare(turn.pushes)
    }
    turn.clear()
    if (this.#spareTurns.length < spareTurnsMax) this.#spareTurns.push(turn)
  }

  #spare(buffer: Buffer): void {
    // A copy is part of its turn's memory.
    if (buffer.length <= copiedBytesMax || buffer.length > spareBytesMax) return
    if (this.#spares.length < spareBuffersMax) this.#spares.push(buffer)
  }
}
