/** WebAssembly in its binary form, as much of it as functions on 32-bit integers need (WebAssembly Core Specification 2.0,
 *  chapter 5). Code is written as calls: `add(get(0), constant(1))`. */

export type Code = readonly number[]

const int32 = 0x7f
const noResult = 0x40
const end = 0x0b

/** A number without a sign (LEB128). */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}

/** A 32-bit number with a sign (LEB128): the last byte's second bit is the sign. */
function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest < -0x40 || rest > 0x3f; rest >>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest & 0x7f]
}

export const constant = (value: number): Code => [0x41, ...signed(value)]
/** A parameter, or behind these a local variable. */
export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)]
export const getGlobal = (global: number): Code => [0x23, ...unsigned(global)]
export const setGlobal = (global: number, value: Code): Code => [...value, 0x24, ...unsigned(global)]
/** The address of `load` and `store` is a multiple of four. */
export const load = (address: Code): Code => [...address, 0x28, 2, 0]
export const store = (address: Code, value: Code): Code => [...address, ...value, 0x36, 2, 0]
export const copyMemory = (target: Code, source: Code, size: Code): Code => [
  ...[...target, ...source, ...size],
  ...[0xfc, 0x0a, 0, 0],
]
export const isZero = (value: Code): Code => [...value, 0x45]
/** Both without a sign. */
export const isBelow = (a: Code, b: Code): Code => [...a, ...b, 0x49]
export const isAbove = (a: Code, b: Code): Code => [...a, ...b, 0x4b]
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a]
export const subtract = (a: Code, b: Code): Code => [...a, ...b, 0x6b]
export const and = (a: Code, b: Code): Code => [...a, ...b, 0x71]
export const shiftLeft = (value: Code, bits: number): Code => [...value, ...constant(bits), 0x74]
/** Without a sign. */
export const shiftRight = (value: Code, bits: number): Code => [...value, ...constant(bits), 0x76]
export const select = (condition: Code, then: Code, otherwise: Code): Code => [
  ...[...then, ...otherwise, ...condition],
  0x1b,
]
export const when = (condition: Code, ...then: Code[]): Code => [...condition, 0x04, noResult, ...then.flat(), end]
export const call = (index: number, ...values: Code[]): Code => [...values.flat(), 0x10, ...unsigned(index)]
/** Ends the function. */
export const answer = (value: Code = []): Code => [...value, 0x0f]

/** How many parameters and results a function has; all are 32-bit integers. */
export interface Signature {
  readonly parameters: number
  readonly results: 0 | 1
}

/** A function that is imported, by its name. */
export interface ImportedFunction extends Signature {
  readonly name: string
}

/** A function of the module. Functions are numbered: first those imported, then these. */
export interface OwnFunction extends Signature {
  readonly locals: number
  readonly body: Code
}

export interface ModuleParts {
  /** The name of what everything is imported from. */
  readonly from: string
  /** Whether the memory is imported, as `memory`; there is none otherwise. */
  readonly hasMemory: boolean
  readonly imports: readonly ImportedFunction[]
  /** How many variables that begin as 0. */
  readonly globals: number
  readonly functions: readonly OwnFunction[]
  /** Names of functions, by their numbers. */
  readonly exports: Readonly<Record<string, number>>
}

/** The module, to be compiled. */
export function wasmModule({ from, hasMemory, imports, globals, functions, exports }: ModuleParts): Uint8Array {
  const memory = [...text(from), ...text('memory'), ...[2, 0, 0]]
  const imported = imports.map(({ name }, type) => [...text(from), ...text(name), 0, ...unsigned(type)])
  const variable = [int32, 1, ...constant(0), end]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [...imports, ...functions].map(signature)),
    ...section(2, hasMemory ? [...imported, memory] : imported),
    ...section(
      3,
      functions.map((_, i) => unsigned(imports.length + i)),
    ),
    ...section(6, Array<Code>(globals).fill(variable)),
    ...section(
      7,
      Object.entries(exports).map(([name, index]) => [...text(name), 0, ...unsigned(index)]),
    ),
    ...section(
      10,
      functions.map(({ locals, body }) => sized([1, ...unsigned(locals), int32, ...body, end])),
    ),
  ])
}

const signature = ({ parameters, results }: Signature): Code => [
  0x60,
  ...[...unsigned(parameters), ...Array<number>(parameters).fill(int32)],
  ...[results, ...Array<number>(results).fill(int32)],
]
const section = (id: number, items: readonly Code[]): Code =>
  items.length === 0 ? [] : [id, ...sized([...unsigned(items.length), ...items.flat()])]
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes]
const text = (name: string): Code => sized([...Buffer.from(name, 'latin1')])
