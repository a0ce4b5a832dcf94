/** How many different elements there were, from how many registers have which value: Otmar Ertl's estimator ("New
 *  cardinality estimation algorithms for HyperLogLog sketches", 2017), as Redis uses it. */
import { registerCount } from './format.ts'

/** Values of registers go up to this and one. */
const runMax = 50
/** 1 / (2 ln 2). */
const alpha = 0.7213475204444817

/** `histogram[v]` is how many registers have the value `v`. */
export function estimateCardinality(histogram: Uint32Array): number {
  const m = registerCount
  let z = m * tau((m - histogram[runMax + 1]!) / m)
  for (let value = runMax; value >= 1; value--) z = (z + histogram[value]!) * 0.5
  z += m * sigma(histogram[0]! / m)
  return Math.round((alpha * m * m) / z)
}

function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY
  let y = 1
  let z = x
  for (let before = Number.NaN; before !== z; y += y) {
    x *= x
    before = z
    z += x * y
  }
  return z
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let y = 1
  let z = 1 - x
  for (let before = Number.NaN; before !== z; ) {
    x = Math.sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}
