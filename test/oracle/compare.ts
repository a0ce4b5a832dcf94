/**
 * Compares what two servers sent to the same connection for the same commands: the replies one by one with the
 * relaxations of their commands, also inside EXEC, and the messages in between.
 */

import { printReply } from '../support/notation.ts'
import type { Reply } from '../support/resp-reply.ts'
import { isOutOfBand, isSubscription, type Segment } from '../support/stage.ts'
import type { Words } from './family.ts'
import { repliesAgree, sortedMessages } from './relaxations.ts'

/** A command with its reply, in the order of the replies; commands that were queued appear again with EXEC's reply. */
export type Answered = { readonly command: Words; readonly reply: Reply }

/** What one connection has queued since MULTI, as its replies tell. */
export class QueueMemory {
  #queued: Words[] = []

  /** Pairs the commands of a segment with their replies and remembers what is queued. */
  pair(segment: Segment): Answered[] {
    const replies = segment.frames.map((frame) => frame.reply).filter((reply) => !isOutOfBand(reply))
    const answered: Answered[] = []
    for (const command of segment.commands) {
      const reply = replies[0]
      // A subscription that succeeds answers out of band.
      const silent = isSubscription(command) && !(reply?.type === 'error' || isQueued(reply))
      if (reply === undefined || silent) continue
      replies.shift()
      answered.push({ command, reply }, ...this.#follow(command, reply))
    }
    return answered
  }

  #follow(command: Words, reply: Reply): Answered[] {
    if (isQueued(reply)) {
      this.#queued.push(command)
      return []
    }
    const name = (command[0] ?? '').toLowerCase()
    if (name !== 'exec' && name !== 'discard' && name !== 'reset') return []
    if (reply.type === 'error' && /^(ERR wrong number|NOPERM)/.test(reply.text)) return []
    const queued = this.#queued
    this.#queued = []
    if (name !== 'exec' || reply.type !== 'array' || reply.items.length !== queued.length) return []
    return pairQueued(queued, reply.items)
  }
}

/**
 * The replies inside EXEC's, each with its command. A subscription has one for each of its names, and in Redis these
 * push the last ones out of the array, so that not every command finds its own.
 */
function pairQueued(queued: readonly Words[], replies: readonly Reply[]): Answered[] {
  const answered: Answered[] = []
  let at = 0
  for (const command of queued) {
    const first = at
    if (isSubscription(command)) {
      const names = command.length - 1 || Number.POSITIVE_INFINITY
      while (at < replies.length && at - first < names && isOutOfBand(replies[at]!)) at++
    }
    if (at === first && (!isSubscription(command) || replies[at]?.type === 'error')) at++
    answered.push(...replies.slice(first, at).map((reply) => ({ command, reply })))
  }
  return answered
}

function isQueued(reply: Reply | undefined): boolean {
  return reply?.type === 'simple' && reply.text === 'QUEUED'
}

/** Says in one line how two segments differ, or returns undefined when they agree. `answered` are their pairs. */
export function differenceOf(
  reference: Segment,
  subject: Segment,
  referenceAnswered: readonly Answered[],
  subjectAnswered: readonly Answered[],
): string | undefined {
  if (reference.closed !== subject.closed) {
    return reference.closed ? 'only redis-server closed the connection' : 'only the subject closed the connection'
  }
  if (Buffer.concat(raws(reference)).equals(Buffer.concat(raws(subject)))) return undefined
  if (reference.frames.length !== subject.frames.length) {
    return `${reference.frames.length} frames from redis-server, ${subject.frames.length} from the subject`
  }
  return differenceOfMessages(reference, subject) ?? differenceOfReplies(referenceAnswered, subjectAnswered)
}

function raws(segment: Segment): Buffer[] {
  return segment.frames.map((frame) => frame.raw)
}

function differenceOfMessages(reference: Segment, subject: Segment): string | undefined {
  const replies = (segment: Segment): Reply[] => segment.frames.map((frame) => frame.reply)
  const order = (segment: Segment): string =>
    replies(segment)
      .map((reply) => (isOutOfBand(reply) ? 'm' : 'r'))
      .join('')
  if (order(reference) !== order(subject)) return 'messages and replies come in another order'
  const left = sortedMessages(replies(reference).filter(isOutOfBand))
  const right = sortedMessages(replies(subject).filter(isOutOfBand))
  const at = left.findIndex((text, index) => text !== right[index])
  return at < 0 ? undefined : `message ${left[at]} against ${right[at]}`
}

function differenceOfReplies(reference: readonly Answered[], subject: readonly Answered[]): string | undefined {
  if (reference.length !== subject.length) return 'another number of replies'
  for (const [index, { command, reply }] of reference.entries()) {
    const other = subject[index]!.reply
    // EXEC's own reply is compared command by command in the pairs that follow it.
    const unfolded = (command[0] ?? '').toLowerCase() === 'exec' && unfolds(reference, index) && unfolds(subject, index)
    if (unfolded && reply.type === other.type) continue
    if (!repliesAgree(reply, other, command)) return `${printReply(reply)} against ${printReply(other)}`
  }
  return undefined
}

function unfolds(answered: readonly Answered[], index: number): boolean {
  const reply = answered[index]!.reply
  return reply.type === 'array' && reply.items.length > 0 && answered[index + 1]?.reply === reply.items[0]
}
