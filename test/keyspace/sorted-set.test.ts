import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CollectionSettings } from '../../src/keyspace/collection-settings.ts'
import { SortedSet } from '../../src/keyspace/sorted-set.ts'
import { latin1Bytes, latin1Text } from '../../src/lib/bytes.ts'

type Pair = readonly [member: string, score: number]

/** A sorted set as a map that is sorted when somebody looks. */
class Twin {
  readonly scores = new Map<string, number>()

  pairs(): Pair[] {
    return [...this.scores].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x - y))
  }
}

function newSet(compactMax: number): SortedSet {
  const settings = new CollectionSettings(7)
  settings.sortedSetCompactEntriesMax = compactMax
  return new SortedSet(settings)
}

function pairsOf(set: SortedSet, first = 0, count = set.size, backwards = false): Pair[] {
  const pairs: Pair[] = []
  set.members.visit(first, count, backwards, (bytes, start, end, score) => {
    pairs.push([latin1Text(bytes, start, end), score])
  })
  return pairs
}

/** What runs of `freeze` hold, in order. */
function loaded(runs: Iterable<Uint8Array>): Pair[] {
  const set = newSet(3)
  for (const run of runs) set.appendWire(run)
  return pairsOf(set)
}

const member = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'ab', '\x00', '\xff\xfe', 'x'.repeat(200)),
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 3 }),
)
const score = fc.oneof(
  fc.constantFrom(0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.double({ noNaN: true }),
)
const change = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('put' as const), member, score }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), member }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('removeRange' as const), at: fc.nat(100), count: fc.nat(5) }),
  },
)

function apply(set: SortedSet, twin: Twin, step: typeof change extends fc.Arbitrary<infer T> ? T : never): void {
  if (step.kind === 'removeRange') {
    const first = Math.min(step.at, set.size)
    const count = Math.min(step.count, set.size - first)
    for (const [name] of twin.pairs().slice(first, first + count)) twin.scores.delete(name)
    set.removeRange(first, count)
    return
  }
  const bytes = latin1Bytes(step.member)
  if (step.kind === 'put') {
    // There is one zero in a compact set, and an equal score is no change.
    if (twin.scores.get(step.member) !== step.score) twin.scores.set(step.member, step.score + 0)
    set.put(bytes, 0, bytes.length, step.score + 0)
    return
  }
  const place = set.find(bytes, 0, bytes.length)
  expect(place >= 0).toBe(twin.scores.delete(step.member))
  if (place >= 0) set.remove(place)
}

test.each([1000, 0, 10])('a set that is compact up to %i members does what a sorted map does', (compactMax) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 150 }), score, member, (changes, bound, name) => {
      const set = newSet(compactMax)
      const twin = new Twin()
      for (const step of changes) apply(set, twin, step)
      const pairs = twin.pairs()
      expect(pairsOf(set)).toEqual(pairs)
      expect(pairsOf(set, 0, set.size, true)).toEqual(pairs.toReversed())
      pairs.forEach(([each], rank) => {
        const bytes = latin1Bytes(each)
        expect(set.members.rank(set.find(bytes, 0, bytes.length))).toBe(rank)
      })
      expect(set.members.countBelow(bound, false)).toBe(pairs.filter(([, x]) => x < bound).length)
      expect(set.members.countBelow(bound, true)).toBe(pairs.filter(([, x]) => x <= bound).length)
      expect(pairsOf(set.clone())).toEqual(pairs)
      expect(loaded(set.freeze())).toEqual(pairs)
      const equal = newSet(compactMax)
      for (const [each] of pairs) equal.put(latin1Bytes(each), 0, each.length, 1)
      const bytes = latin1Bytes(name)
      expect(equal.members.countBefore(bytes, 0, bytes.length, false)).toBe(pairs.filter(([x]) => x < name).length)
      expect(equal.members.countBefore(bytes, 0, bytes.length, true)).toBe(pairs.filter(([x]) => x <= name).length)
    }),
  )
})

test('a picture of a large set is what it was, whatever becomes of the set meanwhile', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), fc.array(change, { maxLength: 40 }), (before, meanwhile) => {
      const set = newSet(0)
      const twin = new Twin()
      const many = latin1Bytes('0123456789'.repeat(30))
      for (let i = 0; i < 600; i++) {
        many.set(latin1Bytes(String(i).padStart(4, '0')))
        set.put(many, 0, many.length, i)
        twin.scores.set(latin1Text(many), i)
      }
      for (const step of before) apply(set, twin, step)
      const pairs = twin.pairs()
      const runs = set.freeze()[Symbol.iterator]()
      const first = runs.next().value as Uint8Array
      for (const step of meanwhile) apply(set, twin, step)
      const rest = [...{ [Symbol.iterator]: () => runs }]
      expect(loaded([first, ...rest])).toEqual(pairs)
      expect(pairsOf(set)).toEqual(twin.pairs())
    }),
    { numRuns: 30 },
  )
})

test('a set becomes a table when it has one member more than the limit, or a longer one', () => {
  const set = newSet(3)
  for (let i = 0; i < 3; i++) set.put(latin1Bytes(String(i)), 0, 1, i)
  expect(set.isCompact).toBe(true)
  set.put(latin1Bytes('3'), 0, 1, 3)
  expect(set.isCompact).toBe(false)
  const long = newSet(3)
  long.put(latin1Bytes('x'.repeat(65)), 0, 65, 1)
  expect(long.isCompact).toBe(false)
})

test('a small set takes little memory, and a large one less than 95 bytes a member', () => {
  const set = newSet(128)
  for (let i = 0; i < 10; i++) set.put(latin1Bytes(`member${i}`), 0, 7, i)
  expect(set.memoryBytes).toBeLessThan(450)
  const large = newSet(128)
  for (let i = 0; i < 100_000; i++) {
    const name = latin1Bytes(`element:${i}`)
    large.put(name, 0, name.length, 0)
  }
  expect(large.memoryBytes).toBeLessThan(9_500_000)
})

test('whoever visits members may visit others meanwhile, and may give up', () => {
  const [upper, lower] = ['u', 'l'].map((letter) => {
    const set = newSet(3)
    for (let i = 0; i < 200; i++) {
      const bytes = latin1Bytes(`${letter}${i}`)
      set.add(bytes, 0, bytes.length, i)
    }
    return set
  }) as [SortedSet, SortedSet]
  const names: string[] = []
  upper.members.visit(10, 150, false, (bytes, start, end, score) => {
    names.push(latin1Text(bytes, start, end))
    const first = score % 100
    const scores = pairsOf(lower, first, 80, true).map(([, score]) => score)
    expect(scores).toEqual(Array.from({ length: 80 }, (_, i) => first + 79 - i))
  })
  expect(names).toEqual(Array.from({ length: 150 }, (_, i) => `u${i + 10}`))
  const giveUp = () => {
    throw new Error('enough')
  }
  expect(() => upper.members.visit(0, 100, false, giveUp)).toThrow('enough')
  expect(pairsOf(upper).map(([name]) => name)).toEqual(Array.from({ length: 200 }, (_, i) => `u${i}`))
})
