/** Figures for the eye. */

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? Math.round(value) : round(value)} ${byteUnits[unit]}`
}

/** Three digits that count, no more. */
function round(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)
}

/** A count with its thousands apart. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** How many there are of something: `1 entry`, `2 entries`. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${nounFor(count, one, many)}`
}

/** The noun that goes with the count. */
export function nounFor(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many
}

/** A count in a narrow place: 1234 is 1.23k. */
export function formatShort(count: number): string {
  const size = Math.abs(count)
  if (size >= 1e9) return `${round(count / 1e9)}G`
  if (size >= 1e6) return `${round(count / 1e6)}M`
  if (size >= 1e4) return `${round(count / 1e3)}k`
  return Number.isInteger(count) ? String(count) : round(count)
}

export function formatMicroseconds(us: number): string {
  if (us >= 1e6) return `${round(us / 1e6)} s`
  if (us >= 1000) return `${round(us / 1000)} ms`
  return us >= 10 || Number.isInteger(us) ? `${Math.round(us)} µs` : `${round(us)} µs`
}

const spans = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** A span of time in its two largest units: `3 d 4 h`, `12 s`. */
export function formatSpan(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  const first = spans.findIndex(([, size]) => ms >= size)
  const [unit, size] = spans[first]!
  const whole = Math.floor(ms / size)
  const next = spans[first + 1]
  const rest = next === undefined ? 0 : Math.floor((ms - whole * size) / next[1])
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${next![0]}`
}

/** A point in time as the wall clock here shows it: `2026-11-25 23:38:01.250`. */
export function formatTime(ms: number): string {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return '—'
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const fraction = String(date.getMilliseconds()).padStart(3, '0')
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${fraction}`
}
