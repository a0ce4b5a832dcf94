import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdMap } from '../../src/broker/id-map.ts'
import { borderIds, idOf, numberOf } from '../support/stream-ids.ts'

interface World {
  readonly map: IdMap
  readonly naive: Map<bigint, number>
  readonly frozen: { map: IdMap; naive: [bigint, number][] }[]
}

type Action = (world: World) => void

const sorted = (naive: Map<bigint, number>): [bigint, number][] => [...naive].sort(([a], [b]) => (a < b ? -1 : 1))

function contentOf(map: IdMap, from = 0n): [bigint, number][] {
  const entries: [bigint, number][] = []
  map.visit(idOf(from), (id, value) => {
    entries.push([numberOf(id), value])
    return true
  })
  return entries
}

/** Neighbours in a narrow range, so that runs fill several blocks and actions meet. */
const near = fc.nat({ max: 1500 }).map((n) => (5n << 64n) + BigInt(n))
const id = fc.oneof({ weight: 3, arbitrary: near }, { weight: 1, arbitrary: borderIds })
const value = fc.nat({ max: 1000 })

const set = fc.tuple(id, value).map(
  ([at, to]): Action =>
    ({ map, naive }) => {
      map.set(idOf(at), to)
      naive.set(at, to)
    },
)
const setRun = fc.tuple(near, fc.nat({ max: 700 }), fc.constantFrom(1n, 2n, -1n)).map(([at, count, step]): Action => {
  return ({ map, naive }) => {
    for (let i = 0; i < count; i++) {
      const each = at + BigInt(i) * step
      map.set(idOf(each), i)
      naive.set(each, i)
    }
  }
})
const remove = id.map(
  (at): Action =>
    ({ map, naive }) => {
      expect(map.delete(idOf(at))).toBe(naive.get(at) ?? -1)
      naive.delete(at)
    },
)
const removeRun = fc.tuple(near, fc.nat({ max: 700 })).map(
  ([at, count]): Action =>
    ({ map, naive }) => {
      for (let i = 0; i < count; i++) {
        const each = at + BigInt(i)
        expect(map.delete(idOf(each))).toBe(naive.get(each) ?? -1)
        naive.delete(each)
      }
    },
)
const look = id.map(
  (at): Action =>
    ({ map, naive }) => {
      expect(map.get(idOf(at))).toBe(naive.get(at) ?? -1)
      expect(contentOf(map, at)).toEqual(sorted(naive).filter(([each]) => each >= at))
    },
)
const freeze = fc.constant<Action>(({ map, naive, frozen }) => {
  frozen.push({ map: map.freeze(), naive: sorted(naive) })
})

test('a map of ids is a sorted map, and what was frozen stays as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(set, setRun, remove, removeRun, look, freeze), { maxLength: 40 }), (actions) => {
      const world: World = { map: new IdMap(), naive: new Map(), frozen: [] }
      for (const action of actions) action(world)
      const { map, naive, frozen } = world
      const expected = sorted(naive)
      expect(contentOf(map)).toEqual(expected)
      expect(map.size).toBe(expected.length)
      expect(map.first() && numberOf(map.first()!)).toBe(expected[0]?.[0])
      expect(map.last() && numberOf(map.last()!)).toBe(expected.at(-1)?.[0])
      for (const each of frozen) {
        expect(contentOf(each.map)).toEqual(each.naive)
        expect(each.map.size).toBe(each.naive.length)
      }
    }),
    { numRuns: 150 },
  )
})

test('a visit ends when the visitor says so', () => {
  const map = new IdMap()
  for (let i = 0; i < 600; i++) map.set(idOf(BigInt(i)), i)
  const seen: number[] = []
  map.visit(idOf(250n), (_id, each) => seen.push(each) < 10)
  expect(seen).toEqual([250, 251, 252, 253, 254, 255, 256, 257, 258, 259])
})
