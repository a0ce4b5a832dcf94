import { describe, expect, test } from 'vitest'
import { BufferPool } from '../../src/broker/buffer-pool.ts'

describe('a pool of buffers', () => {
  test('makes buffers of its size', () => {
    const pool = new BufferPool(64, 2)
    const [a, b] = [pool.take(), pool.take()]
    expect([a.length, b.length]).toEqual([64, 64])
    expect(a).not.toBe(b)
  })

  test('gives one that came back to somebody else, but not before another has come back', () => {
    const pool = new BufferPool(64, 2)
    const [a, b] = [pool.take(), pool.take()]
    pool.giveBack(a)
    expect(pool.take()).not.toBe(a)
    pool.giveBack(b)
    expect(pool.take()).toBe(a)
    expect([a, b]).not.toContain(pool.take())
  })

  test('keeps no more than it may, and the last one', () => {
    const pool = new BufferPool(64, 2)
    const buffers = Array.from({ length: 5 }, () => pool.take())
    for (const buffer of buffers) pool.giveBack(buffer)
    const again = Array.from({ length: 5 }, () => pool.take())
    expect(again.filter((buffer) => buffers.includes(buffer))).toHaveLength(2)
  })
})
