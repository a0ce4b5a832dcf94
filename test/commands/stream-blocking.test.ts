import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

const gone = '-UNBLOCKED the stream key no longer exists'
const groupGone = '-NOGROUP the consumer group this client was blocked on no longer exists'

interface Crowd {
  readonly broker: TestBroker
  readonly worker: TestClient
  readonly waiters: readonly TestClient[]
}

/** A stream `s` with the groups `g` and `h`, both at its end. */
function crowd(waiterCount = 3): Crowd {
  const broker = new TestBroker()
  const worker = broker.client()
  worker.call('XGROUP CREATE s g $ MKSTREAM')
  worker.call('XGROUP CREATE s h $')
  return { broker, worker, waiters: Array.from({ length: waiterCount }, () => broker.client()) }
}

const waitIn = (waiter: TestClient, group: string, consumer: string, more = ''): void => {
  expect(waiter.call(`XREADGROUP GROUP ${group} ${consumer} COUNT 1 BLOCK 0 ${more} STREAMS s >`)).toBeUndefined()
}

test('entries go to the waiting members of a group in the order in which they came, one read each', () => {
  const { worker, waiters } = crowd()
  for (const [index, waiter] of waiters.entries()) waitIn(waiter, 'g', `c${index}`)
  worker.call('XADD s 1-1 f a')
  worker.call('XADD s 1-2 f b')
  expect(waiters.map((waiter) => waiter.received())).toEqual([
    ['[["s", [["1-1", ["f", "a"]]]]]'],
    ['[["s", [["1-2", ["f", "b"]]]]]'],
    [],
  ])
  expect(worker.call('XPENDING s g')).toBe('[:2, "1-1", "1-2", [["c0", "1"], ["c1", "1"]]]')
})

test('what a transaction adds is served when it ends, to one member after the other', () => {
  const { worker, waiters } = crowd()
  for (const [index, waiter] of waiters.entries()) waitIn(waiter, 'g', `c${index}`)
  for (const command of ['MULTI', 'XADD s 1-1 f a', 'XADD s 1-2 f b', 'XADD s 1-3 f c']) worker.call(command)
  expect(waiters.flatMap((waiter) => waiter.received())).toEqual([])
  worker.call('EXEC')
  expect(waiters.map((waiter) => waiter.received().length)).toEqual([1, 1, 1])
  expect(worker.call('XPENDING s g')).toContain('[:3, "1-1", "1-3"')
})

test('every group and every plain reader hears of the same entry', () => {
  const { worker, waiters } = crowd()
  waitIn(waiters[0]!, 'g', 'a')
  waitIn(waiters[1]!, 'h', 'a')
  waiters[2]!.call('HELLO 3')
  expect(waiters[2]!.call('XREAD BLOCK 0 STREAMS s $')).toBeUndefined()
  worker.call('XADD s 1-1 f v')
  expect(waiters.map((waiter) => waiter.received())).toEqual([
    ['[["s", [["1-1", ["f", "v"]]]]]'],
    ['[["s", [["1-1", ["f", "v"]]]]]'],
    ['{"s": [["1-1", ["f", "v"]]]}'],
  ])
})

test('a waiter with NOACK leaves nothing pending', () => {
  const { worker, waiters } = crowd()
  waitIn(waiters[0]!, 'g', 'a', 'NOACK')
  worker.call('XADD s 1-1 f v')
  expect(waiters[0]!.received()).toHaveLength(1)
  expect(worker.call('XPENDING s g')).toBe('[:0, $-1, $-1, *-1]')
})

test('inside MULTI nobody waits', () => {
  const { worker } = crowd()
  for (const command of ['MULTI', 'XREADGROUP GROUP g a BLOCK 0 STREAMS s >', 'XREAD BLOCK 0 STREAMS s $']) {
    worker.call(command)
  }
  expect(worker.call('EXEC')).toBe('[*-1, *-1]')
})

