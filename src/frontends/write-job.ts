/** The same bytes for many sockets, written by several threads at once: the memory they share.
 *
 *  A job's sockets are cut into chunks, which whoever is free claims. A claim counts on from the job's own number, so a
 *  thread that comes late finds nothing left of its job, and takes nothing of the next. */
import assert from 'node:assert'
import { writeDescriptor } from './direct-io.ts'

/** Sockets of one job, and bytes for each of them. */
export const jobSocketsMax = 16_384
export const jobBytesMax = 64 * 1024

/** What is claimed at once: many enough to be worth a claim, few enough that nobody waits long for the last. */
const chunkSockets = 32
/** A claim is the job's number and, in the lower bits, the chunk. */
const chunkBits = 10
/** More than any job has. */
const noChunk = (1 << chunkBits) - 1

/** Whoever has claimed a chunk writes it in far less. It is waited for in turns, so that a process that was stopped for a
 *  while gives its threads their time anew. */
const stallMs = 1000
const stallsMax = 10

/** Places in `control`. */
const bellAt = 0
export const claimAt = 1
const writtenAt = 2
const socketsAt = 3
const bytesAt = 4
const isOverAt = 5
const places = 6

export interface JobMemory {
  readonly control: Int32Array
  /** Where the bytes go; -1 for nowhere. */
  readonly descriptors: Int32Array
  /** How many bytes the system took for each. */
  readonly sent: Int32Array
  readonly bytes: Uint8Array
}

export function newJobMemory(): JobMemory {
  const words = (count: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * count))
  return {
    control: words(places),
    descriptors: words(jobSocketsMax),
    sent: words(jobSocketsMax),
    bytes: new Uint8Array(new SharedArrayBuffer(jobBytesMax)),
  }
}

/** Writes to the first `sockets` of `descriptors` together with the threads that serve the memory; `sent` tells how much
 *  each took. Returns how many this thread wrote to. Throws when a thread ends with a chunk that it had claimed: nobody
 *  knows then what its sockets got. */
export function runJob(memory: JobMemory, sockets: number, bytes: Uint8Array, patienceMs = stallMs): number {
  const { control } = memory
  const job = jobOf(Atomics.load(control, claimAt))
  // A number without chunks: who has read of the last job finds that it is over, and who reads now that nothing has begun.
  Atomics.store(control, claimAt, claimOf(job + 1, noChunk))
  memory.bytes.set(bytes)
  Atomics.store(control, socketsAt, sockets)
  Atomics.store(control, bytesAt, bytes.length)
  Atomics.store(control, writtenAt, 0)
  Atomics.store(control, claimAt, claimOf(job + 2, 0))
  ring(control)
  const own = writeShare(memory)
  let stalls = 0
  for (let written = Atomics.load(control, writtenAt); written < sockets; ) {
    Atomics.wait(control, writtenAt, written, patienceMs)
    const now = Atomics.load(control, writtenAt)
    stalls = now === written ? stalls + 1 : 0
    assert(stalls < stallsMax, 'a thread that claimed sockets writes to them')
    written = now
  }
  return own
}

/** A thread's life: it helps with each job until `endJobs`. */
export function serveJobs(memory: JobMemory): void {
  const { control } = memory
  while (true) {
    const rung = Atomics.load(control, bellAt)
    if (Atomics.load(control, isOverAt) !== 0) return
    writeShare(memory)
    Atomics.wait(control, bellAt, rung)
  }
}

export function endJobs({ control }: JobMemory): void {
  Atomics.store(control, isOverAt, 1)
  ring(control)
}

/** Claims chunks of the job that is running, and writes them, until none is left; returns to how many sockets it wrote. */
function writeShare({ control, descriptors, sent, bytes }: JobMemory): number {
  const job = jobOf(Atomics.load(control, claimAt))
  const sockets = Atomics.load(control, socketsAt)
  const payload = bytes.subarray(0, Atomics.load(control, bytesAt))
  let own = 0
  while (true) {
    const claim = Atomics.load(control, claimAt)
    const start = (claim & noChunk) * chunkSockets
    if (jobOf(claim) !== job || start >= sockets) return own
    if (Atomics.compareExchange(control, claimAt, claim, claim + 1) !== claim) continue
    const end = Math.min(start + chunkSockets, sockets)
    for (let i = start; i < end; i++) sent[i] = descriptors[i]! < 0 ? 0 : writeDescriptor(descriptors[i]!, payload)
    own += end - start
    const written = Atomics.add(control, writtenAt, end - start) + end - start
    if (written === sockets) Atomics.notify(control, writtenAt)
  }
}

function ring(control: Int32Array): void {
  Atomics.add(control, bellAt, 1)
  Atomics.notify(control, bellAt)
}

function claimOf(job: number, chunk: number): number {
  return (job << chunkBits) | chunk
}

/** Numbers begin anew after some millions. */
function jobOf(claim: number): number {
  return claim >>> chunkBits
}
