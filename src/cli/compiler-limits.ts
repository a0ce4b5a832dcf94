/** How much V8's optimizing compiler may inline into one function.
 *
 *  A command's road leads through many small methods, and V8's own limits end its inlining half-way. Measured in slices of
 *  the same work, by turns in two processes on one processor (Node 20), these limits bring GET to 0.97 of the time, INCR and SET
 *  to 0.89, HSET to 0.94, EVAL to 0.97, XADD to 0.98 and BullMQ's jobs to 0.96. The price is compiling: the first 10 000 jobs
 *  of BullMQ take 1.6 times the processor time, and a process that was given a million entries has 4 to 5 MB more. Limits
 *  twice as high give EVAL and XADD 5 to 8 % more, and take 5 to 13 MB. */
import { setFlagsFromString } from 'node:v8'

/** In bytes of bytecode. V8's own: 460, 920 and 4600 (Node 20 to 24). */
const compilerLimits = {
  /** Of a function that is inlined. */
  'max-inlined-bytecode-size': 1200,
  /** Of all that are inlined into one, unless they are tiny. */
  'max-inlined-bytecode-size-cumulative': 5000,
  /** Of all, the tiny ones included. */
  'max-inlined-bytecode-size-absolute': 20_000,
} as const

/** Raises the limits for what is compiled from here on, in this process with its threads. V8 prints a line about a flag that it does
 *  not know, and goes on. */
export function raiseCompilerLimits(): void {
  for (const [flag, bytes] of Object.entries(compilerLimits)) setFlagsFromString(`--${flag}=${bytes}`)
}
