/**
 * The load that redis-benchmark cannot make, as a process of its own: `node load.js '{"item":…}'` prints one line of
 * JSON. It costs both servers' measurements the same processor time, so it does as little as it can: requests are
 * encoded beforehand, answers have a length that is known, and bytes are counted rather than parsed.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Measured, summary } from './load-summary.ts'
import { encodeRequest, Pipe } from './pipe.ts'
import { entriesPerRead, firstStreamId, groupCount, subscriberCount } from './work-items.ts'

/** What one run is asked to do. `requests` counts reads with their acknowledgement, or deliveries. */
export interface LoadOrder {
  readonly item: 'xreadgroup' | 'fanout'
  readonly port: number
  readonly size: number
  readonly pipeline: number
  readonly requests: number
}

const consumersPerGroup = 10
const idLength = `${firstStreamId}-0`.length

async function consumeByGroup(order: LoadOrder): Promise<Measured> {
  const admin = await Pipe.connect(order.port)
  for (let group = 0; group < groupCount; group++) {
    await admin.ask(encodeRequest(['XGROUP', 'DESTROY', 'orders', `group${group}`]))
    const created = await admin.ask(encodeRequest(['XGROUP', 'CREATE', 'orders', `group${group}`, '0']))
    if (created !== '+OK\r\n') throw new Error(`XGROUP CREATE answered ${created}`)
  }
  admin.close()
  const quotas = Array.from({ length: groupCount }, () =>
    Math.max(1, Math.floor(order.requests / groupCount / order.pipeline)),
  )
  const batchMs: number[] = []
  const consumers = await Promise.all(
    Array.from({ length: groupCount * consumersPerGroup }, (_, index) => startConsumer(order, index, quotas, batchMs)),
  )
  const startedAtMs = performance.now()
  await Promise.all(consumers.map((run) => run()))
  const seconds = (performance.now() - startedAtMs) / 1000
  return summary((batchMs.length * order.pipeline) / seconds, batchMs)
}

/** Connects one consumer; the function it resolves to reads and acknowledges until the group's quota of batches is gone. */
async function startConsumer(
  order: LoadOrder,
  index: number,
  quotas: number[],
  batchMs: number[],
): Promise<() => Promise<void>> {
  const group = index % groupCount
  const value = 'x'.repeat(order.size)
  const entry = (id: string) => `*2\r\n$${idLength}\r\n${id}\r\n*2\r\n$5\r\nfield\r\n$${order.size}\r\n${value}\r\n`
  const answerHead = `*1\r\n*2\r\n$6\r\norders\r\n*${entriesPerRead}\r\n`
  const entryLength = entry('0'.repeat(idLength)).length
  const answerLength = answerHead.length + entriesPerRead * entryLength
  const idOffset = answerHead.length + `*2\r\n$${idLength}\r\n`.length
  const readOnce = encodeRequest([
    'XREADGROUP',
    'GROUP',
    `group${group}`,
    `c${index}`,
    'COUNT',
    String(entriesPerRead),
    'STREAMS',
    'orders',
    '>',
  ])
  const reads = Buffer.concat(Array<Buffer>(order.pipeline).fill(readOnce))
  const ackOnce = encodeRequest([
    'XACK',
    'orders',
    `group${group}`,
    ...Array<string>(entriesPerRead).fill('0'.repeat(idLength)),
  ])
  const acks = Buffer.concat(Array<Buffer>(order.pipeline).fill(ackOnce))
  const ackIdOffset = ackOnce.indexOf(`$${idLength}\r\n`) + `$${idLength}\r\n`.length
  const ackIdStride = idLength + `\r\n$${idLength}\r\n`.length
  const ackAnswer = `:${entriesPerRead}\r\n`

  const copyIds = (answers: Buffer) => {
    for (let read = 0; read < order.pipeline; read++) {
      for (let entryIndex = 0; entryIndex < entriesPerRead; entryIndex++) {
        const from = read * answerLength + idOffset + entryIndex * entryLength
        const to = read * ackOnce.length + ackIdOffset + entryIndex * ackIdStride
        for (let byte = 0; byte < idLength; byte++) acks[to + byte] = answers[from + byte]!
      }
    }
  }
  const channel = await FixedChannel.connect(order.port, order.pipeline * answerLength)
  return async () => {
    while (quotas[group]! > 0) {
      quotas[group]!--
      const sentAtMs = performance.now()
      copyIds(await channel.exchange(reads, order.pipeline * answerLength, answerHead))
      await channel.exchange(acks, order.pipeline * ackAnswer.length, ackAnswer)
      batchMs.push(performance.now() - sentAtMs)
    }
    channel.close()
  }
}

