/** HSCAN. A compact hash is answered as a whole; a large one by the cursor that SCAN has. */
import type { Reply } from '../../../protocol/resp/reply.ts'
import { Hash } from '../../keyspace/hash.ts'
import { ByteRange } from '../../lib/wire-items.ts'
import { defineCommand } from '../command.ts'
import { matchesPattern, readScanCursor, readScanOptions } from '../scan-options.ts'
import { ofHash } from './hash-facts.ts'

/** The field at hand; only within one call. */
const field = new ByteRange()

/** HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES] */
export const hscan = defineCommand({
  ...ofHash,
  name: 'hscan',
  arity: -3,
  flags: ['readonly'],
  since: '2.8.0',
  summary: 'Lists some fields and a cursor to go on from; a field that stays is listed by the time the cursor is 0.',
  complexity: 'O(1) for every call, O(N) for all N fields',
  syntax: 'key cursor [MATCH pattern] [COUNT count] [NOVALUES]',
  run({ args, db, reply }) {
    const key = args.next()
    const position = readScanCursor(args, args.next())
    const hash = db.read(Hash, args, key)
    if (hash === undefined) return answerNothing(reply)
    const { count, pattern, withValues } = readScanOptions(args, false, true)
    const met: number[] = []
    const next = hash.scan(position, count, (place) => {
      hash.readField(place, field)
      if (matchesPattern(pattern, field.bytes, field.start, field.end)) met.push(place)
    })
    reply.array(2)
    reply.text(String(next))
    reply.array(withValues ? 2 * met.length : met.length)
    for (const place of met) {
      hash.answerField(reply, place)
      if (withValues) hash.answerValue(reply, place)
    }
  },
})

/** Of a hash that is not there the options are not even looked at. */
function answerNothing(reply: Reply): void {
  reply.array(2)
  reply.text('0')
  reply.array(0)
}
