/** The sparse encoding: runs of equal registers.
 *
 *  | code                | stands for                                          |
 *  |---------------------|-----------------------------------------------------|
 *  | `00nnnnnn`          | up to 64 registers of 0                             |
 *  | `01nnnnnn nnnnnnnn` | up to 16384 registers of 0                          |
 *  | `1vvvvvnn`          | up to 4 registers of the same value, at most 32     |
 *
 *  Numbers are one less than what they stand for. The same additions in the same order make the same codes as in Redis,
 *  whose way of splitting and joining runs is followed here to the byte. */
import { setDenseRegister } from './dense.ts'
import {
  denseBytes,
  denseEncoding,
  headerBytes,
  registerCount,
  sparseEncoding,
  sparseValueMax,
  writeHeader,
} from './format.ts'

const zeroRunMax = 64
const valueRunMax = 4
/** How many bytes a raised register may add. */
const growthMax = 3
/** How many codes are looked at for neighbours that have become equal. */
const joinedCodesMax = 5

/** What became of a register that was to be raised: `full` when the encoding cannot hold it. */
export type Raised = 'same' | 'raised' | 'full' | 'corrupt'

/** One HyperLogLog in this encoding, header included, to be changed and stored again. */
export class SparseRegisters {
  bytes = new Uint8Array(64)
  size = 0
  // The run at hand: its first register, how many there are, and their value.
  #first = 0
  #length = 0
  #value = 0

  /** Begins empty. */
  clear(): void {
    writeHeader(this.bytes, sparseEncoding)
    this.size = headerBytes
    this.size = this.#putZeros(this.bytes, headerBytes, registerCount)
  }

  /** Begins with a copy. */
  load(source: Uint8Array, start: number, size: number): void {
    if (this.bytes.length < size + growthMax) this.bytes = new Uint8Array(size * 2 + growthMax)
    this.bytes.set(source.subarray(start, start + size))
    this.bytes[size] = 0
    this.size = size
  }

  /** Raises a register to at least `value`, unless the whole would then be larger than `bytesMax`. */
  raise(register: number, value: number, bytesMax: number): Raised {
    if (value > sparseValueMax) return 'full'
    let at = headerBytes
    let before = -1
    this.#first = 0
    this.#length = 0
    while (at < this.size) {
      this.#read(at)
      if (register < this.#first + this.#length) break
      before = at
      at += this.#codeBytes(at)
      this.#first += this.#length
    }
    if (at >= this.size) return 'corrupt'
    if (this.#value >= value) return 'same'
    const isLong = this.#codeBytes(at) === 2
    if (this.#length === 1 && !isLong) this.bytes[at] = valueCode(value, 1)
    else if (!this.#split(at, isLong ? 2 : 1, register, value, bytesMax)) return 'full'
    this.#join(before < 0 ? headerBytes : before)
    return 'raised'
  }

  /** Adds to `histogram[v]` how many registers have the value `v`; false when they are not all there. */
  count(histogram: Uint32Array): boolean {
    return this.#visit((value, _first, length) => {
      histogram[value]! += length
    })
  }

  /** Raises registers that are below these to them; false when these are not all there. */
  merge(registers: Uint8Array): boolean {
    return this.#visit((value, first, length) => {
      if (value > 0) for (let i = first; i < first + length; i++) if (value > registers[i]!) registers[i] = value
    })
  }

  /** The same in the dense encoding, undefined when registers are missing. */
  toDense(): Uint8Array | undefined {
    const dense = new Uint8Array(denseBytes)
    dense.set(this.bytes.subarray(0, headerBytes))
    dense[4] = denseEncoding
    const isWhole = this.#visit((value, first, length) => {
      if (value > 0) for (let i = first; i < first + length; i++) setDenseRegister(dense, 0, i, value)
    })
    return isWhole ? dense : undefined
  }

  /** The codes for people: `z` and `Z` runs of zeros, `v` a value and its run. */
  describe(): string {
    const words: string[] = []
    for (let at = headerBytes; at < this.size; at += this.#codeBytes(at)) {
      this.#read(at)
      const letter = this.#value > 0 ? `v:${this.#value},` : this.#codeBytes(at) === 2 ? 'Z:' : 'z:'
      words.push(`${letter}${this.#length}`)
    }
    return words.join(' ')
  }

  /** Visits the runs in order; false when they are not those of all registers. */
  #visit(visit: (value: number, first: number, length: number) => void): boolean {
    let first = 0
    for (let at = headerBytes; at < this.size; at += this.#codeBytes(at)) {
      this.#read(at)
      if (first + this.#length > registerCount) return false
      visit(this.#value, first, this.#length)
      first += this.#length
    }
    return first === registerCount
  }

  #codeBytes(at: number): number {
    return (this.bytes[at]! & 0xc0) === 0x40 ? 2 : 1
  }

  /** Reads value and length of the run whose code is there. */
  #read(at: number): void {
    const code = this.bytes[at]!
    this.#value = (code & 0x80) === 0 ? 0 : ((code >>> 2) & 31) + 1
    if (this.#value > 0) this.#length = (code & 3) + 1
    else if ((code & 0x40) === 0) this.#length = (code & 63) + 1
    else this.#length = (((code & 63) << 8) | this.bytes[at + 1]!) + 1
  }

  /** Parts the run at hand around a register that is to have another value; false when that is too long. */
  #split(at: number, codeBytes: number, register: number, value: number, bytesMax: number): boolean {
    const codes = new Uint8Array(5)
    const left = register - this.#first
    const right = this.#first + this.#length - 1 - register
    let size = this.#putRun(codes, 0, left)
    codes[size++] = valueCode(value, 1)
    size = this.#putRun(codes, size, right)
    const growth = size - codeBytes
    if (growth > 0 && this.size + growth > bytesMax) return false
    if (this.bytes.length < this.size + growthMax) {
      const larger = new Uint8Array(this.bytes.length * 2)
      larger.set(this.bytes.subarray(0, this.size))
      this.bytes = larger
    }
    const next = at + codeBytes
    if (next < this.size) this.bytes.copyWithin(next + growth, next, this.size)
    for (let i = 0; i < size; i++) this.bytes[at + i] = codes[i]!
    this.size += growth
    return true
  }

  /** Writes a run of the value at hand; returns the offset behind it. */
  #putRun(target: Uint8Array, at: number, length: number): number {
    if (length === 0) return at
    if (this.#value === 0) return this.#putZeros(target, at, length)
    target[at] = valueCode(this.#value, length)
    return at + 1
  }

  #putZeros(target: Uint8Array, at: number, length: number): number {
    if (length > zeroRunMax) target[at++] = 0x40 | ((length - 1) >>> 8)
    target[at] = (length - 1) & (length > zeroRunMax ? 0xff : 63)
    return at + 1
  }

  /** Joins neighbours of the same value from there on. */
  #join(from: number): void {
    let at = from
    for (let i = 0; i < joinedCodesMax && at < this.size; i++) {
      const code = this.bytes[at]!
      const next = this.bytes[at + 1]!
      const isPair = (code & 0x80) !== 0 && at + 1 < this.size && (next & 0x80) !== 0
      const length = (code & 3) + (next & 3) + 2
      if (isPair && (code & 0x7c) === (next & 0x7c) && length <= valueRunMax) {
        this.bytes[at] = valueCode(((code >>> 2) & 31) + 1, length)
        this.bytes.copyWithin(at + 1, at + 2, this.size)
        this.size--
      } else at += this.#codeBytes(at)
    }
  }
}

function valueCode(value: number, length: number): number {
  return 0x80 | ((value - 1) << 2) | (length - 1)
}
