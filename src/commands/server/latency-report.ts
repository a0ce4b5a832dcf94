/** LATENCY GRAPH and LATENCY DOCTOR: pictures and words for people. */
import type { LatencyEvent, LatencyServer } from './ports.ts'

const columnsMax = 80
/** From low to high within one row. */
const levels = ['_', 'o', '#']
const rowCount = 4

/** A bar for each sample, oldest first, over how long ago it was. */
export function latencyGraph({ name, samples, maxMs }: LatencyEvent, nowS: number): string {
  const shown = samples.slice(-columnsMax)
  const durations = shown.map((sample) => sample.durationMs)
  const high = Math.max(...durations)
  const low = Math.min(...durations)
  const steps = rowCount * levels.length
  const heights = durations.map((each) =>
    high === low ? 1 : Math.round(((each - low) / (high - low)) * (steps - 1)) + 1,
  )
  const rows = Array.from({ length: rowCount }, (_, i) => {
    const base = (rowCount - 1 - i) * levels.length
    return heights
      .map((height) => (height <= base ? ' ' : levels[Math.min(height - base, levels.length) - 1]!))
      .join('')
  })
  const ages = shown.map((sample) => age(nowS - sample.atS))
  const ageRows = Array.from({ length: Math.max(...ages.map((each) => each.length)) }, (_, i) =>
    ages.map((each) => each[i] ?? ' ').join(''),
  )
  const title = `${name} - high ${high} ms, low ${low} ms (all time high ${maxMs} ms)`
  return [title, '-'.repeat(columnsMax), ...rows, '', ...ageRows, ''].join('\n')
}

function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86400)}d`
}

/** What was slow and where to look. */
export function latencyReport(latency: LatencyServer): string {
  if (latency.thresholdMs === 0) {
    return (
      'Latency is not monitored. CONFIG SET latency-monitor-threshold <milliseconds> keeps whatever takes longer; ' +
      'LATENCY HISTOGRAM tells how long commands take in any case.\n'
    )
  }
  const events = latency.events()
  if (events.length === 0) return `Nothing took ${latency.thresholdMs} ms or longer so far.\n`
  const lines = events.map(({ name, samples, maxMs }, i) => {
    const durations = samples.map((sample) => sample.durationMs)
    const average = durations.reduce((sum, each) => sum + each, 0) / durations.length
    return `${i + 1}. ${name}: slow ${samples.length} times, ${Math.round(average)} ms on average, ${maxMs} ms at worst.`
  })
  const advice = events.map(({ name }) => adviceFor(name)).filter((each) => each !== undefined)
  return [`These took ${latency.thresholdMs} ms or longer:`, ...lines, ...new Set(advice), ''].join('\n')
}

function adviceFor(event: string): string | undefined {
  if (event === 'command' || event === 'fast-command') return '- SLOWLOG GET shows which commands were slow.'
  if (event === 'expire-cycle') return '- Many keys expire at the same time: spread their times to live.'
  return undefined
}
