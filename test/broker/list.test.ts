import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReplyWriter } from '../../protocol/resp/reply-writer.ts'
import { List, type ListSnapshot } from '../../src/broker/list.ts'
import { ListElement } from '../../src/broker/list-chunk.ts'

/** A list under test beside the plain array it should equal. */
interface Twin {
  readonly list: List
  readonly naive: string[]
}

interface World {
  readonly twins: Twin[]
  readonly snapshots: { snapshot: ListSnapshot; naive: readonly string[] }[]
}

const wire = (value: string): Buffer => Buffer.from(`$${value.length}\r\n${value}\r\n`, 'latin1')

function contentOf(list: List): string {
  const writer = new ReplyWriter()
  list.answerRange(writer, 0, list.length)
  return writer.bytes.toString('latin1', 0, writer.at)
}

function snapshotText(snapshot: ListSnapshot): string {
  return snapshot.chunks
    .map(({ bytes, start, end }) => Buffer.from(bytes.subarray(start, end)).toString('latin1'))
    .join('')
}

const wireText = (values: readonly string[]): string => values.map((value) => wire(value).toString('latin1')).join('')

const element = new ListElement()
const elementText = (): string => Buffer.from(element.bytes.subarray(element.start, element.end)).toString('latin1')

type Action = (world: World) => void

const isFront = fc.boolean()
/** Few values, so that searches hit; sizes around those at which chunks grow, split and stand alone. */
const value = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('', 'a', 'b', 'c'.repeat(16), 'd'.repeat(40)) },
  { weight: 3, arbitrary: fc.constantFrom('e'.repeat(700), 'f'.repeat(3000), 'g'.repeat(8180), 'h'.repeat(8192)) },
  { weight: 1, arbitrary: fc.constant('i'.repeat(20000)) },
)
const pick = fc.nat({ max: 1000 })
const place = (naive: readonly string[], at: number): number => Math.floor((at / 1001) * naive.length)

const onTwin = (run: (twin: Twin) => void): Action => {
  return ({ twins }) => run(twins[0]!)
}

const push = fc.tuple(isFront, fc.array(value, { minLength: 1, maxLength: 60 })).map(([front, values]) =>
  onTwin(({ list, naive }) => {
    for (const each of values) {
      list.push(front, wire(each), 0, wire(each).length)
      if (front) naive.unshift(each)
      else naive.push(each)
    }
  }),
)

const pop = fc.tuple(isFront, fc.nat({ max: 40 })).map(([front, count]) =>
  onTwin(({ list, naive }) => {
    for (let i = 0; i < count && naive.length > 0; i++) {
      list.peek(front, element)
      expect(elementText()).toBe(wireText([(front ? naive.shift() : naive.pop())!]))
      list.pop(front)
    }
  }),
)

const rotate = fc.tuple(isFront, fc.nat({ max: 30 })).map(([front, count]) =>
  onTwin(({ list, naive }) => {
    for (let i = 0; i < count && naive.length > 0; i++) {
      list.peek(front, element)
      list.pop(front)
      list.push(!front, element.bytes, element.start, element.end)
      if (front) naive.push(naive.shift()!)
      else naive.unshift(naive.pop()!)
    }
  }),
)

const drop = fc.tuple(isFront, fc.nat({ max: 300 })).map(([front, count]) =>
  onTwin(({ list, naive }) => {
    list.drop(front, count)
    naive.splice(front ? 0 : Math.max(0, naive.length - count), count)
  }),
)

const set = fc.tuple(pick, value).map(([at, next]) =>
  onTwin(({ list, naive }) => {
    if (naive.length === 0) return
    const index = place(naive, at)
    list.at(index, element)
    expect(elementText()).toBe(wireText([naive[index]!]))
    list.set(index, wire(next), 0, wire(next).length)
    naive[index] = next
  }),
)

const insert = fc.tuple(pick, value).map(([at, next]) =>
  onTwin(({ list, naive }) => {
    const index = at === 1000 ? naive.length : place(naive, at)
    list.insert(index, wire(next), 0, wire(next).length)
    naive.splice(index, 0, next)
  }),
)

const countMax = fc.oneof(fc.nat({ max: 20 }), fc.constant(Number.POSITIVE_INFINITY))
const remove = fc.tuple(isFront, countMax, value).map(([front, limit, wanted]) =>
  onTwin(({ list, naive }) => {
    const removed = list.remove(front, limit, wire(wanted), 0, wire(wanted).length)
    let expected = 0
    for (let i = front ? 0 : naive.length - 1; i >= 0 && i < naive.length && expected < limit; ) {
      if (naive[i] === wanted) {
        naive.splice(i, 1)
        expected++
        if (!front) i--
      } else i += front ? 1 : -1
    }
    expect(removed).toBe(expected)
  }),
)

