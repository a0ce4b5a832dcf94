/** What the server counts, as figures for a chart: INFO and LATENCY HISTOGRAM give totals, a chart wants what happened
 *  between two looks. */

/** INFO's lines by name. */
export function parseInfo(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)]
    }),
  )
}

/** The `a=1,b=2` of an INFO line. */
export function parseFields(line: string): Map<string, string> {
  return new Map(
    line.split(',').map((part) => {
      const equals = part.indexOf('=')
      return [part.slice(0, equals), part.slice(equals + 1)]
    }),
  )
}

/** Calls of each command, from INFO commandstats. */
export function commandCalls(info: ReadonlyMap<string, string>): Map<string, number> {
  const calls = new Map<string, number>()
  for (const [name, line] of info) {
    if (name.startsWith('cmdstat_')) calls.set(name.slice(8), Number(parseFields(line).get('calls') ?? 0))
  }
  return calls
}

/** Commits of the log by how long they took, from INFO persistence; empty where nothing is logged. */
export function commitHistogram(info: ReadonlyMap<string, string>): Histogram {
  const line = info.get('log_commit_histogram_usec') ?? ''
  if (line === '') return new Map()
  return new Map([...parseFields(line)].map(([bound, count]) => [Number(bound), Number(count)]))
}

/** How many keys each database has that has any. */
export function databaseSizes(info: ReadonlyMap<string, string>): Map<number, number> {
  const sizes = new Map<number, number>()
  for (const [name, line] of info) {
    if (/^db\d+$/.test(name)) sizes.set(Number(name.slice(2)), Number(parseFields(line).get('keys') ?? 0))
  }
  return sizes
}

/** Commands that bring a message in, and those that take one out of a list or sorted set. */
const bringing = 'xadd publish spublish lpush rpush lpushx rpushx'.split(' ')
const taking = 'lpop rpop blpop brpop lmove blmove rpoplpush brpoplpush lmpop blmpop'.split(' ')

export function messagesIn(calls: ReadonlyMap<string, number>): number {
  return bringing.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0)
}

export function messagesTaken(calls: ReadonlyMap<string, number>): number {
  return taking.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0)
}

const windowSecondsMin = 60

/** From when to when a chart shows, in seconds: all there is, but never less than a minute, so that one that has just
 *  begun grows from the right. Both ends are missing where nothing was seen yet; uPlot gives a single point a whole day,
 *  which is cut off at `now`. */
export function timeWindow(
  first: number | null | undefined,
  last: number | null | undefined,
  now: number,
): [number, number] {
  const end = Math.min(last ?? now, now)
  return [Math.min(first ?? end, end - windowSecondsMin), end]
}

/** How much a counter grew in a second. One that was reset counts from nothing. */
export function rate(before: number, after: number, elapsedMs: number): number {
  if (elapsedMs <= 0) return 0
  return ((after >= before ? after - before : after) * 1000) / elapsedMs
}

/** Calls by the upper bound of their duration in microseconds, summed up as LATENCY HISTOGRAM answers. */
export type Histogram = ReadonlyMap<number, number>

/** Calls in each bucket alone, of all histograms together. */
export function bucketsOf(cumulated: Iterable<Histogram>): Map<number, number> {
  const buckets = new Map<number, number>()
  for (const histogram of cumulated) {
    let below = 0
    for (const [bound, count] of [...histogram].sort(([a], [b]) => a - b)) {
      buckets.set(bound, (buckets.get(bound) ?? 0) + count - below)
      below = count
    }
  }
  return buckets
}

/** What came in between. */
export function bucketGrowth(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): Histogram {
  const growth = new Map<number, number>()
  for (const [bound, count] of after) {
    const grown = count - (before.get(bound) ?? 0)
    if (grown > 0) growth.set(bound, grown)
  }
  return growth
}

/** The bound under which a share of the calls lies; undefined when there were none. */
export function quantile(buckets: ReadonlyMap<number, number>, share: number): number | undefined {
  const total = [...buckets.values()].reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let seen = 0
  for (const [bound, count] of [...buckets].sort(([a], [b]) => a - b)) {
    seen += count
    if (seen >= total * share) return bound
  }
  return undefined
}

/** Rows of equal length for a chart: a time and its values. The oldest go when there are too many. */
export class Series {
  readonly columns: (number | null)[][]
  readonly #lengthMax: number

  constructor(values: number, lengthMax: number) {
    this.columns = Array.from({ length: values + 1 }, () => [])
    this.#lengthMax = lengthMax
  }

  add(timeSeconds: number, ...values: readonly (number | undefined)[]): void {
    this.columns.forEach((column, i) => {
      column.push(i === 0 ? timeSeconds : (values[i - 1] ?? null))
      if (column.length > this.#lengthMax) column.shift()
    })
  }

  /** The newest value of a column, the first of which is 0. */
  last(column: number): number | undefined {
    return this.columns[column + 1]?.at(-1) ?? undefined
  }
}
