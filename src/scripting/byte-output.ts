/** Bytes in the making, for the libraries that write strings. */
import { copyBytes } from '../lib/bytes.ts'

const bufferBytes = 4096
const bufferBytesKept = 1024 * 1024

export class ByteOutput {
  bytes = new Uint8Array(bufferBytes)
  size = 0

  begin(): void {
    this.size = 0
    if (this.bytes.length > bufferBytesKept) this.bytes = new Uint8Array(bufferBytes)
  }

  reserve(count: number): void {
    if (this.size + count <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.size + count))
    larger.set(this.bytes.subarray(0, this.size))
    this.bytes = larger
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.size++] = value
  }

  /** The lowest `count` bytes of a number or bigint, the highest first. */
  integer(value: number | bigint, count: number): void {
    this.reserve(count)
    let rest = BigInt.asUintN(64, BigInt(value))
    for (let i = count - 1; i >= 0; i--) {
      this.bytes[this.size + i] = Number(rest & 255n)
      rest >>= 8n
    }
    this.size += count
  }

  copy(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    this.size = copyBytes(source, start, end, this.bytes, this.size)
  }

  /** ASCII text. */
  text(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.size++] = text.charCodeAt(i)
  }
}
