/** Payloads for RESTORE made by hand, in forms that today's Redis reads and no longer writes. Strings are byte strings. */
import { crc64 } from '../../protocol/rdb/crc64.ts'

/** The content with the footer that it should have; `version` and `checksumError` spoil it. */
export function payload(content: string, version = 10, checksumError = 0): string {
  const bytes = Buffer.from(`${content}${String.fromCharCode(version & 0xff, version >>> 8)}`, 'latin1')
  const { high, low } = crc64(bytes, 0, bytes.length)
  const footer = Buffer.alloc(8)
  footer.writeUInt32LE((low ^ checksumError) >>> 0, 0)
  footer.writeUInt32LE(high, 4)
  return Buffer.concat([bytes, footer]).toString('latin1')
}

export const byte = (...values: number[]): string => String.fromCharCode(...values.map((value) => value & 0xff))
/** A string of less than 64 bytes, or of less than 16384, behind its length. */
export const text = (value: string): string =>
  value.length < 64 ? byte(value.length) + value : byte(0x40 | (value.length >>> 8), value.length) + value
const uint32 = (value: number): string => byte(value, value >>> 8, value >>> 16, value >>> 24)

/** A ziplist of elements in their wire form, each without the size of the one before. */
export function ziplist(...elements: string[]): string {
  let body = ''
  let previous = 0
  let lastAt = 10
  for (const element of elements) {
    lastAt = 10 + body.length
    const size = byte(previous)
    body += size + element
    previous = size.length + element.length
  }
  return uint32(body.length + 11) + uint32(lastAt) + byte(elements.length, 0) + body + byte(0xff)
}

/** Elements of ziplists. */
export const zipped = {
  text: (value: string): string => byte(value.length) + value,
  middle: (value: string): string => byte(0x40 | (value.length >>> 8), value.length) + value,
  small: (value: number): string => byte(0xf1 + value),
  int8: (value: number): string => byte(0xfe, value),
  int16: (value: number): string => byte(0xc0, value, value >> 8),
  int24: (value: number): string => byte(0xf0, value, value >> 8, value >> 16),
  int32: (value: number): string => byte(0xd0) + uint32(value),
  int64: (bytes: string): string => byte(0xe0) + bytes,
}

/** A listpack of elements in their wire form, each of which is shorter than 128 bytes. */
export function listpack(...elements: string[]): string {
  const body = elements.map((element) => element + byte(element.length)).join('')
  return uint32(body.length + 7) + byte(elements.length, elements.length >>> 8) + body + byte(0xff)
}

/** Elements of listpacks. */
export const packed = {
  text: (value: string): string => byte(0x80 | value.length) + value,
  small: (value: number): string => byte(value),
  int13: (value: number): string => byte(0xc0 | ((value >> 8) & 0x1f), value),
  int16: (value: number): string => byte(0xf1, value, value >> 8),
  int24: (value: number): string => byte(0xf2, value, value >> 8, value >> 16),
  int32: (value: number): string => byte(0xf3) + uint32(value),
  int64: (bytes: string): string => byte(0xf4) + bytes,
}

export const intset = (width: number, ...elements: string[]): string =>
  uint32(width) + uint32(elements.length) + elements.join('')

const id = (ms: number, seq: number): string => byte(0, 0, 0, 0, 0, 0, 0, ms, 0, 0, 0, 0, 0, 0, 0, seq)
const { small } = packed
/** Two live entries and a deleted one, the second with fields of its own. */
const entries = listpack(
  ...[small(2), small(1), small(1), packed.text('f'), small(0)],
  ...[small(2), small(0), small(0), packed.text('v'), small(4)],
  ...[small(3), small(0), small(1), packed.text('gone'), small(4)],
  ...[small(0), small(1), small(0), small(1), packed.text('g'), small(7), small(6)],
)
const pending = `${id(5, 0)}${byte(1, 2, 3, 4, 5, 0, 0, 0)}${byte(3)}`
const streamHead = byte(1) + text(id(5, 0)) + text(entries) + byte(2)
const consumer = `${byte(1)}${text('c')}${byte(9, 8, 7, 6, 5, 0, 0, 0)}${byte(1)}${id(5, 0)}`

