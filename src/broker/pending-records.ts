/** What is known of each pending entry of a group, by small numbers: columns outside V8's heap, in pages.
 *
 *  A page that somebody holds as it was (a checkpoint) is copied by whoever changes it first, so a picture of a million
 *  records is taken in the time that it takes to list their pages. */
import type { StreamId } from './stream-id.ts'

const pageBits = 9
const pageRecords = 1 << pageBits
const slotMask = pageRecords - 1
/** The first page begins small: most groups have little pending. */
const initialRecords = 8

/** Owner of what nobody has. */
export const noOwner = -1

class Page {
  readonly ids: Uint32Array
  readonly atMs: Float64Array
  readonly orders: Float64Array
  readonly counts: BigInt64Array
  readonly owners: Int32Array
  /** How often the records had been frozen when the page became their own; a picture may hold an older one as it is. */
  readonly epoch: number

  constructor(capacity: number, epoch: number) {
    this.epoch = epoch
    this.ids = new Uint32Array(capacity * 4)
    this.atMs = new Float64Array(capacity)
    this.orders = new Float64Array(capacity)
    this.counts = new BigInt64Array(capacity)
    this.owners = new Int32Array(capacity)
  }

  get capacity(): number {
    return this.owners.length
  }

  copy(capacity: number, epoch: number): Page {
    const page = new Page(capacity, epoch)
    page.ids.set(this.ids)
    page.atMs.set(this.atMs)
    page.orders.set(this.orders)
    page.counts.set(this.counts)
    page.owners.set(this.owners)
    return page
  }
}

/** Records as they are, or were when somebody froze them. */
export class RecordView {
  protected pages: Page[] = []

  readId(record: number, target: StreamId): void {
    const { ids } = this.pages[record >>> pageBits]!
    const at = (record & slotMask) * 4
    target.msHigh = ids[at]!
    target.msLow = ids[at + 1]!
    target.seqHigh = ids[at + 2]!
    target.seqLow = ids[at + 3]!
  }

  /** When it was last delivered; 0 for what was handed back. */
  atMs(record: number): number {
    return this.pages[record >>> pageBits]!.atMs[record & slotMask]!
  }

  /** Its place among what was delivered in the same millisecond. */
  order(record: number): number {
    return this.pages[record >>> pageBits]!.orders[record & slotMask]!
  }

  /** How often it was delivered. */
  count(record: number): bigint {
    return this.pages[record >>> pageBits]!.counts[record & slotMask]!
  }

  /** The number of the consumer that has it, or `noOwner`. */
  owner(record: number): number {
    return this.pages[record >>> pageBits]!.owners[record & slotMask]!
  }
}

export class PendingRecords extends RecordView {
  #count = 0
  /** How often the records were frozen. */
  #epoch = 0
  readonly #free: number[] = []

  /** A record for the id; nobody has it yet. */
  add(id: StreamId): number {
    const record = this.#free.pop() ?? this.#append()
    const page = this.#own(record)
    const slot = record & slotMask
    page.ids[slot * 4] = id.msHigh
    page.ids[slot * 4 + 1] = id.msLow
    page.ids[slot * 4 + 2] = id.seqHigh
    page.ids[slot * 4 + 3] = id.seqLow
    page.owners[slot] = noOwner
    return record
  }

  /** The record's number may be given to another id from now on. */
  remove(record: number): void {
    this.#free.push(record)
  }

  set(record: number, owner: number, atMs: number, order: number, count: bigint): void {
    const page = this.#own(record)
    const slot = record & slotMask
    page.owners[slot] = owner
    page.atMs[slot] = atMs
    page.orders[slot] = order
    page.counts[slot] = count
  }

  /** The records as they are now; later changes leave them alone. */
  freeze(): RecordView {
    this.#epoch++
    const view = new PendingRecords()
    view.pages = this.pages.slice()
    return view
  }

  #append(): number {
    const record = this.#count++
    const index = record >>> pageBits
    const page = this.pages[index]
    if (page === undefined) this.pages[index] = new Page(index === 0 ? initialRecords : pageRecords, this.#epoch)
    else if ((record & slotMask) === page.capacity) this.pages[index] = page.copy(page.capacity * 2, this.#epoch)
    return record
  }

  /** The record's page for changing it: a copy when somebody else holds it too. */
  #own(record: number): Page {
    const index = record >>> pageBits
    const page = this.pages[index]!
    if (page.epoch === this.#epoch) return page
    const own = page.copy(page.capacity, this.#epoch)
    this.pages[index] = own
    return own
  }
}
