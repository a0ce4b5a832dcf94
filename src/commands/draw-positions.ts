/** Draws without repetition, for commands that answer with elements by chance. */
import type { Call } from './call.ts'

/** `count` different numbers below `size`, each choice as likely as any other (Floyd's method: one draw a number). */
export function drawPositions(call: Call, count: number, size: number): Set<number> {
  const positions = new Set<number>()
  for (let last = size - count; last < size; last++) {
    const position = Math.floor(call.random() * (last + 1))
    positions.add(positions.has(position) ? last : position)
  }
  return positions
}
