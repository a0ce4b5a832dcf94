/** INCRBYFLOAT key increment. Its result is logged, not its increment: replay must not depend on arithmetic. */
import type { Args } from '../../../protocol/resp/args.ts'
import { notFinite, notFloat } from '../../broker/errors.ts'
import type { Database } from '../../keyspace/database.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import {
  addLongDoubles,
  formatLongDouble,
  isInfinite,
  type LongDouble,
  parseLongDouble,
  parseLongDoubleIn,
} from '../../lib/long-double.ts'
import { defineCommand } from '../command.ts'
import { ofString } from './string-facts.ts'

export const incrbyfloat = defineCommand({
  ...ofString,
  name: 'incrbyfloat',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  since: '2.6.0',
  summary: 'Adds to the number at a key, which counts as 0 when absent; fractions are welcome.',
  syntax: 'key increment',
  run({ args, db, keyspace, effects, reply }) {
    const key = args.next()
    const entry = db.find(args, key)
    const value = numberAt(db, entry)
    const increment = incrementOf(args, args.next())
    if (isInfinite(value) || isInfinite(increment)) throw notFinite()
    const sum = addLongDoubles(value, increment)
    if (isInfinite(sum)) throw notFinite()
    const text = latin1Bytes(formatLongDouble(sum))
    db.strings.setForm(db.setString(args, key, text, 0, text.length, true), stringForm.text)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.string, 'incrbyfloat', args, key)
    if (effects.begin(db.index, 4)) {
      effects.text('SET')
      effects.argument(args, key)
      effects.bulk(text, 0, text.length)
      effects.text('KEEPTTL')
    }
    reply.bulk(text)
  },
})

function numberAt(db: Database, entry: number): LongDouble {
  if (entry < 0) return { mantissa: 0n, exponent: 0 }
  db.requireString(entry)
  const start = db.stringStart(entry)
  const value = parseLongDoubleIn(db.stringChunk(entry), start, start + db.stringSize(entry))
  if (value === undefined) throw notFloat()
  return value
}

function incrementOf(args: Args, i: number): LongDouble {
  const increment = parseLongDouble(args.text(i, notFloat))
  if (increment === undefined) throw notFloat()
  return increment
}