/** Whole values by name, without footers. */
export const contents: Readonly<Record<string, string>> = {
  string: byte(0) + text('hello'),
  'int8 string': byte(0, 0xc0, -5),
  'int16 string': byte(0, 0xc1, 0x10, 0x27),
  'int32 string': byte(0, 0xc2) + uint32(70000),
  'compressed string': byte(0, 0xc3, 6, 12, 0x01, 0x61, 0x62, 0xe0, 0x01) + byte(0x01),
  'long length': `${byte(0, 0x80, 0, 0, 0, 3)}abc`,
  'longer length': `${byte(0, 0x81, 0, 0, 0, 0, 0, 0, 0, 3)}abc`,
  'old list': byte(1, 3) + text('a') + byte(0xc0, 7) + text('b'),
  'ziplist list': byte(10) + text(ziplist(zipped.text('a'), zipped.small(0), zipped.small(12), zipped.int8(-3))),
  'quicklist list':
    byte(14, 2) +
    text(ziplist(zipped.middle('x'.repeat(70)), zipped.int16(-300), zipped.int24(-70000))) +
    text(ziplist(zipped.int32(-8388609), zipped.int64(byte(0, 0, 0, 0, 1, 0, 0, 0)))),
  'quicklist 2 list':
    byte(18, 2, 1) +
    text('plain') +
    byte(2) +
    text(
      listpack(
        ...[packed.text('p'), packed.small(127), packed.int13(-4096), packed.int16(-4097), packed.int24(-32769)],
        ...[packed.int32(-8388609), packed.int64(byte(0, 0, 0, 0, 1, 0, 0, 0))],
      ),
    ),
  'stream 1': byte(15) + streamHead + byte(6, 0) + byte(1) + text('g') + byte(5, 0) + byte(1) + pending + consumer,
  'stream 2':
    byte(19) +
    streamHead +
    byte(6, 0, 5, 0, 5, 1, 3) +
    byte(1) +
    text('g') +
    byte(5, 0, 1) +
    byte(1) +
    pending +
    consumer,
  set: byte(2, 2) + text('a') + byte(0xc0, 7),
  'intset set': byte(11) + text(intset(2, byte(0xff, 0xff), byte(1, 0))),
  hash: byte(4, 2) + text('f') + text('v') + text('g') + byte(0xc0, 7),
  'zipmap hash': byte(9) + text(`${byte(2)}${byte(1)}a${byte(2, 1)}xy?${byte(1)}b${byte(0, 0)}${byte(255)}`),
  'ziplist hash': byte(13) + text(ziplist(zipped.text('f'), zipped.int8(-3), zipped.text('g'), zipped.text(''))),
  'listpack hash': byte(16) + text(listpack(packed.text('f'), packed.small(3), packed.text('g'), packed.text(''))),
  'old sorted set': byte(3, 3) + text('a') + text('2.5') + text('b') + byte(254) + text('c') + byte(255),
  'sorted set': byte(5, 1) + text('a') + byte(0, 0, 0, 0, 0, 0, 4, 0x40),
  'ziplist sorted set':
    byte(12) + text(ziplist(zipped.text('a'), zipped.text('1.5'), zipped.text('b'), zipped.small(2))),
  'listpack sorted set':
    byte(17) + text(listpack(packed.text('a'), packed.text('-inf'), packed.text('b'), packed.small(2))),
  'empty stream': byte(19, 0, 0, 9, 1, 0, 0, 9, 0, 4, 0),
}

/** A stream with one group, up to the consumers, and a consumer with the time when it last got something (Redis 7.2). */
const groupHead = streamHead + byte(6, 0, 5, 0, 5, 1, 3) + byte(1) + text('g') + byte(5, 0, 1) + byte(1) + pending
const timedConsumer = text('c') + byte(9, 8, 7, 6, 5, 0, 0, 0) + byte(1, 2, 3, 4, 5, 0, 0, 0)
/** 300 seconds, 7 ids; producer p with ids i and 7, one that was forgotten; 9 ids added, 2 recognized (Redis 8.6). */
export const producers =
  byte(0x41, 0x2c, 7, 2) +
  (text('p') + byte(2) + text('i') + byte(5, 0) + byte(0xc0, 7) + byte(6, 0)) +
  (text('gone') + byte(0)) +
  byte(9, 2)

/** The same in forms that Redis 7.0 does not know, of 7.2, 7.4, 8.6 and 8.8. */
export const newerContents: Readonly<Record<string, string>> = {
  'stream 3': byte(21) + groupHead + byte(1) + timedConsumer + byte(1) + id(5, 0),
  'stream 4': byte(26) + groupHead + byte(1) + timedConsumer + byte(1) + id(5, 0) + producers,
  // Nobody has what is pending.
  'stream 5': byte(27) + groupHead + byte(1) + timedConsumer + byte(0) + byte(1) + id(5, 0) + producers,
  'listpack set': byte(20) + text(listpack(packed.text('a'), packed.small(7))),
  'hash with times':
    byte(24, 0, 0, 0, 0, 0, 32, 0, 0, 2, 0) + text('f') + text('v') + byte(6) + text('g') + byte(0xc0, 7),
  'listpack hash with times':
    byte(25, 0, 0, 0, 0, 0, 32, 0, 0) +
    text(
      listpack(
        ...[packed.text('f'), packed.small(3), packed.small(0)],
        ...[packed.text('g'), packed.text(''), packed.int64(byte(5, 0, 0, 0, 0, 32, 0, 0))],
      ),
    ),
}
