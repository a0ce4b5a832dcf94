/** A large set: a table of members. */
import type { Reply } from '../../protocol/resp/reply.ts'
import type { ByteRange } from '../lib/wire-items.ts'
import type { WireRun } from '../lib/wire-run.ts'
import { CollectionTable } from './collection-table.ts'
import { addition, type MemberVisitor, type SetMembers } from './set-members.ts'

export class SetTable extends CollectionTable implements SetMembers {
  readonly #hashSeed: number

  constructor(hashSeed: number, firstBytes: number) {
    super(hashSeed, firstBytes)
    this.#hashSeed = hashSeed
  }

  includes(bytes: Uint8Array, start: number, end: number): boolean {
    return this.find(bytes, start, end) >= 0
  }

  /** Refuses nothing. */
  add(bytes: Uint8Array, start: number, end: number): number {
    if (this.find(bytes, start, end) >= 0) return addition.present
    this.insert(bytes, start, end)
    return addition.added
  }

  delete(bytes: Uint8Array, start: number, end: number): boolean {
    const entry = this.find(bytes, start, end)
    if (entry >= 0) this.remove(entry)
    return entry >= 0
  }

  at(position: number, member: ByteRange): void {
    const entry = this.entryAt(position)
    const start = this.keyOffset(entry)
    member.set(this.keyChunk(entry), start, start + this.keySize(entry))
  }

  deleteAt(position: number): void {
    this.remove(this.entryAt(position))
  }

  visit(visit: MemberVisitor): boolean {
    for (let i = 0; i < this.size; i++) {
      const entry = this.entryAt(i)
      const start = this.keyOffset(entry)
      if (!visit(this.keyChunk(entry), start, start + this.keySize(entry))) return false
    }
    return true
  }

  answer(reply: Reply): void {
    for (let i = 0; i < this.size; i++) {
      const entry = this.entryAt(i)
      const start = this.keyOffset(entry)
      reply.bulk(this.keyChunk(entry), start, start + this.keySize(entry))
    }
  }

  scanMembers(position: number, count: number, visit: (bytes: Uint8Array, start: number, end: number) => void): number {
    return this.scan(position, count, (entry) => {
      const start = this.keyOffset(entry)
      visit(this.keyChunk(entry), start, start + this.keySize(entry))
    })
  }

  clone(): SetTable {
    const copy = new SetTable(this.#hashSeed, this.arena.usedBytes)
    this.visit((bytes, start, end) => {
      copy.insert(bytes, start, end)
      return true
    })
    return copy
  }

  write(entry: number, run: WireRun): void {
    const start = this.keyOffset(entry)
    run.bulk(this.keyChunk(entry), start, start + this.keySize(entry))
  }
}
