import { expect, test } from 'vitest'
import { WireRun } from '../../src/lib/wire-run.ts'

const textOf = (run: WireRun): string => Buffer.from(run.take()).toString('latin1')

test('a run holds bulk strings in the order in which they were appended', () => {
  const run = new WireRun()
  run.bulk(Buffer.from('-hello-'), 1, 6)
  run.integer(1024)
  run.wire(Buffer.from('$1\r\nx\r\n'), 0, 7)
  expect(run.size).toBe(28)
  expect(textOf(run)).toBe('$5\r\nhello\r\n$4\r\n1024\r\n$1\r\nx\r\n')
  expect(run.size).toBe(0)
  expect(textOf(run)).toBe('')
})

test('a run grows with what it is given, and what was taken stays as it is', () => {
  const run = new WireRun()
  const large = Buffer.alloc(100_000, 'y')
  run.bulk(large, 0, large.length)
  const taken = run.take()
  run.bulk(Buffer.from('zzz'), 0, 3)
  expect(taken.length).toBe(100_000 + 11)
  expect(Buffer.from(taken.subarray(0, 10)).toString()).toBe('$100000\r\ny')
})

test('a run begins with about the room that the one before had in the end, but for what a huge one had', () => {
  const run = new WireRun()
  const roomBehind = (bytes: number): number => {
    run.bulk(Buffer.alloc(bytes), 0, bytes)
    run.take()
    run.integer(1)
    return run.take().buffer.byteLength
  }
  expect(roomBehind(64_000)).toBeGreaterThan(64_000)
  expect(roomBehind(64_000)).toBeLessThan(80_000)
  expect(roomBehind(10_000_000)).toBeLessThanOrEqual(128 * 1024)
})
