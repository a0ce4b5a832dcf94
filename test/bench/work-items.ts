/**
 * What the benchmark asks for, one work item a row. Each says what real use it stands for.
 *
 * Unless an item says otherwise it runs in redis-benchmark: 50 connections, `__rand_int__` becomes one of 100 000
 * numbers of twelve digits. Two items need answers to be read before the next request can be made; they run in `load.ts`.
 * Those of BullMQ run in `bullmq-load.ts`.
 */
import { encodeRequest } from './pipe.ts'

/** When the database is emptied and loaded anew: before every run, because runs use it up, or once for all runs. */
type Freshness = 'each run' | 'each size'

export interface WorkItem {
  readonly name: string
  readonly use: string
  /** Whether the size of the value matters; else one size is run. */
  readonly sized: boolean
  readonly freshness: Freshness
  /** Requests in the trial run that finds out how many make a run of the wanted length, without pipelining. */
  readonly trialRequests: number
  /** The most requests that one run may make: what was loaded must last, what is added must fit into memory. */
  requestsMax(size: number): number
  /** False where the load program decides for itself what it sends at a time. */
  readonly pipelined?: false
  /** What redis-benchmark is to send; absent: a load program knows the item by its name. */
  command?(value: string): string[]
  /** What is in the database before, for so many requests. */
  load?(value: string, requests: number): Iterable<Buffer>
}

/** The number of keys, and of places in the stream from which XRANGE reads; redis-benchmark's `-r`. */
export const randomRange = 100_000
/** Entries in the stream that the groups read. */
export const streamEntries = (size: number): number => (size > 256 ? 50_000 : 200_000)
/** Ids of one length, so that every answer to XREADGROUP is as long as the next and `load.ts` need not parse. */
export const firstStreamId = 1_000_000_000_000
export const groupCount = 5
export const entriesPerRead = 10
export const subscriberCount = 200

const bytesAddedMax = 400e6
const growing = (size: number): number => Math.min(2_000_000, Math.floor(bytesAddedMax / (size + 64)))
const endless = (): number => 5_000_000

