/** Subscribers with little credit and with much, who come and go, on a stream that is trimmed and deleted from under them:
 *  each hears of every entry, be it that it gets it or that it lies in a gap. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareIds } from '../../../src/frontends/entry-ids.ts'
import type { Gap } from '../../../src/frontends/stream-cursor.ts'
import { WebStage } from '../../support/web-stage.ts'

const isBehind = (id: string, other: string): boolean => compareIds(id, other) > 0

/** What a subscriber heard, in order: ids of entries, and gaps. */
type Heard = (string | Gap)[]

/** Follows the stream up to an entry, some more credit for each one that comes; behind `stay` entries it comes again on another
 *  socket. */
async function follow(stage: WebStage, key: string, credit: number, stay: number, last: string): Promise<Heard> {
  const heard: Heard = []
  for (let after = '0', resumes = false; heard.at(-1) !== last; resumes = true) {
    const client = await stage.client()
    const answer = await client.call('stream.subscribe', { key, after, resumes, credit })
    let own: Heard = []
    while (own.length < stay && own.at(-1) !== last) {
      const { length } = (await client.next('stream.entries')).entries
      await client.call('stream.credit', { subscription: answer.subscription, credit: length })
      own = heardBy(client.texts)
    }
    client.close()
    heard.push(...own)
    after = own.findLast((each) => typeof each === 'string') ?? answer.after
  }
  return heard
}

/** The ids and gaps in what the server said. */
function heardBy(texts: readonly string[]): Heard {
  return texts.flatMap((text) => {
    const { method, params } = JSON.parse(text)
    if (method === 'stream.entries') return params.entries.map(({ id }: { id: string }) => id)
    return method === 'stream.gap' ? [{ from: params.from, to: params.to }] : []
  })
}

/** Everything that was ever in the stream, and what became of it. */
class Producer {
  readonly added: string[] = []
  readonly trimmed = new Set<string>()
  readonly #stage: WebStage
  readonly #key: string
  readonly #deleted = new Set<string>()

  constructor(stage: WebStage, key: string) {
    this.#stage = stage
    this.#key = key
  }

  /** Adds entries in one transaction, the last of which trims. */
  async add(count: number, trim: readonly string[] = []): Promise<void> {
    const key = this.#key
    const ids = Array.from({ length: count }, (_each, i) => `${this.added.length + i + 1}-0`)
    this.added.push(...ids)
    const adds = ids.map((id, i) => ['XADD', key, ...(i === count - 1 ? trim : []), id, 'f', 'v'])
    await Promise.all([['MULTI'], ...adds, ['EXEC']].map((command) => this.#stage.run(...command)))
    await this.#look()
  }

  async trim(...how: string[]): Promise<void> {
    await this.#stage.run('XTRIM', this.#key, ...how)
    await this.#look()
  }

  async delete(share: number): Promise<void> {
    const id = this.added[Math.floor((share / 1001) * this.added.length)]
    if (id === undefined) return
    if ((await this.#stage.run('XDEL', this.#key, id)) === 1) this.#deleted.add(id)
  }

  /** What is there no more and was not deleted was trimmed. */
  async #look(): Promise<void> {
    const entries: [string][] = await this.#stage.run('XRANGE', this.#key, '-', '+')
    const there = new Set(entries.map(([id]) => id))
    for (const id of this.added) if (!there.has(id) && !this.#deleted.has(id)) this.trimmed.add(id)
  }
}

function expectWhole(heard: Heard, { added, trimmed }: Producer): void {
  const ids = heard.filter((each) => typeof each === 'string')
  for (const [i, id] of ids.entries()) if (i > 0) expect(isBehind(id, ids[i - 1]!), `${id} comes in order`).toBe(true)
  const got = new Set(ids)
  const isIn = ({ from, to }: Gap, id: string): boolean => isBehind(id, from) && (to === null || isBehind(to, id))
  // The first that it was to hear of: what was gone when it began is not told.
  const begin = heard[0]!
  const first = typeof begin === 'string' ? begin : begin.from
  for (const id of added) {
    if (got.has(id) || !trimmed.has(id) || !isBehind(id, first)) continue
    const at = heard.findIndex((each) => (typeof each === 'string' ? isBehind(each, id) : isIn(each, id)))
    expect(typeof heard[at], `${id} was told of before what came behind it`).toBe('object')
  }
  for (const each of heard) {
    if (typeof each === 'string') continue
    expect(
      added.some((id) => trimmed.has(id) && !got.has(id) && isIn(each, id)),
      JSON.stringify(each),
    ).toBe(true)
  }
}

const small = fc.integer({ min: 1, max: 8 })
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: small.map((count) => (producer: Producer) => producer.add(count)) },
    {
      weight: 3,
      arbitrary: small.map((count) => (producer: Producer) => producer.add(count, ['MAXLEN', String(count >> 1)])),
    },
    { weight: 2, arbitrary: small.map((count) => (producer: Producer) => producer.trim('MAXLEN', String(count))) },
    { weight: 2, arbitrary: fc.nat({ max: 1000 }).map((share) => (producer: Producer) => producer.delete(share)) },
  ),
  { minLength: 10, maxLength: 60 },
)
const habits = fc.array(fc.record({ credit: fc.constantFrom(1, 3, 100), stay: fc.constantFrom(2, 20, 1000) }), {
  minLength: 3,
  maxLength: 6,
})

test('whatever goes before they get it, they get it or are told', async () => {
  const stage = await WebStage.open({ entriesPerMessageMax: 5 })
  let runs = 0
  try {
    await fc.assert(
      fc.asyncProperty(steps, habits, async (changes, followers) => {
        const key = `s${runs++}`
        const producer = new Producer(stage, key)
        const last = '1000000-0'
        const following = followers.map(({ credit, stay }) => follow(stage, key, credit, stay, last))
        for (const change of changes) await change(producer)
        await stage.run('XADD', key, last, 'f', 'v')
        for (const heard of await Promise.all(following)) expectWhole(heard, producer)
      }),
      { numRuns: 20 },
    )
  } finally {
    await stage.close()
  }
}, 120_000)