test('history is answered at once, even with BLOCK', () => {
  const { worker } = crowd()
  expect(worker.call('XREADGROUP GROUP g a BLOCK 0 STREAMS s 0')).toBe('[["s", []]]')
})

test.each([
  ['DEL s', [gone, gone]],
  ['UNLINK s', [gone, gone]],
  ['SET s v', [gone, gone]],
  ['RENAME s other', [gone, gone]],
  ['RENAME full s', [groupGone, groupGone]],
  ['COPY full s REPLACE', [groupGone, groupGone]],
  ['MOVE s 1', [gone, gone]],
  ['SWAPDB 0 1', [gone, gone]],
  ['FLUSHDB', [gone, gone]],
  ['FLUSHALL', [gone, gone]],
  ['PEXPIREAT s 1', [gone, gone]],
  ['XGROUP DESTROY s g', [groupGone, undefined]],
])('%s tells the members of the groups that wait', (command, answers) => {
  const { worker, waiters } = crowd(2)
  worker.call('XADD full 5-1 f v')
  waitIn(waiters[0]!, 'g', 'a')
  waitIn(waiters[1]!, 'h', 'a')
  worker.call(command)
  expect(waiters.map((waiter) => waiter.received()[0])).toEqual(answers)
})

test('the members of a group hear when its stream expires', () => {
  const { broker, worker, waiters } = crowd(1)
  worker.call('PEXPIRE s 100')
  waitIn(waiters[0]!, 'g', 'a')
  broker.advance(99)
  expect(waiters[0]!.received()).toEqual([])
  broker.advance(1)
  expect(waiters[0]!.received()).toEqual([gone])
})

test('a plain reader goes on waiting while its stream comes and goes', () => {
  const { worker, waiters } = crowd(1)
  expect(waiters[0]!.call('XREAD BLOCK 0 STREAMS s 0-5')).toBeUndefined()
  for (const command of ['DEL s', 'SET s v', 'DEL s', 'XADD s 0-5 f v']) worker.call(command)
  expect(waiters[0]!.received()).toEqual([])
  worker.call('XADD s 0-6 f v')
  expect(waiters[0]!.received()).toEqual(['[["s", [["0-6", ["f", "v"]]]]]'])
})

test('a stream that comes back within a transaction with its group is waited for as before', () => {
  const { worker, waiters } = crowd(1)
  waitIn(waiters[0]!, 'g', 'a')
  for (const command of ['MULTI', 'DEL s', 'XGROUP CREATE s g $ MKSTREAM', 'EXEC']) worker.call(command)
  expect(waiters[0]!.received()).toEqual([])
  worker.call('XADD s 1-1 f v')
  expect(waiters[0]!.received()).toEqual(['[["s", [["1-1", ["f", "v"]]]]]'])
})

test.each([
  ['TIMEOUT', '*-1'],
  ['ERROR', '-UNBLOCKED client unblocked via CLIENT UNBLOCK'],
])('CLIENT UNBLOCK %s ends the wait', (how, answer) => {
  const { worker, waiters } = crowd(1)
  waitIn(waiters[0]!, 'g', 'a')
  expect(worker.call(`CLIENT UNBLOCK ${waiters[0]!.session.id} ${how}`)).toBe(':1')
  expect(waiters[0]!.received()).toEqual([answer])
  worker.call('XADD s 1-1 f v')
  expect(waiters[0]!.received()).toEqual([])
  expect(worker.call('XPENDING s g')).toContain(':0')
})

test('a wait ends to the millisecond, and a member that has left is given nothing', () => {
  const { broker, worker, waiters } = crowd(2)
  waiters[0]!.call('XREADGROUP GROUP g a BLOCK 50 STREAMS s >')
  waitIn(waiters[1]!, 'g', 'b')
  broker.advance(49)
  expect(waiters[0]!.received()).toEqual([])
  broker.advance(1)
  expect(waiters[0]!.received()).toEqual(['*-1'])
  waiters[1]!.disconnect()
  worker.call('XADD s 1-1 f v')
  expect(worker.call('XPENDING s g')).toContain(':0')
})