export const workItems: readonly WorkItem[] = [
  {
    name: 'ping',
    use: 'the road without any work on it',
    sized: false,
    freshness: 'each size',
    trialRequests: 10_000,
    requestsMax: endless,
    command: () => ['PING'],
  },
  {
    name: 'set',
    use: 'overwrites one of 100 000 keys',
    sized: true,
    freshness: 'each size',
    trialRequests: 10_000,
    requestsMax: endless,
    command: (value) => ['SET', 'key:__rand_int__', value],
    load: everyKey,
  },
  {
    name: 'get',
    use: 'reads one of 100 000 keys',
    sized: true,
    freshness: 'each size',
    trialRequests: 10_000,
    requestsMax: endless,
    command: () => ['GET', 'key:__rand_int__'],
    load: everyKey,
  },
  {
    name: 'incr',
    use: 'counts in one of 100 000 keys',
    sized: false,
    freshness: 'each size',
    trialRequests: 10_000,
    requestsMax: endless,
    command: () => ['INCR', 'counter:__rand_int__'],
  },
  {
    name: 'eval',
    use: 'a script of one call, which counts in one of 100 000 keys',
    sized: false,
    freshness: 'each size',
    trialRequests: 10_000,
    requestsMax: endless,
    command: () => ['EVAL', "return redis.call('incr', KEYS[1])", '1', 'counter:__rand_int__'],
  },
  {
    name: 'hset',
    use: 'sets one of 100 000 fields of one hash',
    sized: true,
    freshness: 'each size',
    trialRequests: 10_000,
    requestsMax: endless,
    command: (value) => ['HSET', 'object', 'field:__rand_int__', value],
  },
  {
    name: 'sadd',
    use: 'adds one of 100 000 members to one set, most of which it has',
    sized: false,
    freshness: 'each size',
    trialRequests: 10_000,
    requestsMax: endless,
    command: () => ['SADD', 'tags', 'member:__rand_int__'],
  },
  {
    name: 'spop',
    use: 'takes members from one set that never runs empty',
    sized: false,
    freshness: 'each run',
    trialRequests: 10_000,
    requestsMax: () => 1_000_000,
    command: () => ['SPOP', 'tags'],
    load: (_value, requests) => members(requests),
  },
  {
    name: 'zadd',
    use: 'gives one of 100 000 members of one sorted set another score',
    sized: false,
    freshness: 'each size',
    trialRequests: 10_000,
    requestsMax: endless,
    command: () => ['ZADD', 'scores', '__rand_int__', 'member:__rand_int__'],
  },
  {
    name: 'zrange',
    use: 'a hundred members of a sorted set of 100 100, from a random score',
    sized: false,
    freshness: 'each size',
    trialRequests: 2_000,
    requestsMax: () => 500_000,
    command: () => ['ZRANGE', 'scores', '__rand_int__', '+inf', 'BYSCORE', 'LIMIT', '0', '100'],
    load: scores,
  },
  {
    name: 'xadd',
    use: 'fifty producers append to one hot stream, which nobody trims during the run',
    sized: true,
    freshness: 'each run',
    trialRequests: 10_000,
    requestsMax: growing,
    command: (value) => ['XADD', 'orders', '*', 'field', value],
  },
  {
    name: 'xrange',
    use: 'a hundred entries of a stream of 100 100, from a random place',
    sized: true,
    freshness: 'each size',
    trialRequests: 2_000,
    requestsMax: (size) => (size > 256 ? 50_000 : 500_000),
    command: () => ['XRANGE', 'orders', '__rand_int__-0', '+', 'COUNT', '100'],
    load: (value) => stream(value, randomRange + 100, (index) => `${index + 1}-0`),
  },
  {
    name: 'xreadgroup',
    use: 'five groups of ten consumers: XREADGROUP COUNT 10, then one XACK of the ten; both together count as one',
    sized: true,
    freshness: 'each size',
    trialRequests: 2_000,
    requestsMax: (size) => (streamEntries(size) / entriesPerRead) * groupCount,
    load: (value) => stream(value, streamEntries(value.length), (index) => `${firstStreamId + index}-0`),
  },
  {
    name: 'lpush',
    use: 'fifty producers push to one list',
    sized: true,
    freshness: 'each run',
    trialRequests: 10_000,
    requestsMax: growing,
    command: (value) => ['LPUSH', 'queue', value],
  },
  {
    name: 'rpop',
    use: 'fifty workers take from one list that never runs empty',
    sized: true,
    freshness: 'each run',
    trialRequests: 10_000,
    requestsMax: growing,
    command: () => ['RPOP', 'queue'],
    load: (value, requests) => list(value, requests),
  },
  {
    name: 'lmove',
    use: 'fifty workers move jobs from the queue to the list of those in progress',
    sized: true,
    freshness: 'each run',
    trialRequests: 10_000,
    requestsMax: growing,
    command: () => ['LMOVE', 'queue', 'progress', 'RIGHT', 'LEFT'],
    load: (value, requests) => list(value, requests),
  },
  {
    name: 'publish',
    use: 'to a channel that nobody hears',
    sized: true,
    freshness: 'each size',
    trialRequests: 10_000,
    requestsMax: endless,
    command: (value) => ['PUBLISH', 'news', value],
  },
  {
    name: 'fanout',
    use: 'one publisher, 200 subscribers; each delivery counts as one, the time is that of a batch to reach all',
    sized: true,
    freshness: 'each size',
    trialRequests: 200 * subscriberCount,
    requestsMax: endless,
  },
  {
    name: 'bullmq-add',
    use: 'BullMQ: fifty callers each add a job and wait for the answer',
    sized: true,
    pipelined: false,
    freshness: 'each run',
    trialRequests: 2_000,
    requestsMax: () => 100_000,
  },
  {
    name: 'bullmq-bulk',
    use: 'BullMQ: five callers each add a hundred jobs at once; each job counts as one, the time is that of a hundred',
    sized: true,
    pipelined: false,
    freshness: 'each run',
    trialRequests: 5_000,
    requestsMax: () => 200_000,
  },
  {
    name: 'bullmq-process',
    use: 'BullMQ: one worker runs jobs that do nothing, fifty at a time',
    sized: true,
    pipelined: false,
    freshness: 'each run',
    trialRequests: 2_000,
    requestsMax: () => 100_000,
  },
]

function* everyKey(value: string): Iterable<Buffer> {
  for (let index = 0; index < randomRange; index++) {
    yield encodeRequest(['SET', `key:${String(index).padStart(12, '0')}`, value])
  }
}

function* stream(value: string, count: number, id: (index: number) => string): Iterable<Buffer> {
  for (let index = 0; index < count; index++) yield encodeRequest(['XADD', 'orders', id(index), 'field', value])
}

function* list(value: string, count: number): Iterable<Buffer> {
  const perRequest = 100
  const request = encodeRequest(['RPUSH', 'queue', ...Array<string>(perRequest).fill(value)])
  for (let pushed = 0; pushed < count; pushed += perRequest) yield request
}

function* members(count: number): Iterable<Buffer> {
  for (let index = 0; index < count; index++) yield encodeRequest(['SADD', 'tags', `member:${index}`])
}

function* scores(): Iterable<Buffer> {
  for (let index = 0; index < randomRange + 100; index++) {
    yield encodeRequest(['ZADD', 'scores', String(index), `member:${index}`])
  }
}
