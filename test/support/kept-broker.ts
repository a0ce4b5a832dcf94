/** A broker whose log is kept in memory, and the one that a restart would make of it: what was logged (and checkpointed)
 *  must be all there is to know. */
import { luaCode } from '../../src/cli/lua-code.ts'
import type { ValueRow } from '../../src/keyspace/value-rows.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { TestBroker, type TestClient } from './in-process.ts'
import { parseCommand } from './notation.ts'

export interface KeptBroker {
  readonly broker: TestBroker
  readonly log: MemoryLog
}

export function keptBroker(): KeptBroker {
  const events = { onDurable() {}, onRefusing() {}, onFatal() {} }
  const log = new MemoryLog({ events, keep: true })
  return { broker: new TestBroker(new Config(), { ...bareHost, luaCode }, log), log }
}

/** A new broker that has read the checkpoint, each row as `edit` makes it, and the records of another's log, with a clock
 *  that moves by so much whenever somebody looks at it. */
export function restarted(
  kept: KeptBroker,
  usPerLook = 0,
  edit = (row: ValueRow): ValueRow => row,
): Promise<TestBroker> {
  return recovered(kept, true, usPerLook, edit)
}

/** A new broker that has read another's checkpoint, and nothing of what came after it. */
export function atCheckpoint(kept: KeptBroker): Promise<TestBroker> {
  return recovered(kept, false, 0)
}

async function recovered(
  { broker, log }: KeptBroker,
  withRecords: boolean,
  usPerLook: number,
  edit = (row: ValueRow): ValueRow => row,
): Promise<TestBroker> {
  const second = new TestBroker()
  second.usPerLook = usPerLook
  second.nowMs = broker.nowMs
  const { storage } = second.broker
  const loading = storage.beginLoading(second.nowMs)
  await log.recover({
    row: (row) => loading.row(edit(row)),
    record: (record) => {
      if (withRecords) loading.record(record)
    },
    progress() {},
  })
  storage.endLoading()
  return second
}

/** Everything that clients can see of the streams at these keys, in the two first databases. Left out is what a restart
 *  may change: when consumers were last seen (no log knows of reads that found nothing), the count of segments, and how many
 *  additions were recognized as repeated. */
export function streamsOf(broker: TestBroker, keys: readonly string[]): string[] {
  const client = broker.client()
  return [0, 1].flatMap((database) => {
    client.call(`SELECT ${database}`)
    return keys.flatMap((key) => [`${database} ${key}`, ...contentOf(client, key)])
  })
}

function contentOf(client: TestClient, key: string): string[] {
  const type = client.call(['TYPE', key])
  if (type !== '+stream') return [type ?? '']
  const full = client.call(['XINFO', 'STREAM', key, 'FULL', 'COUNT', '0']) ?? ''
  const entries = client.call(['XRANGE', key, '-', '+']) ?? ''
  const bounds = client.call(['XREAD', 'WITHBOUNDS', 'STREAMS', key, '$']) ?? ''
  return [full.replace(/("seen-time", |"radix-tree-\w+", |"iids-duplicates", ):\d+/g, '$1'), entries, bounds]
}

/** Every key of the two first databases: its type, when it expires, and its content. Left out is what `streamsOf` does. */
export function everythingOf(broker: TestBroker): string[] {
  const client = broker.client()
  const told = [0, 1].flatMap((database) => {
    client.call(`SELECT ${database}`)
    const printed = (client.call('KEYS *') ?? '').matchAll(/"(?:[^"\\]|\\.)*"/g)
    const keys = [...printed].flatMap(([word]) => parseCommand(word)).sort()
    return keys.flatMap((key) => [
      `${database} ${key} ${client.call(['TYPE', key])} ${client.call(['PEXPIRETIME', key])}`,
      ...(client.call(['TYPE', key]) === '+stream' ? contentOf(client, key) : [plainContentOf(client, key)]),
    ])
  })
  client.disconnect()
  return told
}

function plainContentOf(client: TestClient, key: string): string {
  const type = client.call(['TYPE', key])
  if (type === '+hash') return pairsOf(client, key)
  if (type === '+set') return sortedBulks(client.call(['SMEMBERS', key]) ?? '')
  return client.call(type === '+list' ? ['LRANGE', key, '0', '-1'] : ['GET', key]) ?? ''
}

/** The bulk strings of an answer whose order means nothing. */
function sortedBulks(reply: string): string {
  return [...reply.matchAll(/"(?:[^"\\]|\\.)*"/g)]
    .map(([bulk]) => bulk)
    .sort()
    .join(' ')
}

/** The fields of a hash with their values, sorted: a restart may change their order. */
function pairsOf(client: TestClient, key: string): string {
  const printed = (client.call(['HKEYS', key]) ?? '').matchAll(/"(?:[^"\\]|\\.)*"/g)
  const fields = [...printed].map(([word]) => word).sort()
  return fields.map((field) => `${field} ${client.call(['HGET', key, ...parseCommand(field)])}`).join(' ')
}
