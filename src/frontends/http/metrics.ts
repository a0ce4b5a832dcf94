/** What the broker counts, in the names and units of Prometheus. Everything is read when somebody asks. */
import { collectDefaultMetrics, type Metric, type MetricType, Registry } from 'prom-client'
import type { Broker } from '../../server/broker.ts'
import { everyCommand } from '../../server/command-index.ts'
import type { LatencyHistogram } from '../../server/latency-histogram.ts'
import { serverFlag } from '../../server/server-state.ts'
import { special } from '../../server/session.ts'

export interface Sample {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
  /** Where it is another than the metric's. */
  readonly metricName?: string
}

/** Histograms keep counts by durations that double; every second of their bounds will do. */
const bucketBoundsUs = Array.from({ length: 11 }, (_, k) => 1.032 * 4 ** k)

export class Metrics {
  readonly #registry = new Registry()
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
    collectDefaultMetrics({ register: this.#registry })
    this.#describeCommands()
    this.#describeClients()
    this.#describeMemory()
    this.#describeLog()
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** All metrics, and those of `more` that were measured for this answer alone. */
  async text(more: readonly Metric[] = []): Promise<string> {
    const texts = [await this.#registry.metrics()]
    for (const each of more) {
      const own = new Registry()
      own.registerMetric(each)
      texts.push(await own.metrics())
    }
    return texts.join('\n')
  }

  #describeCommands(): void {
    const { administration } = this.#broker
    const { statistics, commands } = administration
    const called = () =>
      [...everyCommand(commands)].filter(({ calls, rejected, failed }) => calls + rejected + failed > 0)
    const byCommand = (read: (entry: ReturnType<typeof called>[number]) => number) => (): Sample[] =>
      called().map((entry) => ({ value: read(entry), labels: { command: entry.fullName } }))
    this.#counter(
      'commands_total',
      'Calls of commands.',
      byCommand(({ calls }) => calls),
    )
    this.#counter(
      'commands_rejected_total',
      'Commands that were not run.',
      byCommand(({ rejected }) => rejected),
    )
    this.#counter(
      'commands_failed_total',
      'Commands that answered with an error.',
      byCommand(({ failed }) => failed),
    )
    this.#counter('errors_total', 'Error replies by their code word.', () =>
      [...statistics.errors].map(([code, value]) => ({ value, labels: { code } })),
    )
    this.#add('command_duration_seconds', 'histogram', 'How long commands ran.', () =>
      called().flatMap(({ fullName, latency, usec }) =>
        latency === undefined
          ? []
          : histogramSamples('millrace_command_duration_seconds', latency, usec, { command: fullName }),
      ),
    )
  }

  #describeClients(): void {
    const { administration, channels, keyspace, outbox, sessions, waiters } = this.#broker
    const { statistics } = administration
    this.#gauge('clients', 'Connected clients, of all front ends.', () => sessions.size)
    this.#gauge('clients_blocked', 'Clients that wait for a key.', () => waiters.count)
    this.#gauge('clients_subscribed', 'Clients that listen to channels.', () => {
      let count = 0
      for (const session of sessions.values()) if (session.has(special.subscribed)) count++
      return count
    })
    this.#counter('connections_total', 'Connections that were taken.', () => statistics.connections)
    this.#counter(
      'connections_rejected_total',
      'Connections that were turned away.',
      () => statistics.rejectedConnections,
    )
    this.#counter('input_bytes_total', 'Bytes that were read from clients.', () => statistics.inputBytes)
    this.#counter('output_bytes_total', 'Bytes that were written to clients.', () => outbox.writtenBytes)
    this.#gauge('pubsub_channels', 'Channels that somebody listens to.', () => channels.nameCount('channel'))
    this.#gauge('pubsub_patterns', 'Patterns that somebody listens to.', () => channels.patternCount)
    this.#gauge('keys', 'Keys by database.', () =>
      keyspace.databases.flatMap((db, index) =>
        db.size === 0 ? [] : [{ value: db.size, labels: { db: String(index) } }],
      ),
    )
    this.#counter('keyspace_hits_total', 'Keys that were looked up and found.', () => keyspace.hits)
    this.#counter('keyspace_misses_total', 'Keys that were looked up in vain.', () => keyspace.misses)
    this.#counter('expired_keys_total', 'Keys whose time was up.', () => keyspace.expiredKeys)
    this.#counter('expired_fields_total', 'Fields of hashes whose time was up.', () => keyspace.expiredFields)
    this.#counter('evicted_keys_total', 'Keys that had to go for others.', () => this.#infoNumber('evicted_keys'))
  }

  #describeMemory(): void {
    const { administration, config, state } = this.#broker
    this.#gauge('memory_used_bytes', 'Memory of the heap and of values.', () => administration.memory().usedBytes)
    this.#gauge('memory_peak_bytes', 'The most that was used.', () => administration.memory().peakBytes)
    this.#gauge('memory_max_bytes', 'maxmemory; 0 is no limit.', () => Number(config.get('maxmemory')))
    this.#gauge('loading', 'Whether the data is being read.', () => Number(state.has(serverFlag.loading)))
    this.#gauge('writes_refused', 'Whether writes are refused with MISCONF.', () =>
      Number(state.has(serverFlag.refusing)),
    )
    this.#gauge('start_time_seconds', 'When the broker started.', () => administration.startedAtMs / 1000)
  }

  #describeLog(): void {
    const { administration, commitTimes, storage } = this.#broker
    const { persistence } = administration
    this.#gauge('log_bytes', 'Bytes of the log and the checkpoint.', () =>
      persistence.isLogged ? storage.currentBytes : 0,
    )
    this.#gauge('log_checkpoint_bytes', 'Bytes of the checkpoint.', () =>
      persistence.isLogged ? storage.checkpointBytes : 0,
    )
    this.#gauge('log_pending_bytes', 'Bytes that are not committed yet.', () => this.#broker.logPendingBytes)
    this.#gauge('log_changes', 'Changes since the last checkpoint.', () => this.#broker.keyspace.dirty)
    this.#add('log_commit_duration_seconds', 'histogram', 'From a record to its commit.', () =>
      histogramSamples('millrace_log_commit_duration_seconds', commitTimes.histogram, commitTimes.totalUs, {}),
    )
  }

  /** A figure of INFO that has no other place. */
  #infoNumber(name: string): number {
    return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(this.#broker.administration.info(['stats']))?.[1] ?? 0)
  }

  #counter(name: string, help: string, read: () => number | readonly Sample[]): void {
    this.#add(name, 'counter', help, read)
  }

  #gauge(name: string, help: string, read: () => number | readonly Sample[]): void {
    this.#add(name, 'gauge', help, read)
  }

  #add(
    name: string,
    type: `${MetricType}` | 'counter' | 'gauge' | 'histogram',
    help: string,
    read: () => number | readonly Sample[],
  ): void {
    this.#registry.registerMetric(readMetric(`millrace_${name}`, type, help, read))
  }
}

