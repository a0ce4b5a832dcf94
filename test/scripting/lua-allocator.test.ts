import { expect, test } from 'vitest'
import { luaCode } from '../../src/cli/lua-code.ts'
import { createAllocator, smallBytesMax } from '../../src/scripting/lua-allocator.ts'
import { startLua } from '../../src/scripting/lua-program.ts'
import { Random } from '../oracle/random.ts'

type Allocate = (data: number, block: number, size: number, newSize: number) => number

function start() {
  const { exports } = startLua(luaCode(), () => {})
  const { memory, malloc, realloc, free } = exports
  const taken = { count: 0, isRefused: false }
  const home = {
    memory,
    malloc: (size: number) => {
      if (taken.isRefused) return 0
      taken.count++
      return malloc(size)
    },
    realloc: (block: number, size: number) => (taken.isRefused ? 0 : realloc(block, size)),
    free,
  }
  const allocate = createAllocator(home) as Allocate
  return { allocate: allocate.bind(undefined, 0), taken, bytes: () => new Uint8Array(memory.buffer) }
}

test('blocks of all sizes keep their bytes, overlap no other, and lie where numbers may lie', () => {
  const { allocate, bytes } = start()
  const random = new Random(20)
  const sizes = [1, 7, 8, 9, 40, smallBytesMax - 1, smallBytesMax, smallBytesMax + 1, 4000]
  const blocks: { at: number; size: number; mark: number }[] = []
  const check = ({ at, size, mark }: (typeof blocks)[number], upTo = size) => {
    expect(at % 8).toBe(0)
    expect(
      bytes()
        .subarray(at, at + upTo)
        .every((byte) => byte === mark),
    ).toBe(true)
  }
  for (let step = 0; step < 20_000; step++) {
    const size = random.chance(0.5) ? random.pick(sizes) : 1 + random.below(700)
    const mark = 1 + (step % 255)
    if (blocks.length === 0 || random.chance(0.4)) {
      const at = allocate(0, 0, size)
      blocks.push({ at, size, mark })
      bytes().fill(mark, at, at + size)
      continue
    }
    const chosen = random.pick(blocks)
    if (random.chance(0.5)) {
      const at = allocate(chosen.at, chosen.size, size)
      check({ ...chosen, at }, Math.min(chosen.size, size))
      Object.assign(chosen, { at, size, mark })
      bytes().fill(mark, at, at + size)
    } else {
      check(chosen)
      expect(allocate(chosen.at, chosen.size, 0)).toBe(0)
      blocks.splice(blocks.indexOf(chosen), 1)
    }
  }
  expect(blocks.length).toBeGreaterThan(100)
  for (const block of blocks) check(block)
})

test('a block that came back is the next of its size, and no memory is asked for', () => {
  const { allocate, taken } = start()
  const block = allocate(0, 0, 33)
  const before = taken.count
  allocate(block, 33, 0)
  expect(allocate(0, 0, 40)).toBe(block)
  for (let i = 0; i < 300; i++) allocate(0, 0, 40)
  expect(taken.count - before).toBe(0)
  for (let i = 0; i < 300; i++) allocate(0, 0, 40)
  expect(taken.count - before).toBe(1)
})

test('without memory a block can become smaller, and nothing else', () => {
  const { allocate, taken, bytes } = start()
  const large = allocate(0, 0, 1000)
  bytes().fill(7, large, large + 1000)
  taken.isRefused = true
  expect(allocate(0, 0, 24)).toBe(0)
  expect(allocate(0, 0, 1000)).toBe(0)
  expect(allocate(large, 1000, 2000)).toBe(0)
  expect(allocate(large, 1000, 24)).toBe(large)
  expect(
    bytes()
      .subarray(large, large + 24)
      .every((byte) => byte === 7),
  ).toBe(true)
  expect(allocate(large, 24, 100)).toBe(0)
  expect(allocate(large, 24, 0)).toBe(0)
  expect(allocate(0, 0, 20)).toBe(large)
})
