/** Which bit a command means. */
import { bitOffsetOutOfRange } from '../../broker/errors.ts'
import { stringBytesMax } from '../../keyspace/string-values.ts'
import { parseInt64, parseSmallInteger } from '../../lib/bytes.ts'
import type { Call } from '../call.ts'

const hash = 35

/** Argument `i` as a bit's number. Where fields of `fieldBits` bits are meant, `#3` is the fourth field's first bit. */
export function bitOffset({ args, server, isReplay }: Call, i: number, fieldBits = 0): number {
  const { bytes } = args
  const isField = fieldBits > 0 && args.size(i) > 0 && bytes[args.starts[i]!] === hash
  const start = args.starts[i]! + (isField ? 1 : 0)
  const end = args.ends[i]!
  const unit = isField ? fieldBits : 1
  let offset = parseSmallInteger(bytes, start, end) * unit
  if (Number.isNaN(offset)) {
    const large = parseInt64(bytes, start, end)
    if (large === undefined) throw bitOffsetOutOfRange()
    // As in Redis, where the product of a huge number is that of its low bits.
    offset = Number(BigInt.asIntN(64, large * BigInt(unit)))
  }
  const bytesMax = isReplay ? stringBytesMax : server.settings.bulkBytesMax
  if (offset < 0 || offset >= bytesMax * 8) throw bitOffsetOutOfRange()
  return offset
}
