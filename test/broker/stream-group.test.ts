import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Consumer, ConsumerGroup, type FrozenGroup, GroupMemory } from '../../src/broker/consumer-group.ts'
import { StreamId } from '../../src/broker/stream-id.ts'
import { borderIds, idOf, numberOf } from '../support/stream-ids.ts'

interface Delivery {
  /** Undefined when nobody has it. */
  readonly owner: string | undefined
  readonly atMs: number
  readonly count: bigint
}

/** A group under test beside plain maps it should equal. */
interface Twin {
  readonly group: ConsumerGroup
  readonly consumers: Map<string, number>
  readonly pending: Map<bigint, Delivery>
}

interface World {
  twin: Twin
  readonly others: Twin[]
  readonly frozen: { group: FrozenGroup; pictures: string[] }[]
}

type Action = (world: World) => void

const names = ['', 'a', 'b', 'ab', '\xff', '\0']
const name = fc.constantFrom(...names)
const near = fc.nat({ max: 600 }).map((n) => (3n << 64n) + BigInt(n))
const id = fc.oneof({ weight: 4, arbitrary: near }, { weight: 1, arbitrary: borderIds })

function consumerOf({ group, consumers }: Twin, text: string): Consumer {
  const bytes = Buffer.from(`.${text}.`, 'latin1')
  const found = group.consumer(bytes, 1, 1 + text.length)
  expect(found !== undefined).toBe(consumers.has(text))
  if (found !== undefined) return found
  consumers.set(text, 7)
  return group.addConsumer(Buffer.from(text, 'latin1'), 7)
}

/** The twin's map keeps the order of the deliveries. */
function assign(twin: Twin, value: bigint, owner: string | undefined, atMs: number, count: bigint): void {
  const consumer = owner === undefined ? undefined : consumerOf(twin, owner)
  twin.group.give(idOf(value), consumer, atMs, count)
  twin.pending.delete(value)
  twin.pending.set(value, { owner, atMs, count })
}

const give = fc.tuple(id, name, fc.nat(), fc.bigInt(0n, 2n ** 63n - 1n)).map(([value, owner, atMs, count]): Action => {
  return ({ twin }) => assign(twin, value, owner, atMs, count)
})
const giveRun = fc.tuple(near, fc.nat({ max: 400 }), name).map(
  ([from, count, owner]): Action =>
    ({ twin }) => {
      for (let i = 0; i < count; i++) assign(twin, from + BigInt(i), owner, i, 1n)
    },
)
const handBack = fc.tuple(id, fc.bigInt(0n, 9n)).map(
  ([value, count]): Action =>
    ({ twin }) =>
      assign(twin, value, undefined, 0, count),
)
const acknowledge = fc.tuple(id, fc.nat({ max: 300 })).map(
  ([from, count]): Action =>
    ({ twin }) => {
      for (let i = 0; i <= count; i++) {
        const value = from + BigInt(i)
        if (value >= 1n << 128n) return
        expect(twin.group.acknowledge(idOf(value))).toBe(twin.pending.delete(value))
      }
    },
)
const removeConsumer = name.map(
  (text): Action =>
    ({ twin }) => {
      const owned = [...twin.pending].filter(([, { owner }]) => owner === text).map(([value]) => value)
      expect(twin.group.removeConsumer(consumerOf(twin, text))).toBe(owned.length)
      twin.consumers.delete(text)
      for (const value of owned) twin.pending.delete(value)
    },
)
const clone = fc.boolean().map(
  (goesOn): Action =>
    (world) => {
      const { twin } = world
      const copy = {
        group: twin.group.clone(new GroupMemory()),
        consumers: new Map(twin.consumers),
        pending: new Map(twin.pending),
      }
      world.others.push(goesOn ? twin : copy)
      if (goesOn) world.twin = copy
    },
)
const freeze = fc.constant<Action>(({ twin, frozen }) => {
  frozen.push({ group: twin.group.freeze(), pictures: picturesOf(twin) })
})

const inOrder = (pending: ReadonlyMap<bigint, Delivery>): [bigint, Delivery][] =>
  [...pending].sort(([a], [b]) => (a < b ? -1 : 1))

/** What nobody has comes first, then the longest idle; what is equally idle in the order of the deliveries. */
const byTime = (pending: ReadonlyMap<bigint, Delivery>): [bigint, Delivery][] =>
  [...pending].sort(([, a], [, b]) => timeOf(a) - timeOf(b))
const timeOf = ({ owner, atMs }: Delivery): number => (owner === undefined ? -1 : atMs)

/** The consumers, and what is pending by time, as text. */
function picturesOf({ consumers, pending }: Twin): string[] {
  const all = byTime(pending).map(([value, { owner, atMs, count }]) => `${value} ${owner} ${atMs} ${count}`)
  return [...[...consumers.keys()].sort(), ...all]
}

function frozenPictures(group: FrozenGroup): string[] {
  const names = group.consumers.map(({ name: each }) => Buffer.from(each).toString('latin1'))
  const all: string[] = []
  group.visitPending(new StreamId(), (_place, at, consumer, atMs, count) => {
    all.push(`${numberOf(at)} ${consumer < 0 ? undefined : names[consumer]} ${atMs} ${count}`)
    return true
  })
  expect(all.length).toBe(group.pendingCount)
  return [...names, ...all]
}

/** Each consumer's own pending ids, in order. */
function ownOf({ consumers, pending }: Twin): string[] {
  return [...consumers.keys()].sort().map((each) => {
    const own = inOrder(pending).filter(([, { owner }]) => owner === each)
    return `${each}: ${own.map(([value]) => value)}`
  })
}

function expectAgreement(twin: Twin): void {
  const { group, consumers, pending } = twin
  expect(frozenPictures(group.freeze())).toEqual(picturesOf(twin))
  expect(group.consumerCount).toBe(consumers.size)
  const all: [bigint, Delivery][] = []
  group.pending.visit(new StreamId(), (at, record) => {
    const consumer = group.owner(record)
    const owner = consumer === undefined ? undefined : Buffer.from(consumer.name).toString('latin1')
    all.push([numberOf(at), { owner, atMs: group.deliveredAtMs(record), count: group.deliveredCount(record) }])
    return true
  })
  expect(all).toEqual(inOrder(pending))
  const own = group.consumers().map((consumer) => {
    const values: bigint[] = []
    consumer.pending.visit(new StreamId(), (at) => values.push(numberOf(at)) > 0)
    return `${Buffer.from(consumer.name).toString('latin1')}: ${values}`
  })
  expect(own).toEqual(ownOf(twin))
  const [first] = byTime(pending)
  const firstIdleAtMs = first === undefined ? Number.POSITIVE_INFINITY : first[1].atMs + 5
  expect(group.firstIdleAtMs(5)).toBe(first !== undefined && first[1].owner === undefined ? 0 : firstIdleAtMs)
}

test('every pending id has one owner, in the group as in its consumers, through claims, clones and pictures', () => {
  const action = fc.oneof(give, giveRun, handBack, acknowledge, removeConsumer, clone, freeze)
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (steps) => {
      const group = new ConsumerGroup(Buffer.from('g'), new StreamId(), 0n, new GroupMemory())
      const world: World = { twin: { group, consumers: new Map(), pending: new Map() }, others: [], frozen: [] }
      for (const step of steps) step(world)
      expectAgreement(world.twin)
      for (const other of world.others) expectAgreement(other)
      for (const { group: picture, pictures } of world.frozen) expect(frozenPictures(picture)).toEqual(pictures)
    }),
    { numRuns: 200 },
  )
})
