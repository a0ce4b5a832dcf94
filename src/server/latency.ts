/** What is slow: the slow log and the latency monitor hear of slow commands, histograms count all of them. */
import type { Args } from '../../protocol/resp/args.ts'
import type { LatencyEvent, LatencyHistogramFacts, LatencyServer } from '../commands/server/ports.ts'
import { type CommandIndex, commandBit, everyCommand, type IndexedCommand } from './command-index.ts'
import type { Config } from './config/config.ts'
import { LatencyMonitor } from './latency-monitor.ts'
import type { ServerState } from './server-state.ts'
import type { Session } from './session.ts'
import { Slowlog } from './slowlog.ts'

export class Latency implements LatencyServer {
  readonly slowlog: Slowlog
  readonly #monitor = new LatencyMonitor()
  readonly #config: Config
  readonly #commands: CommandIndex
  readonly #nowMs: () => number

  constructor(config: Config, commands: CommandIndex, nowMs: () => number) {
    this.#config = config
    this.#commands = commands
    this.#nowMs = nowMs
    this.slowlog = new Slowlog(() => config.settings.slowlogEntriesMax)
  }

  get thresholdMs(): number {
    return this.#config.settings.latencyThresholdMs
  }

  /** Lets the dispatcher report what somebody wants to hear of, and count durations if they are tracked. */
  follow(state: ServerState): void {
    const apply = (): void => {
      const { slowlogSlowerThanMicros, slowlogEntriesMax, latencyTracking } = this.#config.settings
      const slowlogUs = slowlogSlowerThanMicros < 0 || slowlogEntriesMax === 0 ? Infinity : slowlogSlowerThanMicros
      const monitorUs = this.thresholdMs === 0 ? Infinity : this.thresholdMs * 1000
      state.slowThresholdUs = Math.min(slowlogUs, monitorUs)
      state.tracksLatency = latencyTracking
      this.slowlog.trim()
    }
    state.onSlow = (session, entry, args, durationUs) => this.#slow(session, entry, args, durationUs)
    apply()
    this.#config.onChange(
      ['slowlog-log-slower-than', 'slowlog-max-len', 'latency-monitor-threshold', 'latency-tracking'],
      apply,
    )
  }

  /** Notes something that is no command and took `durationMs`, if the monitor listens and it took long. */
  note(event: string, durationMs: number): void {
    if (this.thresholdMs === 0 || durationMs < this.thresholdMs) return
    this.#monitor.add(event, Math.floor(durationMs), this.#nowMs())
  }

  events(): LatencyEvent[] {
    return this.#monitor.events()
  }

  event(name: string): LatencyEvent | undefined {
    return this.#monitor.event(name)
  }

  reset(names: readonly string[]): number {
    return this.#monitor.reset(names)
  }

  histograms(names: readonly string[] | undefined): LatencyHistogramFacts[] {
    const wanted = names === undefined ? [...everyCommand(this.#commands)] : names.flatMap((name) => this.#named(name))
    const facts: LatencyHistogramFacts[] = []
    for (const { fullName, latency } of wanted) {
      if (latency === undefined) continue
      facts.push({ fullName, calls: latency.total, cumulative: latency.cumulative() })
    }
    return facts
  }

  #slow(session: Session, entry: IndexedCommand, args: Args, durationUs: number): void {
    this.note(entry.command.flags.includes('fast') ? 'fast-command' : 'command', durationUs / 1000)
    const { slowlogSlowerThanMicros } = this.#config.settings
    if (slowlogSlowerThanMicros < 0 || durationUs < slowlogSlowerThanMicros) return
    if ((entry.flags & commandBit.skipSlowlog) !== 0) return
    this.slowlog.add(entry, args, durationUs, this.#nowMs(), session.connection.remoteAddress, session.name)
  }

  /** A command, or a container's subcommands; `name|subcommand` works too. */
  #named(name: string): IndexedCommand[] {
    const [first, second] = name.toLowerCase().split('|')
    const entry = this.#commands.named(first!)
    if (entry === undefined) return []
    if (second !== undefined) return [entry.subcommands?.named(second)].filter((each) => each !== undefined)
    return [entry, ...(entry.subcommands?.all ?? [])]
  }
}
