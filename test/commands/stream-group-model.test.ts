/** Groups, deletions and hand-backs beside a naive model: plain maps, searched from one end to the other. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TestClient } from '../support/in-process.ts'
import { keptBroker, restarted, streamsOf } from '../support/kept-broker.ts'

interface Delivery {
  /** Undefined when it was handed back. */
  owner: string | undefined
  atMs: number
  count: bigint
}

interface GroupModel {
  lastMs: number
  /** In the order of the deliveries. */
  readonly pending: Map<number, Delivery>
}

class Model {
  nowMs = 1_700_000_000_000
  lastMs = 0
  entries: number[] = []
  readonly groups = new Map<string, GroupModel>([
    ['g', { lastMs: 0, pending: new Map() }],
    ['h', { lastMs: 0, pending: new Map() }],
  ])

  isReferenced(ms: number): boolean {
    return [...this.groups.values()].some(({ lastMs, pending }) => ms > lastMs || pending.has(ms))
  }

  dropReferences(ms: number): void {
    for (const { pending } of this.groups.values()) pending.delete(ms)
  }

  deleteEntry(ms: number): boolean {
    if (!this.entries.includes(ms)) return false
    this.entries = this.entries.filter((each) => each !== ms)
    return true
  }

  give(group: GroupModel, ms: number, delivery: Delivery): void {
    group.pending.delete(ms)
    group.pending.set(ms, delivery)
  }

  idleFirst(group: GroupModel): [number, Delivery][] {
    const timeOf = ({ owner, atMs }: Delivery): number => (owner === undefined ? -1 : atMs)
    return [...group.pending].sort(([, a], [, b]) => timeOf(a) - timeOf(b))
  }
}

/** Runs a command on both; returns what the client said and what the model says. */
type Action = (model: Model, client: TestClient) => [string | undefined, string]

const max = 2n ** 63n - 1n
const idText = (ms: number): string => `${ms}-0`
const ms = fc.integer({ min: 1, max: 12 })
const group = fc.constantFrom('g', 'h')
const consumer = fc.constantFrom('a', 'b', '')
const policy = fc.constantFrom('KEEPREF', 'DELREF', 'ACKED')
const list = (numbers: readonly number[]): string => `[${numbers.map((n) => `:${n}`).join(', ')}]`
const quoted = (name: string): string => (name === '' ? '""' : name)

const add = fc.constant<Action>((model, client) => {
  const next = ++model.lastMs
  model.entries.push(next)
  return [client.call(`XADD s ${next}-0 f v`), `"${next}-0"`]
})

const read = fc.tuple(group, consumer, fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.constantFrom(-1, 0, 5, 10)).map(
  ([name, owner, count, isUnacknowledged, claimMs]): Action =>
    (model, client) => {
      const own = model.groups.get(name)!
      const told: string[] = []
      if (claimMs >= 0) {
        for (const [each, { owner: before, atMs, count: delivered }] of model.idleFirst(own)) {
          if (told.length === count || (before !== undefined && model.nowMs - atMs < claimMs)) break
          if (!model.entries.includes(each)) own.pending.delete(each)
          else {
            told.push(`["${each}-0", ["f", "v"], :${model.nowMs - (before === undefined ? 0 : atMs)}, :${delivered}]`)
            model.give(own, each, { owner, atMs: model.nowMs, count: delivered < max ? delivered + 1n : max })
          }
        }
      }
      for (const each of model.entries) {
        if (told.length === count || each <= own.lastMs) continue
        told.push(claimMs < 0 ? `["${each}-0", ["f", "v"]]` : `["${each}-0", ["f", "v"], :0, :0]`)
        own.lastMs = each
        if (!isUnacknowledged) model.give(own, each, { owner, atMs: model.nowMs, count: 1n })
      }
      const claim = claimMs < 0 ? '' : `CLAIM ${claimMs}`
      const options = `COUNT ${count} ${claim} ${isUnacknowledged ? 'NOACK' : ''}`
      const answer = client.call(`XREADGROUP GROUP ${name} ${quoted(owner)} ${options} STREAMS s >`)
      return [answer, told.length === 0 ? '*-1' : `[["s", [${told.join(', ')}]]]`]
    },
)

const acknowledge = fc.tuple(group, ms).map(
  ([name, each]): Action =>
    (model, client) => {
      const isPending = model.groups.get(name)!.pending.delete(each)
      return [client.call(`XACK s ${name} ${idText(each)}`), isPending ? ':1' : ':0']
    },
)

const deleteEx = fc.tuple(policy, ms, ms).map(
  ([how, ...ids]): Action =>
    (model, client) => {
      const outcomes = ids.map((each) => {
        if (how === 'DELREF') model.dropReferences(each)
        if (!model.entries.includes(each)) return -1
        if (how === 'ACKED' && model.isReferenced(each)) return 2
        model.deleteEntry(each)
        return 1
      })
      return [client.call(`XDELEX s ${how} IDS 2 ${ids.map(idText).join(' ')}`), list(outcomes)]
    },
)

const acknowledgeAndDelete = fc.tuple(group, policy, ms, ms).map(
  ([name, how, ...ids]): Action =>
    (model, client) => {
      const outcomes = ids.map((each) => {
        if (!model.groups.get(name)!.pending.delete(each)) return -1
        if (how === 'ACKED' && model.isReferenced(each)) return 2
        if (how === 'DELREF') model.dropReferences(each)
        model.deleteEntry(each)
        return 1
      })
      return [client.call(`XACKDEL s ${name} IDS 2 ${ids.map(idText).join(' ')} ${how}`), list(outcomes)]
    },
)

