/**
 * One connection plays producer and three consumers of a group on a stream of its own, with ids of its own choice: who
 * holds which entry, how often it was delivered and how far the group has read must come back to the last detail.
 */
import type { Command } from '../support/resp-client.ts'
import { compareIds, type ModelGroup, type ModelState, streamAt } from './model.ts'
import type { Random } from './random.ts'
import type { SoloStep, SoloWork } from './solo.ts'

const entriesMax = 150
const consumers = ['anna', 'bert', 'carl']
const group = 'g'

export function groupWork(prefix: string): SoloWork {
  const key = `${prefix}:s`
  return {
    keys: [key],
    nextStep(random, state) {
      const stream = state[key] === undefined ? undefined : streamAt(state, key)
      if (stream?.groups[group] === undefined || stream.entries.length >= entriesMax) return startAnew(key)
      const { pending } = stream.groups[group]
      const consumer = random.pick(consumers)
      const held = pending.map(([id]) => id)
      const some = held.filter(() => random.percent(30)).slice(0, 8)
      const kind = random.pick(['add', 'add', 'read', 'read', 'ack', 'ack', 'claim', 'justid', 'autoclaim', 'rare'])
      if (kind === 'rare' && random.percent(20)) return deleteConsumer(key, consumer)
      if (kind === 'rare' && random.percent(20)) return setId(key, random.pick(['0-0', ...held]))
      if (kind === 'read') return read(key, consumer, random.between(1, 5))
      if (kind === 'ack' && some.length > 0) return acknowledge(key, [...some, '1-77'])
      if (kind === 'claim' && some.length > 0) return claim(key, consumer, some, 1)
      if (kind === 'justid' && some.length > 0) return claim(key, consumer, some, 0)
      if (kind === 'autoclaim' && held.length > 0)
        return autoclaim(key, consumer, random.pick(held), random.between(1, 4))
      return add(key, stream.entries.at(-1)?.id, random)
    },
  }
}

function startAnew(key: string): SoloStep {
  return {
    commands: [['MULTI'], ['DEL', key], ['XGROUP', 'CREATE', key, group, '0', 'MKSTREAM'], ['EXEC']],
    apply(model) {
      model[key] = { type: 'stream', entries: [], groups: { [group]: { lastDeliveredId: '0-0', pending: [] } } }
    },
  }
}

function add(key: string, lastId: string | undefined, random: Random): SoloStep {
  const id = `${Number(lastId?.split('-')[0] ?? '0') + random.between(1, 3)}-${random.between(0, 9)}`
  const fields = ['for', id]
  return {
    commands: [['XADD', key, id, ...fields]],
    apply: (model) => streamAt(model, key).entries.push({ id, fields }),
  }
}

function read(key: string, consumer: string, count: number): SoloStep {
  const command = ['XREADGROUP', 'GROUP', group, consumer, 'COUNT', String(count), 'STREAMS', key, '>']
  return groupStep(key, command, (state, entries) => {
    const fresh = entries.filter((id) => compareIds(id, state.lastDeliveredId) > 0).slice(0, count)
    state.lastDeliveredId = fresh.at(-1) ?? state.lastDeliveredId
    // After SETID an entry may be delivered while it is pending: it then changes hands and counts from one again.
    state.pending = state.pending.filter(([id]) => !fresh.includes(id))
    for (const id of fresh) state.pending.push([id, consumer, 1])
    state.pending.sort(([a], [b]) => compareIds(a, b))
  })
}

function acknowledge(key: string, ids: readonly string[]): SoloStep {
  return groupStep(key, ['XACK', key, group, ...ids], (state) => {
    state.pending = state.pending.filter(([id]) => !ids.includes(id))
  })
}

/** With `addedCount` 0 the form that leaves the number of deliveries alone: JUSTID. */
function claim(key: string, consumer: string, ids: readonly string[], addedCount: 0 | 1): SoloStep {
  const command = ['XCLAIM', key, group, consumer, '0', ...ids, ...(addedCount === 0 ? ['JUSTID'] : [])]
  return groupStep(key, command, (state) => {
    state.pending = state.pending.map(([id, owner, count]) =>
      ids.includes(id) ? [id, consumer, count + addedCount] : [id, owner, count],
    )
  })
}

function autoclaim(key: string, consumer: string, startId: string, count: number): SoloStep {
  const command = ['XAUTOCLAIM', key, group, consumer, '0', startId, 'COUNT', String(count)]
  return groupStep(key, command, (state) => {
    const from = state.pending.findIndex(([id]) => compareIds(id, startId) >= 0)
    if (from < 0) return
    for (const pending of state.pending.slice(from, from + count)) {
      pending[1] = consumer
      pending[2]++
    }
  })
}

function deleteConsumer(key: string, consumer: string): SoloStep {
  return groupStep(key, ['XGROUP', 'DELCONSUMER', key, group, consumer], (state) => {
    state.pending = state.pending.filter(([, owner]) => owner !== consumer)
  })
}

function setId(key: string, id: string): SoloStep {
  return groupStep(key, ['XGROUP', 'SETID', key, group, id], (state) => {
    state.lastDeliveredId = id
  })
}

function groupStep(
  key: string,
  command: Command,
  change: (state: ModelGroup, entryIds: readonly string[]) => void,
): SoloStep {
  return {
    commands: [command],
    apply(model: ModelState) {
      const stream = streamAt(model, key)
      change(
        stream.groups[group]!,
        stream.entries.map((entry) => entry.id!),
      )
    },
  }
}
