/** How many resident bytes a stream entry costs: what a process grew by, over the entries it was given. */
import { type Mode, type Peer, residentBytes, startPeer } from './peer.ts'
import { encodeRequest, Pipe } from './pipe.ts'

/** The outcome for one server. */
export interface MemoryFigures {
  readonly name: Peer['name']
  readonly mode: Mode
  readonly entries: number
  readonly residentBytesBefore: number
  readonly residentBytesAfter: number
  readonly bytesPerEntry: number
}

const steadyReadings = 4
const readingMs = 500

/** Loads a stream of `entries` entries of three fields, 60 bytes of values in each, into a fresh server. */
export async function measureMemory(name: Peer['name'], mode: Mode, entries: number): Promise<MemoryFigures> {
  const peer = await startPeer(name, mode)
  try {
    const before = await steadyResidentBytes(peer.pid)
    const pipe = await Pipe.connect(peer.port)
    await pipe.load(threeFields(entries))
    pipe.close()
    const after = await steadyResidentBytes(peer.pid)
    const bytesPerEntry = (after - before) / entries
    return { name, mode, entries, residentBytesBefore: before, residentBytesAfter: after, bytesPerEntry }
  } finally {
    await peer.stop()
  }
}

function* threeFields(entries: number): Iterable<Buffer> {
  for (let index = 0; index < entries; index++) {
    const number = String(index).padStart(12, '0')
    yield encodeRequest([
      'XADD',
      'orders',
      '*',
      'customer',
      `customer${number}`,
      'article',
      `article-${number}`,
      'price',
      `${number}.00 euro`,
    ])
  }
}

/** The reading once it has stopped changing by more than a hundredth, so that a collector's work is not counted. */
export async function steadyResidentBytes(pid: number): Promise<number> {
  const readings: number[] = []
  while (true) {
    readings.push(residentBytes(pid))
    const last = readings.slice(-steadyReadings)
    if (last.length === steadyReadings && Math.max(...last) < Math.min(...last) * 1.01) return last.at(-1)!
    await new Promise((resolve) => setTimeout(resolve, readingMs))
  }
}
