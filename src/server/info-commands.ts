/** INFO's commandstats, errorstats and latencystats. */
import type { Administration } from './administration.ts'
import { everyCommand } from './command-index.ts'

/** What was called, refused or failed. */
export function commandLines({ commands }: Administration): string[] {
  const lines: string[] = []
  for (const { fullName, calls, usec, rejected, failed } of everyCommand(commands)) {
    if (calls === 0 && rejected === 0 && failed === 0) continue
    const perCall = calls === 0 ? 0 : Math.floor(usec) / calls
    lines.push(
      `cmdstat_${fullName}:calls=${calls},usec=${Math.floor(usec)},usec_per_call=${perCall.toFixed(2)},` +
        `rejected_calls=${rejected},failed_calls=${failed}`,
    )
  }
  return lines
}

export function errorLines({ statistics }: Administration): string[] {
  return [...statistics.errors].map(([code, count]) => `errorstat_${code}:count=${count}`)
}

/** The percentiles of `latency-tracking-info-percentiles`, in microseconds. */
export function latencyLines({ broker, commands }: Administration): string[] {
  const { latencyPercentiles, latencyTracking } = broker.config.settings
  if (!latencyTracking) return []
  const lines: string[] = []
  for (const { fullName, latency } of everyCommand(commands)) {
    if (latency === undefined) continue
    const values = latencyPercentiles.map((percent) => `p${percent}=${latency.percentileUs(percent).toFixed(3)}`)
    lines.push(`latency_percentiles_usec_${fullName}:${values.join(',')}`)
  }
  return lines
}
