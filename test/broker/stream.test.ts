import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EntryRun } from '../../src/broker/entry-run.ts'
import { type FrozenStream, Stream } from '../../src/broker/stream.ts'
import { StreamId } from '../../src/broker/stream-id.ts'
import { segmentBytesMax } from '../../src/broker/stream-segment.ts'
import { borderIds, idOf, largestValue, numberOf, textOf } from '../support/stream-ids.ts'

interface NaiveEntry {
  readonly id: bigint
  readonly wire: string
}

/** A stream under test beside the plain array it should equal. */
interface Twin {
  readonly stream: Stream
  entries: NaiveEntry[]
  lastId: bigint
  maxDeletedId: bigint
  trimmedId: bigint
  added: number
}

interface World {
  twin: Twin
  /** Twins that were left behind by a clone and must not change any more. */
  readonly others: Twin[]
  readonly frozen: { stream: FrozenStream; wire: string; lastId: bigint }[]
}

type Action = (world: World) => void

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`
const wireOf = (entries: readonly NaiveEntry[]): string => entries.map(({ wire }) => wire).join('')

function runsText(runs: readonly EntryRun[]): string {
  return runs
    .map(({ segment, start, end }) =>
      Buffer.from(segment.bytes.subarray(segment.offsets[start]!, segment.offsets[end]!)).toString('latin1'),
    )
    .join('')
}

const frozenText = (frozen: FrozenStream): string =>
  frozen.segments
    .flatMap((segment) => [...segment.runs()].map((bytes) => Buffer.from(bytes).toString('latin1')))
    .join('')

function append(twin: Twin, id: bigint, fields: readonly string[]): void {
  const text = fields.map(bulk).join('')
  const source = Buffer.from(`junk${text}junk`, 'latin1')
  twin.stream.append(idOf(id), source, 4, 4 + text.length, fields.length)
  twin.entries.push({ id, wire: `*2\r\n${bulk(textOf(id))}*${fields.length}\r\n${text}` })
  twin.lastId = id
  twin.added++
}

const fields = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(['f', 'v'], ['', ''], ['f', 'x'.repeat(40), 'g', '\r\n$1']) },
  { weight: 2, arbitrary: fc.constant(['f', 'y'.repeat(60_000)]) },
  { weight: 1, arbitrary: fc.constant(['f', 'z'.repeat(segmentBytesMax + 1)]) },
)
const share = fc.nat({ max: 1000 })
/** An entry's id or one beside it, chosen by a share of the stream's length. */
function someId({ entries, lastId }: Twin, at: number, offset: bigint): bigint {
  const id = (entries[Math.floor((at / 1001) * entries.length)]?.id ?? lastId) + offset
  if (id < 0n) return 0n
  if (id > largestValue) return largestValue
  return id
}
const offset = fc.constantFrom(0n, 0n, 0n, 1n, -1n)

const add = fc
  .tuple(fc.nat({ max: 60 }), fc.constantFrom(1n, 2n, 1n << 64n), fields)
  .map(([count, step, words]): Action => {
    return ({ twin }) => {
      const size = words[1]!.length
      const most = size > 1000 ? 3 : count
      for (let i = 0; i < most && twin.lastId + step <= largestValue; i++) append(twin, twin.lastId + step, words)
    }
  })
const leap = borderIds.map(
  (id): Action =>
    ({ twin }) => {
      if (id > twin.lastId) append(twin, id, ['f', 'v'])
    },
)
const remove = fc.tuple(share, offset, fc.nat({ max: 30 })).map(
  ([at, by, count]): Action =>
    ({ twin }) => {
      const first = someId(twin, at, by)
      const ids = [
        first,
        ...twin.entries
          .filter(({ id }) => id > first)
          .slice(0, count)
          .map(({ id }) => id),
      ]
      for (const id of ids) {
        const isThere = twin.entries.some((entry) => entry.id === id)
        expect(twin.stream.has(idOf(id))).toBe(isThere)
        expect(twin.stream.delete(idOf(id))).toBe(isThere)
        twin.entries = twin.entries.filter((entry) => entry.id !== id)
        if (isThere && id > twin.maxDeletedId) twin.maxDeletedId = id
      }
    },
)
/** Takes the oldest away from the twin. */
function trimTwin(twin: Twin, count: number): void {
  const gone = twin.entries.slice(0, count)
  twin.trimmedId = gone.at(-1)?.id ?? twin.trimmedId
  twin.entries = twin.entries.slice(count)
}

const trimToLength = share.map(
  (at): Action =>
    ({ twin }) => {
      const keep = Math.floor((at / 1000) * (twin.entries.length + 2))
      const gone = Math.max(0, twin.entries.length - keep)
      expect(twin.stream.trim(keep, undefined, 0, 0)).toBe(gone)
      trimTwin(twin, gone)
    },
)
const trimToId = fc.tuple(share, offset).map(
  ([at, by]): Action =>
    ({ twin }) => {
      const minId = someId(twin, at, by)
      const gone = twin.entries.filter(({ id }) => id < minId).length
      expect(twin.stream.trim(0, idOf(minId), 0, 0)).toBe(gone)
      trimTwin(twin, gone)
    },
)
const trimAbout = fc
  .tuple(share, fc.constantFrom(3, 10, 100), fc.constantFrom(0, 5, 50))
  .map(([at, grain, limit]): Action => {
    return ({ twin }) => {
      const keep = Math.floor((at / 1000) * twin.entries.length)
      const gone = twin.stream.trim(keep, undefined, grain, limit)
      expect(twin.entries.length - gone).toBeGreaterThanOrEqual(keep)
      if (limit > 0) expect(gone).toBeLessThanOrEqual(limit)
      else expect(twin.entries.length - gone - keep).toBeLessThan(grain)
      trimTwin(twin, gone)
    }
  })
const read = fc
  .tuple(share, offset, share, offset, fc.constantFrom(1, 3, 20, 1e9))
  .map(([a, i, b, k, count]): Action => {
    return ({ twin }) => {
      const start = someId(twin, a, i)
      const end = someId(twin, b, k)
      const between = twin.entries.filter(({ id }) => id >= start && id <= end)
      const runs: EntryRun[] = []
      expect(twin.stream.range(idOf(start), idOf(end), count, runs)).toBe(Math.min(count, between.length))
      expect(runsText(runs)).toBe(wireOf(between.slice(0, count)))
      runs.length = 0
      expect(twin.stream.reverseRange(idOf(start), idOf(end), count, runs)).toBe(Math.min(count, between.length))
      expect(runsText(runs)).toBe(wireOf(between.toReversed().slice(0, count)))
      expect(twin.stream.countAfter(idOf(start))).toBe(twin.entries.filter(({ id }) => id > start).length)
    }
  })
/** Deletes from the end, then lets lower ids follow: only as low as the last that is left. */
const setBack = fc.tuple(fc.nat({ max: 5 }), share).map(
  ([count, at]): Action =>
    ({ twin }) => {
      for (const { id } of twin.entries.splice(Math.max(0, twin.entries.length - count))) {
        twin.stream.delete(idOf(id))
        if (id > twin.maxDeletedId) twin.maxDeletedId = id
      }
      const lowest = twin.entries.at(-1)?.id ?? twin.trimmedId
      if (lowest > twin.lastId) return
      twin.lastId = lowest + ((twin.lastId - lowest) * BigInt(at)) / 1000n
      twin.stream.setLastId(idOf(twin.lastId))
    },
)
const clone = fc.boolean().map(
  (goesOn): Action =>
    (world) => {
      const { twin } = world
      const copy = { ...twin, stream: twin.stream.clone(), entries: [...twin.entries] }
      world.others.push(goesOn ? twin : copy)
      if (goesOn) world.twin = copy
    },
)
const freeze = fc.constant<Action>(({ twin, frozen }) => {
  frozen.push({ stream: twin.stream.freeze(), wire: wireOf(twin.entries), lastId: twin.lastId })
})
const reload = fc.constant<Action>((world) => {
  const { twin } = world
  const stream = new Stream()
  for (const segment of twin.stream.freeze().segments) for (const run of segment.runs()) stream.appendWire(run.slice())
  stream.lastId.set(idOf(twin.lastId))
  stream.maxDeletedId.set(idOf(twin.maxDeletedId))
  stream.trimmedId.set(idOf(twin.trimmedId))
  stream.entriesAdded = BigInt(twin.added)
  world.twin = { ...twin, stream }
})

const actions = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: add },
    { weight: 1, arbitrary: leap },
    { weight: 3, arbitrary: remove },
    { weight: 2, arbitrary: trimToLength },
    { weight: 1, arbitrary: trimToId },
    { weight: 2, arbitrary: trimAbout },
    { weight: 3, arbitrary: read },
    { weight: 2, arbitrary: setBack },
    { weight: 1, arbitrary: clone },
    { weight: 1, arbitrary: freeze },
    { weight: 1, arbitrary: reload },
  ),
  { maxLength: 40 },
)

function expectAgreement({ stream, entries, lastId, maxDeletedId, trimmedId, added }: Twin): void {
  const runs: EntryRun[] = []
  expect(stream.length).toBe(entries.length)
  expect(stream.range(new StreamId(), idOf(largestValue), Number.MAX_SAFE_INTEGER, runs)).toBe(entries.length)
  expect(runsText(runs)).toBe(wireOf(entries))
  expect(numberOf(stream.lastId)).toBe(lastId)
  expect(numberOf(stream.maxDeletedId)).toBe(maxDeletedId)
  expect(numberOf(stream.trimmedId)).toBe(trimmedId)
  expect(stream.entriesAdded).toBe(BigInt(added))
  expect(stream.countAfter(new StreamId())).toBe(entries.filter(({ id }) => id > 0n).length)
  const id = new StreamId()
  expect(stream.firstId(id) ? numberOf(id) : undefined).toBe(entries[0]?.id)
  expect(stream.lastLiveId(id) ? numberOf(id) : undefined).toBe(entries.at(-1)?.id)
  const middle = entries[Math.floor(entries.length / 2)]?.id ?? lastId
  expect(stream.idAfter(idOf(middle), id) ? numberOf(id) : undefined).toBe(entries.find((each) => each.id > middle)?.id)
  for (const segment of stream.segments) expect(segment.live).toBeGreaterThan(0)
}

test('a stream is a sorted array of entries; clones go their own ways and what was frozen stays', () => {
  fc.assert(
    fc.property(actions, (steps) => {
      const twin: Twin = { stream: new Stream(), entries: [], lastId: 0n, maxDeletedId: 0n, trimmedId: 0n, added: 0 }
      const world: World = { twin, others: [], frozen: [] }
      for (const step of steps) step(world)
      expectAgreement(world.twin)
      for (const other of world.others) expectAgreement(other)
      for (const { stream, wire, lastId } of world.frozen) {
        expect(frozenText(stream)).toBe(wire)
        expect(numberOf(stream.lastId)).toBe(lastId)
      }
    }),
    { numRuns: 300 },
  )
})

test('a stream that is trimmed as it grows uses the memory of what it holds', () => {
  const twin: Twin = { stream: new Stream(), entries: [], lastId: 0n, maxDeletedId: 0n, trimmedId: 0n, added: 0 }
  for (let i = 0; i < 50_000; i++) {
    append(twin, twin.lastId + 1n, ['field', 'x'.repeat(50)])
    twin.stream.trim(100, undefined, 0, 0)
  }
  trimTwin(twin, twin.entries.length - 100)
  expectAgreement(twin)
  const bytes = twin.stream.segments.reduce((sum, segment) => sum + segment.bytes.length, 0)
  expect(bytes).toBeLessThan(2 * segmentBytesMax)
})

test('an entry larger than a segment does not make those after it large', () => {
  const twin: Twin = { stream: new Stream(), entries: [], lastId: 0n, maxDeletedId: 0n, trimmedId: 0n, added: 0 }
  append(twin, 1n, ['f', 'x'.repeat(20 * segmentBytesMax)])
  for (let id = 2n; id < 8n; id++) append(twin, id, ['f', 'y'.repeat(0.7 * segmentBytesMax)])
  expect(twin.stream.memoryBytes).toBeLessThan(28 * segmentBytesMax)
  expectAgreement(twin)
})

test('an entry larger than a segment stands alone and is given back whole', () => {
  const twin: Twin = { stream: new Stream(), entries: [], lastId: 0n, maxDeletedId: 0n, trimmedId: 0n, added: 0 }
  append(twin, 1n, ['f', 'small'])
  append(twin, 2n, ['f', 'x'.repeat(3 * segmentBytesMax)])
  append(twin, 3n, ['f', 'small'])
  expectAgreement(twin)
})
