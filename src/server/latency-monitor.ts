/** What LATENCY knows: when something took longer than `latency-monitor-threshold`, by the kind of event. */
import type { LatencyEvent, LatencySample } from '../commands/server/ports.ts'

/** Samples kept of each event, as in Redis. */
const samplesMax = 160

export class LatencyMonitor {
  readonly #events = new Map<string, { samples: LatencySample[]; maxMs: number }>()

  /** Notes that an event took `durationMs`. Samples within one second are one, the worst. */
  add(event: string, durationMs: number, nowMs: number): void {
    let known = this.#events.get(event)
    if (known === undefined) {
      known = { samples: [], maxMs: 0 }
      this.#events.set(event, known)
    }
    const atS = Math.floor(nowMs / 1000)
    known.maxMs = Math.max(known.maxMs, durationMs)
    const last = known.samples.at(-1)
    if (last?.atS === atS) {
      known.samples[known.samples.length - 1] = { atS, durationMs: Math.max(last.durationMs, durationMs) }
      return
    }
    known.samples.push({ atS, durationMs })
    if (known.samples.length > samplesMax) known.samples.shift()
  }

  /** Every event with its samples, oldest first. */
  events(): LatencyEvent[] {
    return [...this.#events].map(([name, { samples, maxMs }]) => ({ name, samples, maxMs }))
  }

  event(name: string): LatencyEvent | undefined {
    const known = this.#events.get(name)
    return known === undefined ? undefined : { name, ...known }
  }

  /** Forgets the events (all without names); returns how many there were. */
  reset(names: readonly string[]): number {
    const wanted = names.length === 0 ? [...this.#events.keys()] : names
    return wanted.filter((name) => this.#events.delete(name)).length
  }
}
