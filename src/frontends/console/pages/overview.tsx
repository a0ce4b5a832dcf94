/** How the broker fares, at a glance and over the last quarter of an hour. */
import { type Bytes, showShort, toTyped } from '../lib/bytes.ts'
import { databaseSizes, type Series } from '../lib/figures.ts'
import { formatBytes, formatCount, formatCounted, formatMicroseconds, formatShort, formatSpan } from '../lib/format.ts'
import { Chart, type ChartProps } from '../parts/chart.tsx'
import { linkTo, useStore } from '../parts/hooks.ts'
import { type GroupLag, type Sample, sample, series } from '../parts/sampler.ts'

const blue = '--line-1'
const orange = '--line-2'
const perSecond = (value: number): string => `${formatShort(value)}/s`
const bytesPerSecond = (value: number): string => `${formatBytes(value)}/s`

export function OverviewPage() {
  const now = useStore(sample)
  if (now === undefined) return <p class="empty">Asking the server…</p>
  return (
    <>
      <h1>Overview</h1>
      <Tiles now={now} />
      <Charts tick={now.tick} />
      <Lags lags={now.lags} />
    </>
  )
}

function Tiles({ now: { info, streams } }: { now: Sample }) {
  const text = (name: string): string => info.get(name) ?? ''
  const number = (name: string): number => Number(info.get(name) ?? 0)
  const keys = [...databaseSizes(info).values()].reduce((sum, size) => sum + size, 0)
  const isWriting = text('aof_last_write_status') === 'ok'
  const hits = number('keyspace_hits')
  const looked = hits + number('keyspace_misses')
  const commandRate = series.commands.last(0)
  const tiles: [string, string, string?][] = [
    ['Version', text('millrace_version') || text('redis_version'), `speaks Redis ${text('redis_version')}`],
    ['Up', formatSpan(number('uptime_in_seconds') * 1000), `port ${text('tcp_port')}, process ${text('process_id')}`],
    ['Keys', formatCount(keys), `${formatCounted(streams, 'stream')} in this database`],
    [
      'Commands',
      commandRate === undefined ? '–' : perSecond(commandRate),
      `${formatShort(number('total_commands_processed'))} in all`,
    ],
    ['Memory', formatBytes(number('used_memory')), memoryHint(number('maxmemory'), number('used_memory_peak'))],
    [
      'Log',
      text('aof_enabled') === '1' ? (isWriting ? 'written' : 'failing') : 'off',
      isWriting ? `${formatBytes(number('aof_current_size'))} on disk` : 'the last write did not succeed',
    ],
    [
      'Clients',
      formatCount(number('connected_clients')),
      `${formatCount(number('blocked_clients'))} in a blocking command`,
    ],
    ['Found', looked === 0 ? '–' : `${((100 * hits) / looked).toFixed(1)} %`, 'of the keys that were looked for'],
  ]
  return (
    <dl class="tiles">
      {tiles.map(([name, value, hint]) => (
        <div key={name} class={value === 'failing' ? 'tile is-error' : 'tile'}>
          <dt>{name}</dt>
          <dd>{value}</dd>
          <dd class="hint">{hint}</dd>
        </div>
      ))}
    </dl>
  )
}

function memoryHint(max: number, peak: number): string {
  return max === 0 ? `at most ${formatBytes(peak)} so far` : `of ${formatBytes(max)}`
}

const one = (label: string) => [{ label, color: blue }]
const two = (first: string, second: string) => [...one(first), { label: second, color: orange }]

const charts: readonly (Omit<ChartProps, 'columns' | 'tick'> & { readonly source: Series })[] = [
  {
    title: 'Messages',
    hint: 'added, published, pushed; read by groups, popped',
    lines: two('in', 'out'),
    source: series.messages,
    format: perSecond,
  },
  {
    title: 'Command latency',
    hint: 'time within the server',
    lines: two('median', '99 %'),
    source: series.latency,
    format: formatMicroseconds,
  },
  {
    title: 'Commit time',
    hint: 'from a write until the log has it',
    lines: two('median', '99 %'),
    source: series.commit,
    format: formatMicroseconds,
  },
  {
    title: 'Stream lag',
    hint: 'entries of groups: not read yet, not acknowledged',
    lines: two('unread', 'pending'),
    source: series.lag,
    format: formatShort,
  },
  { title: 'Network', lines: two('in', 'out'), source: series.network, format: bytesPerSecond, isBytes: true },
  { title: 'Memory', lines: two('values', 'process'), source: series.memory, format: formatBytes, isBytes: true },
  { title: 'Log', hint: 'bytes on disk', lines: one('size'), source: series.log, format: formatBytes, isBytes: true },
  { title: 'Clients', lines: two('connected', 'blocked'), source: series.clients, format: formatShort },
  { title: 'Commands', lines: one('run'), source: series.commands, format: perSecond },
]

function Charts({ tick }: { tick: number }) {
  return (
    <div class="charts">
      {charts.map(({ source, ...chart }) => (
        <Chart key={chart.title} {...chart} columns={source.columns} tick={tick} />
      ))}
    </div>
  )
}

const shownMax = 10

function Lags({ lags }: { lags: readonly GroupLag[] }) {
  if (lags.length === 0) return null
  const behind = [...lags].sort((a, b) => (b.lag ?? 0) + b.pending - (a.lag ?? 0) - a.pending).slice(0, shownMax)
  return (
    <section>
      <h2>Groups with most to do</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Stream</th>
              <th>Group</th>
              <th class="number">Unread</th>
              <th class="number">Pending</th>
            </tr>
          </thead>
          <tbody>
            {behind.map(({ key, group, lag, pending }) => (
              <tr key={`${key} ${group}`}>
                <td>
                  <a data-row href={linkTo('streams', key as Bytes, { view: 'groups' })}>
                    {showShort(key as Bytes)}
                  </a>
                </td>
                <td>{showShort(group as Bytes)}</td>
                <td class="number">{lag === undefined ? 'unknown' : formatCount(lag)}</td>
                <td class="number">
                  <a href={linkTo('streams', key as Bytes, { view: 'pending', group: toTyped(group as Bytes) })}>
                    {formatCount(pending)}
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
