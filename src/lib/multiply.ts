/** Products of 64 bits in halves of 32, for hashes: `Math.imul` gives the lower half of a product, this the upper. */
export function highOfProduct(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const first = (aHigh * bLow + ((aLow * bLow) >>> 16)) >>> 0
  const second = (aLow * bHigh + (first & 0xffff)) >>> 0
  return (aHigh * bHigh + (first >>> 16) + (second >>> 16)) >>> 0
}