const find = fc
  .record({
    wanted: value,
    step: fc.constantFrom<1 | -1>(1, -1),
    skip: fc.nat({ max: 3 }),
    countMax: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
    lookMax: fc.constantFrom(1, 5, 400, Number.POSITIVE_INFINITY),
  })
  .map(({ wanted, step, skip, countMax, lookMax }) =>
    onTwin(({ list, naive }) => {
      const indexes = naive.map((_, index) => index)
      if (step === -1) indexes.reverse()
      const expected = indexes.slice(0, lookMax).filter((index) => naive[index] === wanted)
      const bytes = wire(wanted)
      const found = list.find({ bytes, start: 0, end: bytes.length, step, skip, countMax, lookMax })
      expect(found).toEqual(expected.slice(skip, skip + countMax))
    }),
  )

const answer = fc.tuple(pick, pick).map(([at, size]) =>
  onTwin(({ list, naive }) => {
    const from = place(naive, at)
    const count = Math.floor((size / 1000) * (naive.length - from))
    const writer = new ReplyWriter()
    list.answerRange(writer, from, count)
    expect(writer.bytes.toString('latin1', 0, writer.at)).toBe(wireText(naive.slice(from, from + count)))
    writer.at = 0
    list.answerBackwards(writer, count)
    expect(writer.bytes.toString('latin1', 0, writer.at)).toBe(wireText(naive.toReversed().slice(0, count)))
  }),
)

/** From here on actions change the copy, or go on with the original while the copy must stay. */
const clone = fc.boolean().map(
  (goOnWithCopy): Action =>
    ({ twins }) => {
      const { list, naive } = twins[0]!
      const twin = { list: list.clone(), naive: [...naive] }
      if (goOnWithCopy) twins.unshift(twin)
      else twins.push(twin)
    },
)

const freeze = fc.constant<Action>(({ twins, snapshots }) => {
  snapshots.push({ snapshot: twins[0]!.list.freeze(), naive: [...twins[0]!.naive] })
})

const reload = fc.constant<Action>(({ twins }) => {
  const { list, naive } = twins[0]!
  const loaded = new List()
  for (const { bytes, start, end } of list.freeze().chunks) loaded.appendWire(bytes, start, end)
  twins[0] = { list: loaded, naive }
})

const actions = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: push },
    { weight: 4, arbitrary: pop },
    { weight: 3, arbitrary: rotate },
    { weight: 2, arbitrary: drop },
    { weight: 4, arbitrary: set },
    { weight: 4, arbitrary: insert },
    { weight: 4, arbitrary: remove },
    { weight: 4, arbitrary: find },
    { weight: 4, arbitrary: answer },
    { weight: 2, arbitrary: clone },
    { weight: 2, arbitrary: freeze },
    { weight: 1, arbitrary: reload },
  ),
  { maxLength: 60, size: 'max' },
)

test('a list, its copies and its snapshots equal plain arrays whatever is done to it', () => {
  fc.assert(
    fc.property(actions, (run) => {
      const world: World = { twins: [{ list: new List(), naive: [] }], snapshots: [] }
      for (const action of run) {
        action(world)
        const { list, naive } = world.twins[0]!
        expect(list.length).toBe(naive.length)
        expect(contentOf(list) === wireText(naive)).toBe(true)
      }
      for (const { list, naive } of world.twins) expect(contentOf(list) === wireText(naive)).toBe(true)
      for (const { snapshot, naive } of world.snapshots) {
        expect(snapshotText(snapshot) === wireText(naive)).toBe(true)
        expect(snapshot.length).toBe(naive.length)
        expect(snapshot.chunks.reduce((sum, { count }) => sum + count, 0)).toBe(naive.length)
      }
    }),
    { numRuns: 500 },
  )
}, 60_000)

test('a list of one small element takes a few hundred bytes, a long one at most eight bytes an element more than its wire form', () => {
  const list = new List()
  const bytes = wire('sixteen bytes !!')
  list.push(true, bytes, 0, bytes.length)
  expect(list.memoryBytes).toBeLessThan(600)
  for (let i = 1; i < 100_000; i++) list.push(i % 2 === 0, bytes, 0, bytes.length)
  expect(list.memoryBytes).toBeLessThan(100_000 * (bytes.length + 8))
})

test('a chunk that was emptied lends its buffer to the next one, of any list', () => {
  const filled = (): List => {
    const list = new List()
    for (let i = 0; i < 20; i++) list.push(false, wire('e'.repeat(3000)), 0, wire('e'.repeat(3000)).length)
    return list
  }
  const buffersOf = (list: List): Uint8Array[] => list.ranges().map(({ bytes }) => bytes)
  const first = filled()
  const buffers = buffersOf(first)
  first.drop(true, first.length)
  expect(buffersOf(filled()).filter((bytes) => buffers.includes(bytes)).length).toBeGreaterThan(5)
  // What a snapshot shows is not written to.
  const shown = filled()
  shown.freeze()
  const kept = buffersOf(shown)
  shown.drop(true, shown.length)
  expect(buffersOf(filled()).filter((bytes) => kept.includes(bytes))).toEqual([])
})

test('a queue that stays short gives back the memory of its longest day', () => {
  const list = new List()
  const bytes = wire('sixteen bytes !!')
  for (let i = 0; i < 100_000; i++) list.push(true, bytes, 0, bytes.length)
  for (let i = 1; i < 100_000; i++) list.pop(false)
  expect(list.memoryBytes).toBeLessThan(2000)
})
