import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Arena } from '../../src/lib/arena.ts'
import { ByteMap } from '../../src/lib/byte-map.ts'
import { latin1Bytes, latin1Text } from '../../src/lib/bytes.ts'
import { KeyBatch } from '../../src/lib/key-batch.ts'

/** The keys one behind the other, to be looked up together. */
function batchOf(names: readonly string[]): KeyBatch {
  const batch = new KeyBatch(names.length)
  batch.begin(latin1Bytes(names.join('')))
  let at = 0
  for (const { length } of names) {
    batch.add(at, at + length)
    at += length
  }
  return batch
}

/** A map from text to entries, for short tests. */
class TextMap {
  readonly map: ByteMap

  constructor(seed = 1) {
    this.map = new ByteMap(new Arena(), seed)
  }

  find(key: string): number {
    const bytes = latin1Bytes(`<${key}>`)
    return this.map.find(bytes, 1, bytes.length - 1)
  }

  insert(key: string): number {
    const bytes = latin1Bytes(`<${key}>`)
    return this.map.insert(bytes, 1, bytes.length - 1)
  }

  remove(key: string): void {
    this.map.remove(this.find(key))
  }

  textOf(entry: number): string {
    return latin1Text(this.map.key(entry))
  }

  /** All keys, by a scan in steps. */
  scanned(count: number): string[] {
    const keys: string[] = []
    let position = 0
    do position = this.map.scan(position, count, (entry) => keys.push(this.textOf(entry)))
    while (position !== 0)
    return keys
  }
}

const seeds = fc.integer({ min: 0, max: 0x7fffffff })
/** Few keys, so that they are removed and come again, and long and empty ones among them. */
const pool = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((number) => `k${number}`),
  fc.constantFrom('', '\x00', '\x00\x00', '\xff', 'x'.repeat(47), 'x'.repeat(48), 'x'.repeat(5000)),
)

