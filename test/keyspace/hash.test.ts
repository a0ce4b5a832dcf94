import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CollectionSettings } from '../../src/keyspace/collection-settings.ts'
import { Hash } from '../../src/keyspace/hash.ts'
import { ByteRange } from '../../src/lib/wire-items.ts'

const wire = (text: string): string => `$${text.length}\r\n${text}\r\n`
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

function newHash(entriesMax = 4): Hash {
  const settings = new CollectionSettings(7)
  settings.hashCompactEntriesMax = entriesMax
  settings.hashCompactBytesMax = 20
  return new Hash(settings)
}

function find(hash: Hash, field: string): number {
  return hash.find(bytes(field), 0, field.length)
}

function set(hash: Hash, field: string, value: string): void {
  const place = find(hash, field)
  const text = place < 0 ? wire(field) + wire(value) : wire(value)
  if (place < 0) hash.add(bytes(text), 0, text.length)
  else hash.setValue(place, bytes(text), 0, text.length)
}

function textOf({ bytes: source, start, end }: ByteRange): string {
  return Buffer.from(source.subarray(start, end)).toString('latin1')
}

interface Kept {
  readonly value: string
  /** 0 for never. */
  readonly atMs: number
}

function contents(hash: Hash): Map<string, Kept> {
  const range = new ByteRange()
  const found = new Map<string, Kept>()
  for (let place = hash.first(); place >= 0; place = hash.next(place)) {
    hash.readField(place, range)
    const field = textOf(range)
    hash.readValue(place, range)
    found.set(field, { value: textOf(range), atMs: hash.expiresAtMs(place) })
  }
  return found
}

function loaded(runs: Iterable<Uint8Array>): Map<string, Kept> {
  const hash = newHash()
  for (const run of runs) hash.appendWire(run)
  return contents(hash)
}

const fields = fc.constantFrom('', 'a', 'b', 'c', 'd', 'e', 'f\r\n', '\x00\xff', '$1\r\na\r\n')
const values = fc.oneof(fc.constantFrom('', '1', 'x'.repeat(20)), fc.constantFrom('y'.repeat(21), 'z'.repeat(90_000)))
const step = fc.record({
  kind: fc.constantFrom('set', 'set', 'remove', 'expire', 'freeze', 'read'),
  field: fields,
  value: values,
  atMs: fc.constantFrom(0, 5, 1_800_000_000_000),
})

describe('Hash', () => {
  test('keeps what a Map keeps, in both forms, and so does a picture taken of it', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const hash = newHash()
        const twin = new Map<string, Kept>()
        let frozen: { twin: Map<string, Kept>; runs: Iterator<Uint8Array>; read: Uint8Array[] } | undefined
        let isOrdered = true
        for (const { kind, field, value, atMs } of steps) {
          if (kind === 'set') {
            set(hash, field, value)
            twin.set(field, { value, atMs: twin.get(field)?.atMs ?? 0 })
          } else if (kind === 'expire') {
            hash.prepareExpiry()
            isOrdered = false
            const place = find(hash, field)
            if (place < 0) continue
            hash.setExpiry(place, atMs)
            twin.set(field, { value: twin.get(field)!.value, atMs })
          } else if (kind === 'remove') {
            const place = find(hash, field)
            expect(place >= 0).toBe(twin.delete(field))
            if (place >= 0) hash.remove(place)
          } else if (kind === 'freeze') {
            frozen = { twin: new Map(twin), runs: hash.freeze()[Symbol.iterator](), read: [] }
          } else if (frozen !== undefined) {
            const { done, value: run } = frozen.runs.next()
            if (done !== true) frozen.read.push(run)
          }
          expect(hash.length).toBe(twin.size)
          if (isOrdered && hash.encoding === 'listpack') expect([...contents(hash)]).toEqual([...twin])
          else expect(contents(hash)).toEqual(twin)
        }
        expect(contents(hash.clone())).toEqual(twin)
        expect(loaded(hash.clone().freeze())).toEqual(twin)
        if (frozen === undefined) return
        for (let next = frozen.runs.next(); next.done !== true; next = frozen.runs.next()) frozen.read.push(next.value)
        expect(loaded(frozen.read)).toEqual(frozen.twin)
      }),
    )
  })

  test.each(['a', 'b', 'c'])('comes back from its rows when only one field expires: %s', (expiring) => {
    const hash = newHash()
    for (const field of 'abc') set(hash, field, field)
    hash.prepareExpiry()
    hash.setExpiry(find(hash, expiring), 1_800_000_000_000)
    expect(loaded(hash.freeze())).toEqual(contents(hash))
  })

  test('leaves the compact form for too many fields or too long ones, and never goes back', () => {
    const many = newHash()
    for (const field of 'abcd') set(many, field, '1')
    expect(many.encoding).toBe('listpack')
    set(many, 'e', '1')
    expect(many.encoding).toBe('hashtable')
    for (const field of 'abcd') many.remove(find(many, field))
    expect(many.encoding).toBe('hashtable')
    for (const [field, value] of [
      ['a', 'x'.repeat(21)],
      ['x'.repeat(21), 'a'],
    ] as const) {
      const long = newHash()
      set(long, field, value)
      expect(long.encoding).toBe('hashtable')
    }
  })

  test('a scan of a table that grows meets every field that stays', () => {
    const hash = newHash()
    for (let i = 0; i < 100; i++) set(hash, `old ${i}`, 'v')
    const met = new Set<string>()
    const range = new ByteRange()
    let position = 0
    let added = 0
    do {
      position = hash.scan(position, 5, (place) => {
        hash.readField(place, range)
        met.add(textOf(range))
      })
      for (let i = 0; i < 10; i++) set(hash, `new ${added++}`, 'v')
    } while (position !== 0)
    for (let i = 0; i < 100; i++) expect(met).toContain(`old ${i}`)
  })

  test('says how much memory it takes', () => {
    const hash = newHash(1000)
    const empty = hash.memoryBytes
    for (let i = 0; i < 500; i++) set(hash, `field ${i}`, 'value')
    expect(hash.memoryBytes - empty).toBeGreaterThan(500 * 20)
    expect(hash.memoryBytes - empty).toBeLessThan(500 * 40)
    for (let i = 0; i < 5000; i++) set(hash, `field ${i}`, 'value')
    expect(hash.memoryBytes).toBeGreaterThan(5000 * 40)
    expect(hash.memoryBytes).toBeLessThan(5000 * 200)
  })
})
