/** Threads that write together write each socket its bytes once and in order. */
import { afterEach, expect, it } from 'vitest'
import { descriptorOf } from '../../src/frontends/direct-io.ts'
import { WriteCrew } from '../../src/frontends/write-crew.ts'
import { claimAt, newJobMemory, runJob } from '../../src/frontends/write-job.ts'
import { type SocketPair, SocketPairs } from '../support/socket-pair.ts'

const pairs = new SocketPairs()
const crew = new WriteCrew((message) => {
  throw new Error(message)
})

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

it('goes on without helpers that do not start, and says so once', async () => {
  const { socket, peer } = await pairs.make()
  let received = ''
  peer.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
  const warnings: string[] = []
  const alone = new WriteCrew((message) => warnings.push(message), '/there/is/no/such-thread.js')
  alone.descriptors[0] = descriptorOf(socket)
  alone.write(1, Buffer.from('one '), 3)
  await expect.poll(() => warnings, { timeout: 20_000 }).toHaveLength(1)
  for (let i = 0; i < 5; i++) {
    alone.write(1, Buffer.from('more '), 3)
    await new Promise(setImmediate)
  }
  alone.close()
  expect(warnings).toEqual([expect.stringMatching(/helps to write .* failed \(.*no\/such-thread.*\): the others/)])
  await expect.poll(() => received).toBe(`one ${'more '.repeat(5)}`)
})

it('ends with an error, not never, when a thread claims sockets and does not write to them', () => {
  const memory = newJobMemory()
  memory.descriptors.fill(-1)
  // Somebody takes the second chunk as soon as the first socket of the first is looked at.
  const descriptors = new Proxy(memory.descriptors, {
    get(target, place) {
      if (place === '0') Atomics.add(memory.control, claimAt, 1)
      return target[Number(place)]
    },
  })
  expect(() => runJob({ ...memory, descriptors }, 64, Buffer.from('text'), 1)).toThrow('claimed sockets writes')
  expect(runJob(memory, 64, Buffer.from('text'), 1), 'nothing is left of it for the next').toBe(64)
})