describe('ByteMap', () => {
  test('knows the same keys as a Map whatever is inserted and removed', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.tuple(fc.boolean(), pool), { maxLength: 300 }), (seed, steps) => {
        const map = new TextMap(seed)
        const twin = new Map<string, number>()
        for (const [isInsert, key] of steps) {
          expect(map.find(key)).toBe(twin.get(key) ?? -1)
          if (isInsert && !twin.has(key)) twin.set(key, map.insert(key))
          if (!isInsert && twin.has(key)) {
            map.remove(key)
            twin.delete(key)
          }
          expect(map.map.size).toBe(twin.size)
        }
        for (const [key, entry] of twin) {
          expect(map.find(key)).toBe(entry)
          expect(map.textOf(entry)).toBe(key)
        }
        expect(new Set(twin.values()).size).toBe(twin.size)
      }),
    )
  })

  test('a removed entry is free and its number is given to the next key', () => {
    const map = new TextMap()
    const [first, second] = [map.insert('first'), map.insert('second')]
    map.remove('first')
    expect(map.map.has(first)).toBe(false)
    expect(map.map.has(second)).toBe(true)
    expect(map.insert('third')).toBe(first)
    expect(map.map.entryLimit).toBe(2)
  })

  test('touches the entries of keys that are there, and none for most that are not', () => {
    const map = new ByteMap(new Arena(), 7)
    const keys = Array.from({ length: 3000 }, (_, i) => Buffer.from(`key:${i}`))
    for (const key of keys) map.insert(key, 0, key.length)
    const touched = (names: readonly Buffer[]): number[] => {
      const batch = batchOf(names.map(String))
      map.touch(batch)
      return [...batch.entries]
    }
    expect(touched(keys)).toEqual(keys.map((key) => map.find(key, 0, key.length)))
    const others = Array.from({ length: 1000 }, (_, i) => Buffer.from(`other:${i}`))
    expect(touched(others).filter((entry) => entry >= 0).length).toBeLessThan(10)
  })

  test('finds what is there whatever was touched before: other bytes, keys that are gone, and those of another map', () => {
    const step = fc.record({
      kind: fc.constantFrom('insert', 'remove', 'find', 'find', 'touch', 'overwrite'),
      map: fc.nat(1),
      index: fc.nat(7),
      name: fc.nat(11),
    })
    fc.assert(
      fc.property(
        fc.array(fc.nat(11), { minLength: 8, maxLength: 8 }),
        fc.array(step, { maxLength: 60 }),
        (names, steps) => {
          const textOf = (name: number): string => `key:${String(name).padStart(2, '0')}`
          const batch = batchOf(names.map(textOf))
          const maps = [new ByteMap(new Arena(), 1), new ByteMap(new Arena(), 1)]
          const models: Map<string, number>[] = [new Map(), new Map()]
          for (const { kind, map: chosen, index, name } of steps) {
            const map = maps[chosen]!
            const model = models[chosen]!
            const [start, end] = [batch.starts[index]!, batch.ends[index]!]
            const key = latin1Text(batch.bytes.subarray(start, end))
            if (kind === 'touch') map.touch(batch)
            if (kind === 'overwrite') batch.bytes.set(latin1Bytes(textOf(name)), start)
            if (kind === 'insert' && !model.has(key)) model.set(key, map.insert(batch.bytes, start, end))
            if (kind === 'remove' && model.has(key)) {
              map.remove(model.get(key)!)
              model.delete(key)
            }
            if (kind === 'find') expect(map.find(batch.bytes, start, end)).toBe(model.get(key) ?? -1)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('finds every key after tables have grown and split, and after most are removed', () => {
    const count = 60_000
    const map = new TextMap(7)
    const entries = Array.from({ length: count }, (_, i) => map.insert(`key:${i}`))
    expect(entries.every((entry, i) => map.find(`key:${i}`) === entry)).toBe(true)
    expect(map.find(`key:${count}`)).toBe(-1)
    for (let i = 0; i < count; i++) if (i % 10 !== 0) map.remove(`key:${i}`)
    expect(map.map.size).toBe(count / 10)
    expect(entries.every((entry, i) => map.find(`key:${i}`) === (i % 10 === 0 ? entry : -1))).toBe(true)
    expect(new Set(map.scanned(100)).size).toBe(count / 10)
  })

  test('a scan that nobody disturbs visits each key once', () => {
    fc.assert(
      fc.property(seeds, fc.uniqueArray(pool), fc.integer({ min: 1, max: 20 }), (seed, keys, count) => {
        const map = new TextMap(seed)
        for (const key of keys) map.insert(key)
        expect(map.scanned(count).sort()).toEqual([...keys].sort())
      }),
    )
  })

  test('a scan visits every key that stays while others come and go and tables grow and split', () => {
    const step = fc.record({ count: fc.integer({ min: 1, max: 500 }), added: fc.integer({ min: 0, max: 9000 }) })
    fc.assert(
      fc.property(seeds, fc.array(step, { minLength: 1, maxLength: 8 }), (seed, steps) => {
        const map = new TextMap(seed)
        const stayers = Array.from({ length: 300 }, (_, i) => `stay${i}`)
        for (const key of stayers) map.insert(key)
        for (let i = 0; i < 300; i++) map.insert(`go${i}`)
        const met = new Set<string>()
        let made = 0
        let position = 0
        for (let i = 0; ; i++) {
          const { count, added } = steps[i % steps.length]!
          position = map.map.scan(position, count, (entry) => met.add(map.textOf(entry)))
          if (position === 0) break
          if (i < 300) map.remove(`go${i}`)
          // Growth ends, or a scan in small steps would run after it for ever.
          if (made < 40_000) for (const end = made + added; made < end; made++) map.insert(`new${made}`)
        }
        expect(stayers.filter((key) => !met.has(key))).toEqual([])
      }),
      { numRuns: 15 },
    )
  })

  test('a scan of a map that was emptied looks at a bounded number of slots', () => {
    const map = new TextMap()
    for (let i = 0; i < 20_000; i++) map.insert(`key${i}`)
    for (let i = 0; i < 20_000; i++) map.remove(`key${i}`)
    let calls = 0
    let position = 0
    do {
      position = map.map.scan(position, 10, () => expect.unreachable('nothing is left'))
      calls++
    } while (position !== 0)
    expect(calls).toBeGreaterThan(100)
  })

  test('a position that no scan gave out goes on somewhere and comes to an end', () => {
    const map = new TextMap()
    for (let i = 0; i < 100; i++) map.insert(`key${i}`)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (start) => {
        const met: number[] = []
        let position = start
        do position = map.map.scan(position, 7, (entry) => met.push(entry))
        while (position !== 0)
        expect(new Set(met).size).toBe(met.length)
      }),
    )
  })

  test('random draws live entries, each sooner or later', () => {
    const map = new TextMap()
    for (let i = 0; i < 40; i++) map.insert(`key${i}`)
    for (let i = 0; i < 40; i++) if (i % 4 !== 0) map.remove(`key${i}`)
    let state = 1
    const draw = (): number => {
      state = (state * 48271) % 0x7fffffff
      return state / 0x7fffffff
    }
    const drawn = new Set(Array.from({ length: 500 }, () => map.textOf(map.map.random(draw))))
    expect(drawn.size).toBe(10)
  })

  test('random finds the last key however unlucky the draws are, and none in an empty map', () => {
    const map = new TextMap()
    for (let i = 0; i < 40; i++) map.insert(`key${i}`)
    for (let i = 0; i < 40; i++) if (i !== 17) map.remove(`key${i}`)
    expect(map.textOf(map.map.random(() => 0.99))).toBe('key17')
    map.remove('key17')
    expect(map.map.random(() => 0.5)).toBe(-1)
  })
})
