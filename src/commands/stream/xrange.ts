/** XRANGE and XREVRANGE: entries between two ids. */
import { Stream } from '../../broker/stream.ts'
import type { StreamId } from '../../broker/stream-id.ts'
import type { Call } from '../call.ts'
import { defineCommand, firstKey } from '../command.ts'
import { replyEntries, runs } from './entries.ts'
import { readInterval, toCount } from './stream-args.ts'

const facts = {
  arity: -4,
  flags: ['readonly'],
  categories: ['stream'],
  keys: firstKey,
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(N) with N entries returned',
} as const

export const xrange = defineCommand({
  ...facts,
  name: 'xrange',
  summary: 'Reads the entries between two ids, oldest first.',
  syntax: 'key start end [COUNT count]',
  run: (call) => replyRange(call, false),
})

export const xrevrange = defineCommand({
  ...facts,
  name: 'xrevrange',
  summary: 'Reads the entries between two ids, newest first.',
  syntax: 'key end start [COUNT count]',
  run: (call) => replyRange(call, true),
})

function replyRange(call: Call, isReverse: boolean): void {
  const { args, db, reply } = call
  const key = args.next()
  const first = args.next()
  const second = args.next()
  const { start, end } = isReverse ? readInterval(args, second, first) : readInterval(args, first, second)
  let countMax = Number.MAX_SAFE_INTEGER
  let isEmpty = false
  while (args.left > 0) {
    if (args.left < 2 || !args.token('COUNT')) args.finish()
    countMax = toCount(args.nextInt64())
    isEmpty = countMax === 0
  }
  const stream = db.read(Stream, args, key)
  if (stream === undefined) return reply.array(0)
  if (isEmpty) return reply.nullArray()
  const count = read(start, end)
  replyEntries(reply, count)

  function read(from: StreamId, to: StreamId): number {
    if (from.compare(to) > 0) return 0
    return isReverse ? stream!.reverseRange(from, to, countMax, runs) : stream!.range(from, to, countMax, runs)
  }
}
