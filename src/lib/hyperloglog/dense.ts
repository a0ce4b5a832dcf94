/** The dense encoding: six bits for each register, from the lowest bit of the first byte on. */
import { headerBytes, registerCount } from './format.ts'

/** The register's value in the HyperLogLog that begins at `start`. */
export function denseRegister(bytes: Uint8Array, start: number, register: number): number {
  const bit = register * 6
  const at = start + headerBytes + (bit >>> 3)
  const shift = bit & 7
  // The last register ends with its byte: what follows it falls off.
  return ((bytes[at]! | (bytes[at + 1]! << 8)) >>> shift) & 63
}

export function setDenseRegister(bytes: Uint8Array, start: number, register: number, value: number): void {
  const bit = register * 6
  const at = start + headerBytes + (bit >>> 3)
  const shift = bit & 7
  bytes[at] = (bytes[at]! & ~(63 << shift)) | (value << shift)
  if (shift > 2) bytes[at + 1] = (bytes[at + 1]! & ~(63 >>> (8 - shift))) | (value >>> (8 - shift))
}

/** Adds to `histogram[v]` how many registers have the value `v`. */
export function countDense(bytes: Uint8Array, start: number, histogram: Uint32Array): void {
  for (let i = 0; i < registerCount; i++) histogram[denseRegister(bytes, start, i)]!++
}

/** Raises registers that are below those of the HyperLogLog to theirs. */
export function mergeDense(bytes: Uint8Array, start: number, registers: Uint8Array): void {
  for (let i = 0; i < registerCount; i++) {
    const value = denseRegister(bytes, start, i)
    if (value > registers[i]!) registers[i] = value
  }
}
