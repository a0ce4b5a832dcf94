/** XNACK: a consumer hands back what it was given. The entries stay pending, nobody has them, and whoever claims next
 *  gets them first, however short the time. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { deliveriesMax } from '../../broker/consumer-group.ts'
import { noGroup } from '../../broker/errors.ts'
import { Stream } from '../../broker/stream.ts'
import { defineCommand, firstKey } from '../command.ts'
import { IdsBlock } from './ids-block.ts'
import { findGroup, idList } from './stream-args.ts'

/** What the count of deliveries becomes: one less, as if it had not been delivered; what it is; as high as it goes. */
type Mode = 'silent' | 'fail' | 'fatal'

/** Worded as nowhere else. */
const idCountErrors = {
  invalid: 'ERR numids must be a positive integer',
  mismatch: "ERR number of IDs doesn't match numids",
}

interface NackOptions {
  readonly mode: Mode
  readonly idCount: number
  /** RETRYCOUNT, undefined when it was not given. */
  readonly retryCount: bigint | undefined
  readonly isForced: boolean
}

export const xnack = defineCommand({
  name: 'xnack',
  arity: -7,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '8.8.0',
  group: 'stream',
  summary: 'Hands pending entries back to the group, for others to claim at once.',
  complexity: 'O(log N) for each id',
  syntax: 'key group <SILENT | FAIL | FATAL> IDS numids id [id ...] [RETRYCOUNT count] [FORCE]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const groupName = args.next()
    const entry = db.find(args, key)
    const stream = entry < 0 ? undefined : db.objectOf(Stream, entry)
    const group = findGroup(stream, args, groupName)
    if (stream === undefined || group === undefined) throw noGroup(args.quoted(key), args.quoted(groupName))
    const options = readNackOptions(args)
    db.beforeChange(entry)
    let released = 0
    for (let k = 0; k < options.idCount; k++) {
      const id = idList[k]!
      const record = group.find(id)
      if (record < 0 && !(options.isForced && stream.has(id))) continue
      group.give(id, undefined, 0, countAfter(options, record < 0 ? 0n : group.deliveredCount(record)))
      released++
    }
    if (released > 0) {
      call.logAsReceived()
      keyspace.dirty += released
      keyspace.keyDue(db, args, key)
    }
    reply.integer(released)
  },
})

function readNackOptions(args: Args): NackOptions {
  const mode = readMode(args)
  const block = new IdsBlock(idCountErrors)
  let retryCount: bigint | undefined
  let isForced = false
  while (args.left > 0) {
    if (block.read(args)) continue
    if (args.token('FORCE')) isForced = true
    else if (args.left > 1 && args.token('RETRYCOUNT')) retryCount = readRetryCount(args)
    else throw new ReplyError(`ERR Unrecognized XNACK option '${args.text(args.next())}'`)
  }
  if (!block.isGiven) throw new ReplyError('ERR syntax error, expected IDS keyword')
  return { mode, idCount: block.finish(args), retryCount, isForced }
}

function readMode(args: Args): Mode {
  if (args.token('SILENT')) return 'silent'
  if (args.token('FAIL')) return 'fail'
  if (args.token('FATAL')) return 'fatal'
  throw new ReplyError('ERR mode must be SILENT, FAIL, or FATAL')
}

function readRetryCount(args: Args): bigint {
  const count = args.nextInt64()
  if (count < 0n) throw new ReplyError('ERR Invalid RETRYCOUNT value, must be >= 0')
  return count
}

function countAfter({ mode, retryCount }: NackOptions, count: bigint): bigint {
  if (retryCount !== undefined) return retryCount
  if (mode === 'fatal') return deliveriesMax
  return mode === 'silent' && count > 0n ? count - 1n : count
}
