/** PFSELFTEST: the same elements go into both encodings, and what comes out must agree and be near the truth. */
import { selfTestFailed } from '../../broker/errors.ts'
import { countDense, denseRegister, setDenseRegister } from '../../lib/hyperloglog/dense.ts'
import { estimateCardinality } from '../../lib/hyperloglog/estimate.ts'
import {
  denseBytes,
  denseEncoding,
  Element,
  registerCount,
  registerMax,
  writeHeader,
} from '../../lib/hyperloglog/format.ts'
import { SparseRegisters } from '../../lib/hyperloglog/sparse.ts'

const rounds = 100
const elementsMax = 1_000_000
/** Standard error of an estimate, and how many of it are believed. */
const relativeError = 1.04 / Math.sqrt(registerCount)
const errorsMax = 6

/** Throws a ReplyError that says what is wrong. */
export function selfTest(random: () => number): void {
  const dense = new Uint8Array(denseBytes)
  const values = new Uint8Array(registerCount)
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < registerCount; i++) {
      values[i] = Math.floor(random() * (registerMax + 1))
      setDenseRegister(dense, 0, i, values[i]!)
    }
    for (let i = 0; i < registerCount; i++) {
      const value = denseRegister(dense, 0, i)
      if (value !== values[i]) throw selfTestFailed(`Register ${i} should be ${values[i]} but is ${value}`)
    }
  }
  testEstimates(random)
}

function testEstimates(random: () => number): void {
  const dense = new Uint8Array(denseBytes)
  writeHeader(dense, denseEncoding)
  const sparse = new SparseRegisters()
  sparse.clear()
  let isSparse = true
  const element = new Element()
  const words = new Uint32Array(2)
  words[1] = Math.floor(random() * 2 ** 32)
  const bytes = new Uint8Array(words.buffer)
  let checkpoint = 1
  for (let count = 1; count <= elementsMax; count++) {
    words[0] = count
    const { register, value } = element.take(bytes, 0, bytes.length)
    if (denseRegister(dense, 0, register) < value) setDenseRegister(dense, 0, register, value)
    if (isSparse) isSparse = sparse.raise(register, value, denseBytes) !== 'full'
    if (count !== checkpoint) continue
    const estimate = estimateOf((histogram) => countDense(dense, 0, histogram))
    const other = isSparse ? estimateOf((histogram) => sparse.count(histogram)) : estimate
    if (other !== estimate) throw selfTestFailed('dense/sparse disagree')
    const error = Math.abs(estimate - count)
    // Of ten elements two may well meet in a register; anything more is a fault.
    const errorMax = count === 10 ? 1 : Math.ceil(relativeError * errorsMax * count)
    if (error > errorMax) throw selfTestFailed(`Too big error. card:${count} abserr:${error}`)
    checkpoint *= 10
  }
}

function estimateOf(count: (histogram: Uint32Array) => void): number {
  const histogram = new Uint32Array(registerMax + 1)
  count(histogram)
  return estimateCardinality(histogram)
}