const trim = fc.tuple(policy, fc.integer({ min: 0, max: 6 }), fc.boolean()).map(
  ([how, threshold, byId]): Action =>
    (model, client) => {
      let count = 0
      for (const each of [...model.entries]) {
        if (byId ? each >= threshold : model.entries.length <= threshold) break
        if (how === 'ACKED' && model.isReferenced(each)) continue
        if (how === 'DELREF') model.dropReferences(each)
        model.deleteEntry(each)
        count++
      }
      return [client.call(`XTRIM s ${how} ${byId ? 'MINID' : 'MAXLEN'} ${threshold}`), `:${count}`]
    },
)

const handBack = fc
  .tuple(group, fc.constantFrom('SILENT', 'FAIL', 'FATAL'), ms, fc.boolean(), fc.constantFrom(-1, 0, 7))
  .map(
    ([name, mode, each, isForced, retryCount]): Action =>
      (model, client) => {
        const own = model.groups.get(name)!
        const before = own.pending.get(each)
        const isReleased = before !== undefined || (isForced && model.entries.includes(each))
        let count = before?.count ?? 0n
        if (retryCount >= 0) count = BigInt(retryCount)
        else if (mode === 'FATAL') count = max
        else if (mode === 'SILENT' && count > 0n) count--
        if (isReleased) model.give(own, each, { owner: undefined, atMs: 0, count })
        const options = `${isForced ? 'FORCE' : ''} ${retryCount >= 0 ? `RETRYCOUNT ${retryCount}` : ''}`
        return [client.call(`XNACK s ${name} ${mode} IDS 1 ${idText(each)} ${options}`), isReleased ? ':1' : ':0']
      },
  )

const claim = fc.tuple(group, consumer, ms, fc.constantFrom(0, 5), fc.constantFrom(0, 3, 50)).map(
  ([name, owner, each, minIdleMs, idleMs]): Action =>
    (model, client) => {
      const own = model.groups.get(name)!
      const before = own.pending.get(each)
      const isIdle = before !== undefined && (before.owner === undefined || model.nowMs - before.atMs >= minIdleMs)
      const isThere = model.entries.includes(each)
      if (!isThere) own.pending.delete(each)
      const isClaimed = isThere && isIdle
      if (isClaimed) model.give(own, each, { owner, atMs: model.nowMs - idleMs, count: before.count })
      const answer = client.call(`XCLAIM s ${name} ${quoted(owner)} ${minIdleMs} ${idText(each)} IDLE ${idleMs} JUSTID`)
      return [answer, isClaimed ? `["${each}-0"]` : '[]']
    },
)

const removeConsumer = fc.tuple(group, consumer).map(
  ([name, owner]): Action =>
    (model, client) => {
      const own = model.groups.get(name)!
      const held = [...own.pending].filter(([, delivery]) => delivery.owner === owner).map(([each]) => each)
      for (const each of held) own.pending.delete(each)
      return [client.call(`XGROUP DELCONSUMER s ${name} ${quoted(owner)}`), `:${held.length}`]
    },
)

function expectAgreement(model: Model, client: TestClient): void {
  expect(client.call('XRANGE s - +')).toBe(`[${model.entries.map((each) => `["${each}-0", ["f", "v"]]`).join(', ')}]`)
  for (const [name, { pending }] of model.groups) {
    const told = [...pending]
      .sort(([a], [b]) => a - b)
      .map(([each, { owner, atMs, count }]) => {
        const idleMs = owner === undefined ? -1 : model.nowMs - atMs
        return `["${each}-0", "${owner ?? ''}", :${idleMs}, :${count}]`
      })
    expect(client.call(`XPENDING s ${name} - + 100`)).toBe(`[${told.join(', ')}]`)
  }
}

function expectLags(model: Model, client: TestClient): void {
  const told = client.call('XINFO GROUPS s')
  for (const [name, { lastMs }] of model.groups) {
    const lag = model.entries.filter((each) => each > lastMs).length
    expect(told).toMatch(new RegExp(`"name", "${name}".*?"lag", :${lag}\\b`))
  }
}

const action = fc.oneof(
  { weight: 4, arbitrary: add },
  { weight: 5, arbitrary: read },
  { weight: 2, arbitrary: acknowledge },
  deleteEx,
  acknowledgeAndDelete,
  trim,
  { weight: 2, arbitrary: handBack },
  claim,
  removeConsumer,
)

test('groups with several consumers agree with plain maps through reading, claiming, deleting and handing back', async () => {
  const steps = fc.array(fc.tuple(action, fc.integer({ min: 0, max: 6 })), { minLength: 10, maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(steps, async (each) => {
      const kept = keptBroker()
      const client = kept.broker.client()
      const model = new Model()
      for (const name of model.groups.keys()) client.call(`XGROUP CREATE s ${name} 0 MKSTREAM`)
      for (const [step, passed] of each) {
        kept.broker.advance(passed)
        model.nowMs = kept.broker.nowMs
        const [answer, expected] = step(model, client)
        expect(answer).toBe(expected)
        expectAgreement(model, client)
      }
      expectLags(model, client)
      expect(streamsOf(await restarted(kept), ['s'])).toEqual(streamsOf(kept.broker, ['s']))
    }),
    { numRuns: 50 },
  )
})
