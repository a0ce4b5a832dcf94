/** Ids of stream entries and points in time. */

/** The time in an id; undefined when the id can't come from a clock. */
export function timeOfId(id: string): number | undefined {
  const ms = Number(id.split('-', 1)[0])
  // Between 2001 and 2286: ids that people choose themselves are smaller as a rule.
  return ms >= 1e12 && ms < 1e13 ? ms : undefined
}

/** What a person typed as a place in a stream: an id, a time (`2026-11-25 23:38`, local), or `-5m` (five minutes ago).
 *  Undefined when it is none of them. */
export function readPlace(typed: string, nowMs: number): string | undefined {
  const text = typed.trim()
  if (/^\d+(-\d+)?$/.test(text)) return text
  const ago = /^-(\d+)\s*(s|m|min|h|d)$/.exec(text)
  if (ago !== null) {
    const size = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }[ago[2]!]!
    return String(Math.max(0, nowMs - Number(ago[1]) * size))
  }
  if (!/^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,3})?)?)?$/.test(text)) return undefined
  const ms = new Date(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T')).getTime()
  return Number.isNaN(ms) ? undefined : String(ms)
}

export function compareIds(a: string, b: string): number {
  const [aMs, aSequence = 0n] = a.split('-').map(BigInt)
  const [bMs, bSequence = 0n] = b.split('-').map(BigInt)
  if (aMs !== bMs) return aMs! < bMs! ? -1 : 1
  return aSequence === bSequence ? 0 : aSequence < bSequence ? -1 : 1
}
