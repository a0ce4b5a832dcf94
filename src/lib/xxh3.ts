/** XXH3 in its variant of 64 bits without a seed (xxHash 0.8): the digest of Redis' DIGEST and IFDEQ.
 *
 *  What comes in many pieces, the body of long inputs, works in halves of 32 bits; the rest is BigInt. */
import { highOfProduct } from './multiply.ts'

const prime32One = 0x9e3779b1
const prime64One = 0x9e3779b185ebca87n
const prime64Two = 0xc2b2ae3d27d4eb4fn
const prime64Three = 0x165667b19e3779f9n
const mixOne = 0x165667919e3779f9n
const mixTwo = 0x9fb21c651e98df25n
const mask64 = 0xffffffffffffffffn

/** What the hash keeps secret where nobody has a secret of his own. */
const secretHex =
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
  'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
  'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb' +
  '170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e'
const secret = viewOf(Uint8Array.from(secretHex.match(/../g)!, (byte) => Number.parseInt(byte, 16)))

const stripeBytes = 64
const lanes = 8
/** Stripes until the secret is used up; then the lanes are scrambled. */
const stripesPerBlock = 16
const blockBytes = stripeBytes * stripesPerBlock

/** The lanes of a long input: lower and upper halves. */
const lows = new Uint32Array(lanes)
const highs = new Uint32Array(lanes)
const firstLows = [0xc2b2ae3d, 0x85ebca87, 0x27d4eb4f, 0x9e3779f9, 0xc2b2ae63, 0x85ebca77, 0x165667c5, 0x9e3779b1]
const firstHighs = [0, 0x9e3779b1, 0xc2b2ae3d, 0x165667b1, 0x85ebca77, 0, 0x27d4eb2f, 0]

/** The hash of the range as 16 hexadecimal digits in lower case. */
export function xxh3Hex(bytes: Uint8Array, start: number, end: number): string {
  return hash(viewOf(bytes.subarray(start, end)))
    .toString(16)
    .padStart(16, '0')
}

function hash(input: DataView): bigint {
  const size = input.byteLength
  if (size > 240) return hashLong(input)
  if (size > 128) return hashUpTo240(input)
  if (size > 16) return hashUpTo128(input)
  if (size > 8) return hashUpTo16(input)
  if (size >= 4) return hashUpTo8(input)
  if (size > 0) return hashUpTo3(input)
  return avalanche64(word(secret, 56) ^ word(secret, 64))
}

function hashUpTo3(input: DataView): bigint {
  const size = input.byteLength
  const first = input.getUint8(0) << 16
  const middle = input.getUint8(size >> 1) << 24
  const combined = BigInt((first | middle | input.getUint8(size - 1) | (size << 8)) >>> 0)
  return avalanche64(combined ^ BigInt((secret.getUint32(0, true) ^ secret.getUint32(4, true)) >>> 0))
}

function hashUpTo8(input: DataView): bigint {
  const size = input.byteLength
  const high = BigInt(input.getUint32(0, true))
  const low = BigInt(input.getUint32(size - 4, true))
  let value = ((high << 32n) | low) ^ (word(secret, 8) ^ word(secret, 16))
  value ^= rotate(value, 49n) ^ rotate(value, 24n)
  value = (value * mixTwo) & mask64
  value ^= (value >> 35n) + BigInt(size)
  value = (value * mixTwo) & mask64
  return value ^ (value >> 28n)
}

function hashUpTo16(input: DataView): bigint {
  const size = input.byteLength
  const low = word(input, 0) ^ (word(secret, 24) ^ word(secret, 32))
  const high = word(input, size - 8) ^ (word(secret, 40) ^ word(secret, 48))
  return avalanche(BigInt(size) + swap(low) + high + foldedProduct(low, high))
}

function hashUpTo128(input: DataView): bigint {
  const size = input.byteLength
  let sum = BigInt(size) * prime64One
  for (let i = (size - 1) >> 5; i >= 0; i--) {
    sum += mixed(input, 16 * i, 32 * i) + mixed(input, size - 16 * (i + 1), 32 * i + 16)
  }
  return avalanche(sum)
}

