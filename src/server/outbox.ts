/** Answers on their way out: gathered over a turn, held until what they show is durable, written once a connection.
 *
 *  A turn's answers lie in one buffer, its pushed messages (pub/sub, invalidation) in a second one; a segment says
 *  which range goes to which session. Neighbouring segments of a session become one, and a message to two hundred
 *  subscribers is one range in two hundred segments. At the turn's end the segments are written, or, when the log has
 *  to commit first, the turn queues behind the turns before it: nobody's answers overtake another's. */
import assert from 'node:assert'
import { ReplyWriter } from '../../protocol/resp/reply-writer.ts'
import type { Session } from './session.ts'

/** Drained buffers kept for later turns, and the largest that is kept. */
const spareBuffersMax = 8
const spareBytesMax = 1024 * 1024

/** Less than this held for the log is not worth a look at the client's limits. */
const backlogBytesMin = 64 * 1024

const fromReplies = 0
const fromPushes = 1

/** What one turn has to say. */
class HeldTurn {
  /** The log position that must be durable before anything of this may be sent. */
  position = 0
  replies: Buffer | undefined
  pushes: Buffer | undefined
  readonly sessions: Session[] = []
  readonly sources: number[] = []
  readonly starts: number[] = []
  readonly ends: number[] = []
  /** Sessions to close once their answers are written. */
  readonly closing: Session[] = []

  /** Empty again, for another turn. */
  clear(): void {
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
  readonly replies = new ReplyWriter()
  /** Messages to others. */
  readonly pushes = new ReplyWriter()
  #turn = new HeldTurn()
  /** A turn that was written, to be filled again. */
  #spareTurn: HeldTurn | undefined
  readonly #held: HeldTurn[] = []
  readonly #spares: Buffer[] = []
  /** Called for a session that something is left waiting for, on its connection or for the log. */
  onBacklog: (session: Session) => void = () => {}
  /** Bytes and ranges handed to connections so far. */
  writtenBytes = 0
  writes = 0

  /** Whether the current turn has anything to send. */
  get isEmpty(): boolean {
    return this.#turn.sessions.length === 0 && this.#turn.closing.length === 0
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

  /** Ends the turn. Its segments are written now when `position` is durable and no older turn waits. */
  endTurn(position: number, durablePosition: number): void {
    if (this.isEmpty) {
      this.replies.at = 0
      this.pushes.at = 0
      return
    }
    const turn = this.#turn
    turn.position = position
    this.#turn = this.#spareTurn ?? new HeldTurn()
    this.#spareTurn = undefined
    turn.replies = this.replies.at > 0 ? this.replies.take(this.#spares.pop()) : undefined
    turn.pushes = this.pushes.at > 0 ? this.pushes.take(this.#spares.pop()) : undefined
    for (const session of turn.sessions) session.lastSegment = -1
    if (this.#held.length === 0 && position <= durablePosition) {
      this.#write(turn)
      return
    }
    for (let i = 0; i < turn.sessions.length; i++) turn.sessions[i]!.heldBytes += turn.ends[i]! - turn.starts[i]!
    this.#held.push(turn)
    for (const session of turn.sessions) if (session.heldBytes > backlogBytesMin) this.onBacklog(session)
  }

  /** Writes the turns that waited for positions up to this one. */
  release(durablePosition: number): void {
    let count = 0
    while (count < this.#held.length && this.#held[count]!.position <= durablePosition) {
      const turn = this.#held[count++]!
      for (let i = 0; i < turn.sessions.length; i++) turn.sessions[i]!.heldBytes -= turn.ends[i]! - turn.starts[i]!
      this.#write(turn)
    }
    if (count > 0) this.#held.splice(0, count)
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

  #write(turn: HeldTurn): void {
    const { sessions, sources, starts, ends } = turn
    let areDrained = true
    const corked: Session[] = []
    for (let i = 0; i < sessions.length; i++) {
      const session = sessions[i]!
      if (session.isClosed) continue
      if (session.lastSegment === -1) session.lastSegment = i
      else if (session.lastSegment >= 0) {
        session.lastSegment = -2
        session.connection.cork()
        corked.push(session)
      }
      const buffer = sources[i] === fromReplies ? turn.replies : turn.pushes
      assert(buffer !== undefined, 'a segment has a buffer')
      session.connection.write(buffer.subarray(starts[i]!, ends[i]!))
      this.writtenBytes += ends[i]! - starts[i]!
      this.writes++
      if (!session.connection.isDrained) areDrained = false
    }
    for (const session of corked) session.connection.uncork()
    for (const session of sessions) session.lastSegment = -1
    for (const session of turn.closing) session.connection.end()
    if (!areDrained) {
      for (const session of sessions) if (session.connection.pendingBytes > 0) this.onBacklog(session)
    }
    if (areDrained && corked.length === 0) {
      if (turn.replies !== undefined) this.#spare(turn.replies)
      if (turn.pushes !== undefined) this.#spare(turn.pushes)
    }
    turn.clear()
    this.#spareTurn = turn
  }

  #spare(buffer: Buffer): void {
    if (this.#spares.length < spareBuffersMax && buffer.length <= spareBytesMax) this.#spares.push(buffer)
  }
}