/** A connection whose answers have a length that the caller knows. */
class FixedChannel {
  readonly #socket: Socket
  readonly #answers: Buffer
  #filled = 0
  #wanted = 0
  #head = ''
  #resolve: (answers: Buffer) => void = () => {}
  #reject: (error: Error) => void = () => {}

  private constructor(socket: Socket, answers: Buffer) {
    this.#socket = socket
    this.#answers = answers
    socket.on('error', (error) => this.#reject(error))
    socket.on('close', () => this.#reject(new Error('the server closed the connection')))
  }

  static async connect(port: number, answersSize: number): Promise<FixedChannel> {
    let channel: FixedChannel | undefined
    const onread = {
      buffer: Buffer.allocUnsafe(64 * 1024),
      callback: (count: number, bytes: Uint8Array) => {
        channel!.#take(count, bytes)
        return true
      },
    }
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread })
    channel = new FixedChannel(socket, Buffer.alloc(Math.max(answersSize, 1024)))
    await once(socket, 'connect')
    return channel
  }

  /** Sends a batch and resolves with `length` bytes of answers, valid until the next exchange; they must begin with `head`. */
  exchange(batch: Buffer, length: number, head: string): Promise<Buffer> {
    this.#filled = 0
    this.#wanted = length
    this.#head = head
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#socket.write(batch)
    })
  }

  close(): void {
    this.#reject = () => {}
    this.#socket.destroy()
  }

  #take(count: number, bytes: Uint8Array): void {
    if (this.#filled === 0 && bytes[0] !== this.#head.charCodeAt(0)) this.#refuse(bytes.subarray(0, count))
    this.#answers.set(bytes.subarray(0, Math.min(count, this.#answers.length - this.#filled)), this.#filled)
    this.#filled += count
    if (this.#filled < this.#wanted) return
    if (this.#filled > this.#wanted || this.#answers.toString('latin1', 0, this.#head.length) !== this.#head) {
      this.#refuse(this.#answers)
    }
    this.#resolve(this.#answers)
  }

  #refuse(bytes: Uint8Array): void {
    const shown = JSON.stringify(Buffer.from(bytes.subarray(0, 120)).toString('latin1'))
    this.#reject(
      new Error(`${this.#wanted} bytes that begin with ${JSON.stringify(this.#head)} were due, not ${shown}`),
    )
  }
}

/** A batch of messages is published when the one before has reached every subscriber. */
async function fanOut(order: LoadOrder): Promise<Measured> {
  const value = 'x'.repeat(order.size)
  const frameLength = encodeRequest(['message', 'news', value]).length
  const subscribed = '*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n'
  const publishAnswer = `:${subscriberCount}\r\n`
  const batchLength = order.pipeline * (subscriberCount * frameLength + publishAnswer.length)
  const batches = Math.ceil(order.requests / subscriberCount / order.pipeline)
  const publish = Buffer.concat(Array<Buffer>(order.pipeline).fill(encodeRequest(['PUBLISH', 'news', value])))

  let due = subscriberCount * subscribed.length
  let arrived: () => void = () => {}
  let failed: (error: Error) => void = () => {}
  const sharedBuffer = Buffer.allocUnsafe(256 * 1024)
  const onread = {
    buffer: sharedBuffer,
    callback: (count: number) => {
      due -= count
      if (due === 0) arrived()
      else if (due < 0) failed(new Error(`more bytes came than were due: ${sharedBuffer.toString('latin1', 0, 80)}`))
      return true
    },
  }
  const open = async () => {
    const socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true, onread })
    await once(socket, 'connect')
    socket.on('error', (error) => failed(error))
    return socket
  }
  const publisher = await open()
  const subscribers = await Promise.all(Array.from({ length: subscriberCount }, open))
  const batchMs: number[] = []
  await new Promise<void>((resolve, reject) => {
    failed = reject
    arrived = resolve
    for (const subscriber of subscribers) subscriber.write(encodeRequest(['SUBSCRIBE', 'news']))
  })
  const startedAtMs = performance.now()
  await new Promise<void>((resolve, reject) => {
    failed = reject
    let sentAtMs = startedAtMs
    const send = () => {
      due = batchLength
      sentAtMs = performance.now()
      publisher.write(publish)
    }
    arrived = () => {
      batchMs.push(performance.now() - sentAtMs)
      if (batchMs.length === batches) resolve()
      else send()
    }
    send()
  })
  const seconds = (performance.now() - startedAtMs) / 1000
  for (const socket of [publisher, ...subscribers]) socket.destroy()
  return summary((batches * order.pipeline * subscriberCount) / seconds, batchMs)
}

const order: LoadOrder = JSON.parse(process.argv[2]!)
const measured = await (order.item === 'fanout' ? fanOut(order) : consumeByGroup(order))
console.log(JSON.stringify(measured))