function hashUpTo240(input: DataView): bigint {
  const size = input.byteLength
  let sum = BigInt(size) * prime64One
  for (let i = 0; i < 8; i++) sum += mixed(input, 16 * i, 16 * i)
  sum = avalanche(sum)
  for (let i = 8; i < size >> 4; i++) sum += mixed(input, 16 * i, 16 * (i - 8) + 3)
  return avalanche(sum + mixed(input, size - 16, 136 - 17))
}

function hashLong(input: DataView): bigint {
  const size = input.byteLength
  lows.set(firstLows)
  highs.set(firstHighs)
  let at = 0
  for (; at + blockBytes < size; at += blockBytes) {
    for (let i = 0; i < stripesPerBlock; i++) accumulate(input, at + i * stripeBytes, 8 * i)
    scramble(secret.byteLength - stripeBytes)
  }
  for (let i = 0; at + stripeBytes < size; i++, at += stripeBytes) accumulate(input, at, 8 * i)
  accumulate(input, size - stripeBytes, secret.byteLength - stripeBytes - 7)
  let sum = BigInt(size) * prime64One
  for (let i = 0; i < lanes; i += 2) {
    sum += foldedProduct(lane(i) ^ word(secret, 11 + 8 * i), lane(i + 1) ^ word(secret, 19 + 8 * i))
  }
  return avalanche(sum)
}

/** Adds a stripe to the lanes: to its neighbour each word as it is, to itself the product of its keyed halves. */
function accumulate(input: DataView, at: number, secretAt: number): void {
  for (let i = 0; i < lanes; i++) {
    const low = input.getUint32(at + 8 * i, true)
    const high = input.getUint32(at + 8 * i + 4, true)
    add(i ^ 1, low, high)
    const keyLow = (low ^ secret.getUint32(secretAt + 8 * i, true)) >>> 0
    const keyHigh = (high ^ secret.getUint32(secretAt + 8 * i + 4, true)) >>> 0
    add(i, Math.imul(keyLow, keyHigh) >>> 0, highOfProduct(keyLow, keyHigh))
  }
}

function add(i: number, low: number, high: number): void {
  const sum = lows[i]! + low
  lows[i] = sum
  highs[i] = highs[i]! + high + (sum >= 2 ** 32 ? 1 : 0)
}

function scramble(secretAt: number): void {
  for (let i = 0; i < lanes; i++) {
    const low = (lows[i]! ^ (highs[i]! >>> 15) ^ secret.getUint32(secretAt + 8 * i, true)) >>> 0
    const high = highs[i]! ^ secret.getUint32(secretAt + 8 * i + 4, true)
    lows[i] = Math.imul(low, prime32One)
    highs[i] = highOfProduct(low, prime32One) + Math.imul(high, prime32One)
  }
}

function lane(i: number): bigint {
  return (BigInt(highs[i]!) << 32n) | BigInt(lows[i]!)
}

/** Sixteen bytes, keyed by as many of the secret. */
function mixed(input: DataView, at: number, secretAt: number): bigint {
  return foldedProduct(word(input, at) ^ word(secret, secretAt), word(input, at + 8) ^ word(secret, secretAt + 8))
}

/** The halves of a product of 128 bits, one over the other. */
function foldedProduct(a: bigint, b: bigint): bigint {
  const product = a * b
  return (product & mask64) ^ (product >> 64n)
}

function avalanche(sum: bigint): bigint {
  let value = sum & mask64
  value ^= value >> 37n
  value = (value * mixOne) & mask64
  return value ^ (value >> 32n)
}

/** The last steps of the older XXH64, which the shortest inputs take. */
function avalanche64(sum: bigint): bigint {
  let value = sum ^ (sum >> 33n)
  value = (value * prime64Two) & mask64
  value ^= value >> 29n
  value = (value * prime64Three) & mask64
  return value ^ (value >> 32n)
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) & mask64) | (value >> (64n - bits))
}

/** The bytes in the opposite order. */
function swap(value: bigint): bigint {
  let rest = value
  let swapped = 0n
  for (let i = 0; i < 8; i++) {
    swapped = (swapped << 8n) | (rest & 0xffn)
    rest >>= 8n
  }
  return swapped
}

function word(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
