/** XADD key [NOMKSTREAM] [KEEPREF|DELREF|ACKED] [MAXLEN|MINID [=|~] threshold [LIMIT count]] <* | id> field value [...]
 *
 *  Whatever can be refused is refused before the first effect: a failed XADD leaves neither a stream nor a log record.
 *  The fields go from the input to the segment, the log record and later to every reader as one range of bytes. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { smallStreamId, wrongArity, zeroStreamId } from '../../broker/errors.ts'
import { Stream } from '../../broker/stream.ts'
import { type IdForm, StreamId } from '../../broker/stream-id.ts'
import type { StreamSegment } from '../../broker/stream-segment.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand, firstKey } from '../command.ts'
import { IdempotentAdd } from './idempotent-add.ts'
import { readNewId } from './stream-args.ts'
import { logTrim, type Trim, TrimReader, trimStream } from './trim-args.ts'

/** The id being added; scratch of one run. */
const id = new StreamId()

export const xadd = defineCommand({
  name: 'xadd',
  arity: -5,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '5.0.0',
  group: 'stream',
  summary: 'Appends an entry to a stream.',
  complexity: 'O(1), or O(N) with N entries trimmed',
  syntax:
    'key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [IDMPAUTO producer-id | IDMP producer-id idempotent-id] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value ...]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    let mayCreate = true
    let trim: Trim | undefined
    let form: IdForm | '*' = '*'
    let idempotent: IdempotentAdd | undefined
    if (!args.token('*')) {
      const trimReader = new TrimReader()
      const idempotentReader = new IdempotentAdd()
      while (!args.token('*')) {
        if (trimReader.read(args) || idempotentReader.read(args)) continue
        if (args.token('NOMKSTREAM')) mayCreate = false
        else {
          if (args.left === 0) throw wrongArity('xadd')
          form = readNewId(args, args.next(), id)
          break
        }
        if (args.left === 0) throw wrongArity('xadd')
      }
      trim = trimReader.finish(false)
      if (idempotentReader.isGiven) idempotent = idempotentReader
    }
    if (idempotent !== undefined && form !== '*') {
      throw new ReplyError('ERR IDMP/IDMPAUTO can be used only with auto-generated IDs')
    }
    const first = args.position
    const count = args.left
    if (count < 2 || count % 2 === 1) throw wrongArity('xadd')
    if (form !== '*' && form !== 'ms-*' && id.isZero) throw zeroStreamId()
    const entry = db.find(args, key)
    if (entry < 0 && !mayCreate) return reply.null()
    const existing = entry < 0 ? undefined : db.objectOf(Stream, entry)
    if (existing !== undefined && idempotent?.recognizes(call, existing, first)) return
    chooseId(form, existing?.lastId, call.nowMs)

    if (entry >= 0) db.beforeChange(entry)
    const stream = existing ?? new Stream()
    if (existing === undefined) db.addObject(args, key, stream)
    const segment = stream.append(id, args.bytes, args.wireStart(first), args.wireEnd(args.count - 1), count)
    const last = segment.count - 1
    reply.wire(segment.bytes, segment.idWireStart(last), segment.idWireEnd(last))
    logEntry(call, key, first, segment)
    idempotent?.remember(call, key, first, stream, id)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.stream, 'xadd', args, key)
    if (trim !== undefined && trimStream(call, stream, trim) > 0) {
      logTrim(call, key, stream, trim.policy)
      keyspace.notify(db, notifyClass.stream, 'xtrim', args, key)
    }
    if (existing !== undefined) keyspace.keyReady(db, args, key)
  },
})

/** Completes `id` as asked for, above `lastId`. */
function chooseId(form: IdForm | '*', lastId: StreamId | undefined, nowMs: number): void {
  if (lastId?.isLargest) {
    throw new ReplyError('ERR The stream has exhausted the last possible ID, unable to add more items')
  }
  if (form === '*') {
    id.setMs(nowMs)
    id.seqHigh = 0
    id.seqLow = 0
    if (lastId !== undefined && id.compare(lastId) <= 0) id.set(lastId).increment()
    return
  }
  if (form === 'ms-*' && (lastId?.hasSameMs(id) ?? id.ms === 0)) {
    if (lastId?.isLastSequence) throw smallStreamId()
    if (lastId === undefined) id.seqLow = 1
    else id.set(lastId).increment()
  }
  if (lastId !== undefined && id.compare(lastId) <= 0) throw smallStreamId()
}

/** The fact: the same entry with the id that was chosen, which is the segment's last. */
function logEntry({ args, db, effects }: Call, key: number, first: number, segment: StreamSegment): void {
  if (!effects.begin(db.index, 3 + args.count - first)) return
  effects.wire(args.bytes, args.wireStart(0), args.wireEnd(0))
  effects.argument(args, key)
  const last = segment.count - 1
  effects.wire(segment.bytes, segment.idWireStart(last), segment.idWireEnd(last))
  effects.wire(args.bytes, args.wireStart(first), args.wireEnd(args.count - 1))
}
