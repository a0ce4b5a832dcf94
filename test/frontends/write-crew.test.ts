/** Threads that write together write each socket its bytes once and in order. */
import { afterEach, expect, it } from 'vitest'
import { descriptorOf } from '../../src/frontends/direct-io.ts'
import { WriteCrew } from '../../src/frontends/write-crew.ts'
import { type SocketPair, SocketPairs } from '../support/socket-pair.ts'

const pairs = new SocketPairs()
const crew = new WriteCrew()

afterEach(() => {
  crew.close()
  pairs.close()
})

it('writes each socket its bytes once and in order, whoever claims it', { timeout: 60_000 }, async () => {
  const many: SocketPair[] = []
  for (let i = 0; i < 300; i++) many.push(await pairs.make())
  const received = many.map(() => '')
  for (const [i, { peer }] of many.entries())
    peer.on('data', (chunk: Buffer) => (received[i] += chunk.toString('latin1')))
  const expected = many.map(() => '')
  let places = 0
  for (let job = 0; job < 2000; job++) {
    // Any number of sockets, beginning anywhere; one of them is nowhere.
    const count = 1 + ((job * 37) % many.length)
    const nowhere = job % count
    const text = `${job}${'.'.repeat(job % 50)}\n`
    for (let i = 0; i < count; i++) {
      const at = (job + i) % many.length
      crew.descriptors[i] = i === nowhere ? -1 : descriptorOf(many[at]!.socket)
      if (i !== nowhere) expected[at] += text
    }
    crew.write(count, Buffer.from(text), 3)
    places += count
    for (let i = 0; i < count; i++) expect(crew.sent[i]).toBe(i === nowhere ? 0 : text.length)
    // The peers read, and the threads get to start.
    if (job % 20 === 0) await new Promise(setImmediate)
  }
  expect(places).toBeGreaterThan(100_000)
  await expect
    .poll(() => received.every((text, i) => text.length === expected[i]!.length), { timeout: 20_000 })
    .toBe(true)
  expect(received).toEqual(expected)
  expect(crew.helped, 'the threads did nothing: the test tries nothing').toBeGreaterThan(0)
})
