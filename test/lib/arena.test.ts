import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Arena } from '../../src/lib/arena.ts'

const classedBytesMax = 128 * 1024
const sizes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 2, arbitrary: fc.integer({ min: 300, max: classedBytesMax }) },
  { weight: 1, arbitrary: fc.integer({ min: classedBytesMax, max: 3 * classedBytesMax }) },
)

interface Live {
  readonly address: number
  readonly size: number
  readonly mark: number
}

function fill(arena: Arena, { address, size, mark }: Live): void {
  const start = arena.offset(address)
  arena.chunk(address).fill(mark, start, start + size)
}

function isIntact(arena: Arena, { address, size, mark }: Live): boolean {
  const start = arena.offset(address)
  const bytes = arena.chunk(address).subarray(start, start + size)
  return bytes.length === size && bytes.every((byte) => byte === mark)
}

/** A new record with something in it. */
function filled(arena: Arena, size: number): Live {
  const made = { address: arena.allocate(size), size, mark: 7 }
  fill(arena, made)
  return made
}

describe('Arena', () => {
  test('no live record is ever touched by another', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), sizes, fc.nat()), { maxLength: 120 })
    fc.assert(
      fc.property(steps, (all) => {
        const arena = new Arena()
        const live: Live[] = []
        for (const [i, [isFree, size, pick]] of all.entries()) {
          if (isFree && live.length > 0) {
            const [freed] = live.splice(pick % live.length, 1)
            expect(isIntact(arena, freed!)).toBe(true)
            arena.free(freed!.address, freed!.size)
          } else {
            const made = { address: arena.allocate(size), size, mark: (i % 255) + 1 }
            live.push(made)
            fill(arena, made)
          }
        }
        expect(live.filter((each) => !isIntact(arena, each))).toEqual([])
        for (const { address, size } of live) arena.free(address, size)
        expect(arena.usedBytes).toBe(0)
      }),
    )
  })

  test('a small owner gets small chunks, which grow with it', () => {
    const arena = new Arena(4000)
    arena.allocate(100)
    expect(arena.reservedBytes).toBe(4096)
    for (let i = 0; i < 100; i++) arena.allocate(100)
    expect(arena.reservedBytes).toBe(4096 + 8192)
    const large = new Arena(1)
    expect(isIntact(large, filled(large, 100_000))).toBe(true)
    expect(large.reservedBytes).toBe(128 * 1024)
    const huge = large.allocate(classedBytesMax + 1)
    expect(large.reservedBytes).toBe(128 * 1024 + classedBytesMax + 1)
    large.free(huge, classedBytesMax + 1)
    expect(large.reservedBytes).toBe(128 * 1024)
  })

  test('a freed record is the next of its class', () => {
    for (const size of [0, 1, 8, 9, 100, 129, 1000, 4097, classedBytesMax]) {
      const arena = new Arena()
      const first = arena.allocate(size)
      arena.allocate(size)
      arena.free(first, size)
      expect(arena.allocate(size)).toBe(first)
    }
  })

  test('a record above the largest class has a chunk of its own, whose memory goes when it is freed', () => {
    const arena = new Arena()
    const address = arena.allocate(classedBytesMax + 1)
    const used = arena.usedBytes
    expect(arena.chunk(address).length).toBeGreaterThan(classedBytesMax)
    arena.free(address, classedBytesMax + 1)
    expect(arena.chunk(address).length).toBe(0)
    expect(used - arena.usedBytes).toBe(used)
    expect(arena.allocate(2 * classedBytesMax)).toBe(address)
  })

  test('no class wastes more than an eighth beyond 128 bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 129, max: classedBytesMax }), (size) => {
        const arena = new Arena()
        arena.allocate(size)
        expect(arena.usedBytes).toBeGreaterThanOrEqual(size)
        expect(arena.usedBytes).toBeLessThanOrEqual(Math.ceil((size * 9) / 8) + 8)
      }),
    )
  })

  test('a record fits where it is when the sizes are of one class, and may be freed by either', () => {
    fc.assert(
      fc.property(sizes, sizes, (oldSize, newSize) => {
        const arena = new Arena()
        const address = arena.allocate(oldSize)
        if (!arena.fits(address, oldSize, newSize)) return
        expect(arena.chunk(address).length - arena.offset(address)).toBeGreaterThanOrEqual(newSize)
        arena.free(address, newSize)
        expect(arena.usedBytes).toBe(0)
      }),
    )
  })

  test('a large record grows into its spare room, and gives it up when it needs less than half', () => {
    const arena = new Arena()
    const size = 4 * classedBytesMax
    const address = arena.allocate(size, size)
    expect(arena.fits(address, size, 2 * size)).toBe(true)
    expect(arena.fits(address, size, 2 * size + 1)).toBe(false)
    expect(arena.fits(address, 2 * size, size)).toBe(true)
    expect(arena.fits(address, 2 * size, size - 1)).toBe(false)
    expect(arena.fits(address, 2 * size, 100)).toBe(false)
  })
})
