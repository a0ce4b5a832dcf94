import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CollectionSettings } from '../../src/keyspace/collection-settings.ts'
import { SetValue } from '../../src/keyspace/set-value.ts'
import { ByteRange } from '../../src/lib/wire-items.ts'

/** A set and its naive twin; members are texts, one character a byte. */
class Twins {
  readonly set: SetValue
  readonly naive = new Set<string>()

  constructor(intsetEntriesMax: number) {
    const settings = new CollectionSettings(4711)
    settings.intsetEntriesMax = intsetEntriesMax
    this.set = new SetValue(settings)
  }

  add(text: string): void {
    expect(onBytes(text, (...range) => this.set.add(...range))).toBe(!this.naive.has(text))
    this.naive.add(text)
  }

  remove(text: string): void {
    expect(onBytes(text, (...range) => this.set.remove(...range))).toBe(this.naive.delete(text))
  }

  removeAt(fraction: number): void {
    if (this.naive.size === 0) return
    const position = Math.floor(fraction * this.naive.size)
    const member = new ByteRange()
    this.set.at(position, member)
    const text = textOf(member.bytes, member.start, member.end)
    this.set.removeAt(position)
    expect(this.naive.delete(text)).toBe(true)
  }
}

/** Calls with the text's bytes amid others. */
function onBytes<T>(text: string, use: (bytes: Uint8Array, start: number, end: number) => T): T {
  const bytes = Buffer.from(`<<${text}>>`, 'latin1')
  return use(bytes, 2, bytes.length - 2)
}

const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.subarray(start, end)).toString('latin1')

function membersOf(set: SetValue): string[] {
  const members: string[] = []
  set.visit((...range) => {
    members.push(textOf(...range))
    return true
  })
  return members
}

function loaded(runs: Iterable<Uint8Array>): SetValue {
  const set = new SetValue(new CollectionSettings(1))
  for (const run of runs) set.appendWire(run)
  return set
}

const integers = ['0', '1', '-1', '7', '4294967296', '-4294967297', '9223372036854775807', '-9223372036854775808']
const texts = ['', 'a', '01', '-0', '9223372036854775808', 'x'.repeat(300), '\r\n', '$1\r\na\r\n']
const text = fc.oneof(fc.constantFrom(...integers), fc.constantFrom(...texts), fc.integer().map(String))

const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), texts: fc.array(text, { maxLength: 40 }) }),
  fc.record({ kind: fc.constant('addMany' as const), from: fc.nat(500), isText: fc.boolean() }),
  fc.record({ kind: fc.constant('remove' as const), texts: fc.array(text, { maxLength: 10 }) }),
  fc.record({
    kind: fc.constant('drain' as const),
    fractions: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true })),
  }),
  fc.record({ kind: fc.constant('thin' as const), keep: fc.nat(20) }),
  fc.record({ kind: fc.constant('freeze' as const) }),
)

test('a set holds what its naive twin holds, in every form, and a picture holds what was there', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 3, 512), fc.array(step, { maxLength: 25 }), (intsetEntriesMax, steps) => {
      const twins = new Twins(intsetEntriesMax)
      let picture: { runs: Iterable<Uint8Array>; expected: string[] } | undefined
      const develop = (): void => {
        if (picture !== undefined) expect(membersOf(loaded(picture.runs)).sort()).toEqual(picture.expected)
        picture = undefined
      }
      for (const each of steps) {
        if (each.kind === 'add') for (const one of each.texts) twins.add(one)
        else if (each.kind === 'addMany') {
          for (let i = 0; i < 200; i++) twins.add(`${each.isText ? 'm' : ''}${each.from + i}`)
        } else if (each.kind === 'remove') for (const one of each.texts) twins.remove(one)
        else if (each.kind === 'drain') for (const fraction of each.fractions) twins.removeAt(fraction)
        else if (each.kind === 'thin') while (twins.naive.size > each.keep) twins.removeAt(0.7)
        else {
          develop()
          picture = { runs: twins.set.freeze(), expected: [...twins.naive].sort() }
        }
        expect(twins.set.size).toBe(twins.naive.size)
      }
      develop()
      expect(membersOf(twins.set).sort()).toEqual([...twins.naive].sort())
      for (const one of [...integers, ...texts]) {
        expect(onBytes(one, (...range) => twins.set.has(...range))).toBe(twins.naive.has(one))
      }
      const copy = twins.set.clone()
      expect(membersOf(copy).sort()).toEqual([...twins.naive].sort())
      expect(membersOf(loaded(twins.set.freeze())).sort()).toEqual([...twins.naive].sort())
    }),
    { numRuns: 80 },
  )
})

test('a clone shares nothing with its origin', () => {
  for (const count of [3, 100, 1000]) {
    for (const prefix of ['', 'm']) {
      const twins = new Twins(512)
      for (let i = 0; i < count; i++) twins.add(`${prefix}${i}`)
      const copy = twins.set.clone()
      for (let i = 0; i < count; i += 2) twins.remove(`${prefix}${i}`)
      twins.add('new')
      expect(membersOf(copy).sort()).toEqual(Array.from({ length: count }, (_, i) => `${prefix}${i}`).sort())
    }
  }
})

describe('an intset', () => {
  test('lists its members in ascending order, all 64 bits of them', () => {
    const twins = new Twins(512)
    for (const one of ['10', '-5', ...integers]) twins.add(one)
    const expected = [...twins.naive].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
    expect(membersOf(twins.set)).toEqual(expected)
    expect(twins.set.encoding).toBe('intset')
  })

  test('is none any more with a member that is no integer, or with too many, and never again', () => {
    for (const spoiler of ['01', '-0', '+1', '9223372036854775808', 'a', '']) {
      const twins = new Twins(512)
      twins.add('1')
      twins.add(spoiler)
      expect(twins.set.encoding).toBe('hashtable')
      twins.remove(spoiler)
      expect(twins.set.encoding).toBe('hashtable')
    }
    const twins = new Twins(3)
    for (const one of ['1', '2', '3']) twins.add(one)
    expect(twins.set.encoding).toBe('intset')
    twins.add('4')
    expect(twins.set.encoding).toBe('hashtable')
  })
})

test('memory goes with the members', () => {
  const { set } = new Twins(512)
  const key = Buffer.alloc(20)
  for (let i = 0; i < 20_000; i++) {
    key.writeUInt32BE(i)
    set.add(key, 0, key.length)
  }
  const full = set.memoryBytes
  expect(full).toBeGreaterThan(20_000 * 20)
  while (set.size > 1000) set.removeAt(set.size >> 1)
  expect(set.memoryBytes).toBeLessThan(full / 8)
  while (set.size > 3) set.removeAt(set.size >> 1)
  expect(set.memoryBytes).toBeLessThan(5000)
})

test('a scan meets every member that stays, whatever comes and goes', () => {
  const twins = new Twins(512)
  for (let i = 0; i < 1000; i++) twins.add(`stays ${i}`)
  for (let i = 0; i < 1000; i++) twins.add(`goes ${i}`)
  const met = new Set<string>()
  let position = 0
  let calls = 0
  do {
    position = twins.set.scan(position, 10, (...range) => met.add(textOf(...range)))
    calls++
    twins.remove(`goes ${calls}`)
    for (let i = 0; i < 5; i++) twins.add(`comes ${calls} ${i}`)
  } while (position !== 0)
  expect(calls).toBeGreaterThan(50)
  for (let i = 0; i < 1000; i++) expect(met.has(`stays ${i}`)).toBe(true)
})
