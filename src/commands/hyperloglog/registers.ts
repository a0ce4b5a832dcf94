/** A HyperLogLog while a command raises its registers.
 *
 *  A sparse one is changed in a copy, which `store` puts back: what turns out to be corrupt half-way leaves no trace. A
 *  dense one has nothing to refuse and is changed where it is. */
import { corruptHyperLogLog } from '../../broker/errors.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { denseRegister, setDenseRegister } from '../../lib/hyperloglog/dense.ts'
import { denseBytes, spoilCardinality } from '../../lib/hyperloglog/format.ts'
import type { SparseRegisters } from '../../lib/hyperloglog/sparse.ts'
import type { Call } from '../call.ts'
import { emptySparse, isDenseEntry, sparseCopy } from './hyperloglog-facts.ts'

export class RaisedRegisters {
  readonly #call: Call
  readonly #key: number
  /** -1 for a key that is not there yet. */
  #entry: number
  #sparse: SparseRegisters | undefined
  /** What a sparse one has become. */
  #dense: Uint8Array | undefined
  /** Whether a dense one has been made ready for changes. */
  #isWritable = false
  readonly #sparseBytesMax: number
  /** Whether it left the sparse encoding because of its size. */
  hasOutgrown = false

  /** `entry` is a HyperLogLog at argument `key`, or -1 to begin with an empty one. */
  constructor(call: Call, key: number, entry: number) {
    this.#call = call
    this.#key = key
    this.#entry = entry
    this.#sparseBytesMax = call.isReplay ? Number.POSITIVE_INFINITY : call.server.settings.sparseHyperLogLogBytesMax
    if (entry < 0) this.#sparse = emptySparse()
    else {
      if (!isDenseEntry(call.db, entry)) this.#sparse = sparseCopy(call.db, entry)
      // Even if nothing will be raised.
      call.db.strings.setForm(entry, stringForm.raw)
    }
  }

  /** Leaves the sparse encoding. */
  makeDense(): void {
    if (this.#sparse === undefined) return
    this.#dense = this.#sparse.toDense()
    if (this.#dense === undefined) throw corruptHyperLogLog()
    this.#sparse = undefined
  }

  /** Raises the register to at least `value`; whether it was below. */
  raise(register: number, value: number): boolean {
    if (this.#sparse !== undefined) {
      const raised = this.#sparse.raise(register, value, this.#sparseBytesMax)
      if (raised === 'corrupt') throw corruptHyperLogLog()
      if (raised !== 'full') return raised === 'raised'
      this.hasOutgrown = true
      this.makeDense()
    }
    const { db } = this.#call
    const own = this.#dense
    let bytes = own ?? db.stringChunk(this.#entry)
    let start = own === undefined ? db.stringStart(this.#entry) : 0
    if (denseRegister(bytes, start, register) >= value) return false
    if (own === undefined && !this.#isWritable) {
      this.#makeWritable()
      bytes = db.stringChunk(this.#entry)
      start = db.stringStart(this.#entry)
    }
    setDenseRegister(bytes, start, register, value)
    return true
  }

  /** Puts the value back, its cardinality out of date. Must not be called after nothing was raised, unless the key is to
   *  be made or to count as changed. */
  store(): void {
    const { args, db } = this.#call
    const own = this.#dense ?? this.#sparse?.bytes
    if (own === undefined) {
      this.#makeWritable()
      spoilCardinality(db.stringChunk(this.#entry), db.stringStart(this.#entry))
      return
    }
    spoilCardinality(own, 0)
    const entry = db.setString(args, this.#key, own, 0, this.#sparse?.size ?? denseBytes, true)
    db.strings.setForm(entry, stringForm.raw)
  }

  #makeWritable(): void {
    this.#call.db.growString(this.#entry, denseBytes)
    this.#isWritable = true
  }
}
