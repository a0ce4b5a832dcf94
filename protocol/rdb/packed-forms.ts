/** The packed forms of older Redis (ziplist, zipmap) and the one for sets of integers (intset), which are read only. */
import { latin1Bytes } from '../../src/lib/bytes.ts'
import { decimal, littleEndian, signed } from './listpack.ts'
import { RdbError } from './rdb-error.ts'
import { RdbReader } from './rdb-reader.ts'

/** Total bytes (4), offset of the last element (4), number of elements (2; 65535: count them), elements, ff. An element
 *  says first how large the one before it is. */
export function readZiplist(bytes: Uint8Array): Uint8Array[] {
  const reader = new RdbReader(bytes)
  if (littleEndian(reader, 4) !== bytes.length) throw new RdbError('a ziplist has another size than it says')
  const lastAt = littleEndian(reader, 4)
  const count = littleEndian(reader, 2)
  const elements: Uint8Array[] = []
  let previousSize = 0
  let previousAt = bytes.length - reader.left
  while (true) {
    const at = bytes.length - reader.left
    const first = reader.byte()
    if (first === 0xff) break
    const size = first === 0xfe ? littleEndian(reader, 4) : first
    if (size !== previousSize) throw new RdbError("a ziplist's element is mistaken about the one before it")
    elements.push(readZiplistElement(reader))
    previousAt = at
    previousSize = bytes.length - reader.left - at
  }
  if (reader.left > 0) throw new RdbError('a ziplist goes on behind its end')
  if (lastAt !== previousAt) throw new RdbError('a ziplist does not know its last element')
  if (count !== 65535 && count !== elements.length) throw new RdbError('a ziplist counts wrong')
  return elements
}

function readZiplistElement(reader: RdbReader): Uint8Array {
  const first = reader.byte()
  if (first < 0x40) return reader.raw(first)
  if (first < 0x80) return reader.raw(((first & 0x3f) << 8) | reader.byte())
  if (first === 0x80) {
    let size = 0
    for (let i = 0; i < 4; i++) size = size * 256 + reader.byte()
    return reader.raw(size)
  }
  if (first === 0xe0) return latin1Bytes(String(reader.int64()))
  const sizes: Readonly<Record<number, number>> = { 192: 2, 208: 4, 240: 3, 254: 1 }
  const size = sizes[first]
  if (size !== undefined) return decimal(signed(littleEndian(reader, size), size))
  // Four bits hold 0 to 12, one too high.
  if (first >= 0xf1 && first <= 0xfd) return decimal((first & 0x0f) - 1)
  throw new RdbError('a ziplist has an element of an unknown kind')
}

/** Number of pairs (254: count them), pairs of key and value, ff. Behind a value may be free bytes. */
export function readZipmap(bytes: Uint8Array): Uint8Array[] {
  const reader = new RdbReader(bytes)
  const count = reader.byte()
  const elements: Uint8Array[] = []
  while (true) {
    const first = reader.byte()
    if (first === 0xff) break
    elements.push(reader.raw(zipmapSize(reader, first)))
    const size = zipmapSize(reader, reader.byte())
    const freeBytes = reader.byte()
    elements.push(reader.raw(size))
    reader.raw(freeBytes)
  }
  if (reader.left > 0) throw new RdbError('a zipmap goes on behind its end')
  if (count < 254 && count * 2 !== elements.length) throw new RdbError('a zipmap counts wrong')
  return elements
}

function zipmapSize(reader: RdbReader, first: number): number {
  if (first === 255) throw new RdbError('a zipmap has a key without a value')
  return first === 254 ? littleEndian(reader, 4) : first
}

/** Bytes of each (4), how many (4), integers in order. */
export function readIntset(bytes: Uint8Array): Uint8Array[] {
  const reader = new RdbReader(bytes)
  const width = littleEndian(reader, 4)
  const count = littleEndian(reader, 4)
  if (width !== 2 && width !== 4 && width !== 8) throw new RdbError('an intset has integers of an unknown size')
  if (reader.left !== width * count) throw new RdbError('an intset has another size than it says')
  const elements: Uint8Array[] = []
  let previous: bigint | undefined
  for (let i = 0; i < count; i++) {
    const value = width === 8 ? reader.int64() : BigInt(signed(littleEndian(reader, width), width))
    if (previous !== undefined && value <= previous) throw new RdbError('an intset is out of order')
    previous = value
    elements.push(latin1Bytes(String(value)))
  }
  return elements
}
