import { expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

/** The commands that a record holds, one a line. */
function commandsOf(record: string | undefined): string[] {
  const commands: string[] = []
  let rest = record ?? ''
  while (rest !== '') {
    const header = /^\*(\d+)\r\n/.exec(rest)!
    rest = rest.slice(header[0].length)
    const words: string[] = []
    for (let i = 0; i < Number(header[1]); i++) {
      const size = /^\$(\d+)\r\n/.exec(rest)!
      const start = size[0].length
      words.push(rest.slice(start, start + Number(size[1])))
      rest = rest.slice(start + Number(size[1]) + 2)
    }
    commands.push(words.join(' '))
  }
  return commands
}

/** What the last of these commands logs. */
function factsOf(...commands: readonly string[]): string[] {
  const broker = new TestBroker()
  const client = broker.client()
  for (const command of commands.slice(0, -1)) client.call(command)
  const before = broker.records.length
  const reply = client.call(commands.at(-1)!)
  expect(reply?.startsWith('-')).not.toBe(true)
  expect(broker.records.length - before).toBeLessThanOrEqual(1)
  return commandsOf(broker.records[before])
}

const filled = ['XADD s 1-1 f a', 'XADD s 1-2 f b', 'XADD s 1-3 f c', 'XGROUP CREATE s g 0']
const delivered = [...filled, 'XREADGROUP GROUP g a STREAMS s >']
const nowMs = new TestBroker().nowMs

test.each<[string, string[], string[]]>([
  ['the id that a star stood for', ['XADD s * f v'], [`XADD s ${nowMs}-0 f v`]],
  ['the sequence that a star stood for', ['XADD s 5-1 f v', 'XADD s 5-* f v'], ['XADD s 5-2 f v']],
  [
    'what a trim left, not how it was asked for',
    [...filled, 'XADD s MINID ~ 1-2 1-4 f v', 'XADD s MAXLEN = 2 NOMKSTREAM 1-5 f v'],
    ['XADD s 1-5 f v', 'XTRIM s MAXLEN = 2'],
  ],
  ['XTRIM as the length that is left', [...filled, 'XTRIM s MINID 1-3'], ['XTRIM s MAXLEN = 1']],
  ['the id that $ stood for', [...filled, 'XGROUP CREATE s h $'], ['XGROUP CREATE s h 1-3 ENTRIESREAD -1']],
  ['a stream that a group made', ['XGROUP CREATE t h $ MKSTREAM'], ['XGROUP CREATE t h 0-0 MKSTREAM ENTRIESREAD -1']],
  [
    'who was given what, and how far the group is',
    [...filled, 'XREADGROUP GROUP g a COUNT 2 STREAMS s >'],
    [
      'XGROUP CREATECONSUMER s g a',
      `XCLAIM s g a 0 1-1 1-2 TIME ${nowMs} RETRYCOUNT 1 FORCE JUSTID`,
      'XGROUP SETID s g 1-2 ENTRIESREAD 2',
    ],
  ],
  [
    'with NOACK how far the group is, and nothing pending',
    [...filled, 'XREADGROUP GROUP g a NOACK STREAMS s >'],
    ['XGROUP CREATECONSUMER s g a', 'XGROUP SETID s g 1-3 ENTRIESREAD 3'],
  ],
  [
    'another delivery of what is pending',
    [...delivered, 'XREADGROUP GROUP g a COUNT 1 STREAMS s 0'],
    [`XCLAIM s g a 0 1-1 TIME ${nowMs} RETRYCOUNT 2 FORCE JUSTID`],
  ],
  [
    'a claim with its outcome',
    [...delivered, 'XCLAIM s g b 0 1-2 IDLE 5000 RETRYCOUNT 7'],
    ['XGROUP CREATECONSUMER s g b', `XCLAIM s g b 0 1-2 TIME ${nowMs - 5000} RETRYCOUNT 7 FORCE JUSTID`],
  ],
  [
    'what XAUTOCLAIM moved, and what it found deleted',
    [...delivered, 'XDEL s 1-1', 'XAUTOCLAIM s g b 0 - COUNT 2'],
    ['XACK s g 1-1', 'XGROUP CREATECONSUMER s g b', `XCLAIM s g b 0 1-2 TIME ${nowMs} RETRYCOUNT 2 FORCE JUSTID`],
  ],
  ['an acknowledgement as it came', [...delivered, 'XACK s g 1-1 9-9'], ['XACK s g 1-1 9-9']],
  ['nothing for a read that found nothing', [...delivered, 'XREADGROUP GROUP g a STREAMS s >'], []],
  ['nothing for what changes nothing', [...delivered, 'XDEL s 9-9'], []],
  ['nothing for what was acknowledged already', [...delivered, 'XACK s g 9-9'], []],
  ['nothing for a trim that takes nothing', [...filled, 'XTRIM s MAXLEN 100'], []],
])('the log says %s', (_what, commands, facts) => {
  expect(factsOf(...commands)).toEqual(facts)
})

test('a waiter that is served is part of the record of what served it', () => {
  const broker = new TestBroker()
  const [waiter, worker] = [broker.client(), broker.client()]
  worker.call('XGROUP CREATE s g $ MKSTREAM')
  waiter.call('XREADGROUP GROUP g a BLOCK 0 STREAMS s >')
  const before = broker.records.length
  worker.call('XADD s 1-1 f v')
  expect(broker.records.slice(before).map(commandsOf)).toEqual([
    [
      'XADD s 1-1 f v',
      'XGROUP CREATECONSUMER s g a',
      `XCLAIM s g a 0 1-1 TIME ${nowMs} RETRYCOUNT 1 FORCE JUSTID`,
      'XGROUP SETID s g 1-1 ENTRIESREAD 1',
    ],
  ])
})

test.each([
  'XADD s 1-3 f v',
  'XADD s 0-0 f v',
  'XADD s 2-1 f',
  'XADD s MAXLEN 1 LIMIT 5 2-1 f v',
  'XSETID s 1-1',
  'XGROUP CREATE s g 0',
  'XGROUP CREATE none g 0',
  'XREADGROUP GROUP none a STREAMS s >',
  'XCLAIM s g b 0 1-1 NONSENSE',
  'XDEL s 1-1 x',
  'XACK s g 1-1 x',
])('%s is refused and leaves no trace', (command) => {
  const broker = new TestBroker()
  const client = broker.client()
  for (const each of delivered) client.call(each)
  const picture = (): unknown => [client.call('XINFO STREAM s FULL COUNT 0'), client.call('KEYS *')]
  const before = picture()
  const recordCount = broker.records.length
  expect(client.call(command)).toMatch(/^-/)
  expect(picture()).toEqual(before)
  expect(broker.records.length).toBe(recordCount)
})