/** A metric whose samples are read when somebody asks. prom-client writes whatever has this form. */
export function readMetric(name: string, type: string, help: string, read: () => number | readonly Sample[]): Metric {
  const get = async (): Promise<object> => {
    const samples = read()
    const values = typeof samples === 'number' ? [{ value: samples, labels: {} }] : samples
    return { name, help, type, values: values.map((each) => ({ labels: {}, ...each })), aggregator: 'sum' }
  }
  return { name, get, reset() {} } as unknown as Metric
}

function histogramSamples(
  name: string,
  histogram: LatencyHistogram,
  totalUs: number,
  labels: Readonly<Record<string, string>>,
): Sample[] {
  const counts = histogram.cumulative()
  const countUpTo = (boundUs: number): number => counts.findLast(([at]) => at <= boundUs)?.[1] ?? 0
  const bucket = (le: string, value: number): Sample => ({
    value,
    labels: { ...labels, le },
    metricName: `${name}_bucket`,
  })
  return [
    ...bucketBoundsUs.map((boundUs) => bucket((boundUs / 1e6).toPrecision(6).replace(/0+$/, ''), countUpTo(boundUs))),
    bucket('+Inf', histogram.total),
    { value: totalUs / 1e6, labels, metricName: `${name}_sum` },
    { value: histogram.total, labels, metricName: `${name}_count` },
  ]
}
