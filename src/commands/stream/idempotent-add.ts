/** `IDMP producer-id idempotent-id` and `IDMPAUTO producer-id`, for XADD: adding the same again adds nothing.
 *
 *  What was deleted after every group was given it stays recognized: adding it again would have it done twice. What was
 *  deleted before counts as never added, since answering its id would lose it silently. */
import { createHash } from 'node:crypto'
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import type { Stream } from '../../broker/stream.ts'
import type { StreamId } from '../../broker/stream-id.ts'
import { Idempotency } from '../../broker/stream-idempotency.ts'
import { wasGivenToAll } from '../../broker/stream-references.ts'
import type { Call } from '../call.ts'
import { replyId } from './entries.ts'

/** An id made of an entry's fields. */
const hashAlgorithm = 'sha1'

export class IdempotentAdd {
  #producer = ''
  /** Undefined for one made of the fields. */
  #iid: string | undefined
  #isGiven = false

  /** Whether one of the options was read. */
  get isGiven(): boolean {
    return this.#isGiven
  }

  /** Reads the option at the cursor; false (and nothing read) when there is none. */
  read(args: Args): boolean {
    if (args.left > 2 && args.token('IDMP')) {
      this.#begin(args, 'IDMP')
      const iid = args.next()
      if (args.size(iid) === 0) throw new ReplyError('ERR IDMP requires a non-empty idempotent ID')
      this.#iid = args.text(iid)
      return true
    }
    if (args.left > 1 && args.token('IDMPAUTO')) {
      this.#begin(args, 'IDMPAUTO')
      return true
    }
    return false
  }

  #begin(args: Args, option: string): void {
    if (this.#isGiven) throw new ReplyError('ERR IDMP/IDMPAUTO specified multiple times')
    this.#isGiven = true
    const producer = args.next()
    if (args.size(producer) === 0) throw new ReplyError(`ERR ${option} requires a non-empty producer ID`)
    this.#producer = args.text(producer)
  }

  /** Answers with the entry that was added under this id before; false when there was none, or it was lost. The fields
   *  begin at argument `first`. */
  recognizes(call: Call, stream: Stream, first: number): boolean {
    const { idempotency } = stream
    if (idempotency === undefined) return false
    const id = idempotency.find(this.#producer, this.#iidOf(call.args, first), call.nowMs)
    if (id === undefined || isLost(stream, id)) return false
    idempotency.duplicates++
    replyId(call.reply, id)
    return true
  }

  /** Remembers the entry that was just added, and logs it. */
  remember(call: Call, key: number, first: number, stream: Stream, id: StreamId): void {
    const { args, db, effects } = call
    const iid = this.#iidOf(args, first)
    stream.idempotency ??= new Idempotency()
    stream.idempotency.add(this.#producer, iid, id, call.nowMs)
    if (!effects.begin(db.index, 5)) return
    effects.text('XIDMPRECORD')
    effects.argument(args, key)
    effects.text(this.#producer)
    effects.text(iid)
    effects.text(id.toString())
  }

  /** The id that was given, or is made of the fields. */
  #iidOf(args: Args, first: number): string {
    this.#iid ??= hashOfFields(args, first)
    return this.#iid
  }
}

/** Whether the entry is gone though somebody has still to be given it. */
export function isLost(stream: Stream, id: StreamId): boolean {
  return !stream.has(id) && !wasGivenToAll(stream, id)
}

/** The same for the same fields with the same values, in whatever order. */
function hashOfFields(args: Args, first: number): string {
  const pairs: string[] = []
  for (let i = first; i < args.count; i += 2) {
    const pair = args.bytes.subarray(args.wireStart(i), args.wireEnd(i + 1))
    pairs.push(createHash(hashAlgorithm).update(pair).digest('base64'))
  }
  if (pairs.length === 1) return pairs[0]!
  return createHash(hashAlgorithm).update(pairs.sort().join(''), 'latin1').digest('base64')
}
