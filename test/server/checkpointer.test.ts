import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Collection } from '../../src/keyspace/stored-object.ts'
import { atCheckpoint, everythingOf, type KeptBroker, keptBroker, restarted } from '../support/kept-broker.ts'

/** A slice of so many microseconds does the steps between two looks at the clock: 16 rows or keys. */
const shortestSliceUs = 1.5

/** Values of every kind, some of several rows, in two databases; `count` small strings besides. */
function populated(count = 60): KeptBroker {
  const kept = keptBroker()
  kept.broker.usPerLook = 1
  const client = kept.broker.client()
  for (const database of [0, 1]) {
    client.call(`SELECT ${database}`)
    for (let i = 0; i < count; i++) client.call(['SET', `fill${i}`, `value ${i}`])
    client.call(['SET', 'a', 'short'])
    client.call(['SET', 'b', 'large '.repeat(40_000)])
    client.call(['RPUSH', 'c', ...Array.from({ length: 900 }, (_, i) => `${i} ${'x'.repeat(100)}`)])
    for (let i = 1; i <= 300; i++) client.call(['XADD', 'd', `${i}-0`, 'field', 'y'.repeat(500)])
    client.call('XGROUP CREATE d g 0')
    client.call('XREADGROUP GROUP g one COUNT 120 STREAMS d >')
    client.call('XREADGROUP GROUP g two COUNT 30 STREAMS d >')
    client.call('PEXPIRE fill1 500')
    client.call('PEXPIRE a 100000')
  }
  return kept
}

/** Asks for a checkpoint and ends the turn, so that it begins; returns what settles with it. */
function begin({ broker }: KeptBroker): Promise<void> {
  const written = broker.broker.storage.checkpoint()
  broker.broker.endTurn()
  return written
}

/** Lets the checkpoint work until it is complete. */
async function finish({ broker }: KeptBroker, written: Promise<void>): Promise<void> {
  let isWritten = false
  const noted = written.then(() => {
    isWritten = true
  })
  while (!isWritten) {
    broker.broker.storage.checkpointer.slice(1000)
    await Promise.resolve()
  }
  await noted
}

/** A collection of any size that knows whether its picture is still wanted. */
class WatchedSet implements Collection {
  readonly kind = 'set'
  readonly memoryBytes = 0
  isPictured = false
  runs = 0

  freeze(): Iterable<Uint8Array> {
    this.isPictured = true
    const iterator: Iterator<Uint8Array> = {
      next: () => ({ value: Buffer.from(`$4\r\n${1000 + this.runs++}\r\n`) }),
      return: () => {
        this.isPictured = false
        return { done: true, value: undefined }
      },
    }
    return { [Symbol.iterator]: () => iterator }
  }

  clone(): WatchedSet {
    return new WatchedSet()
  }

  appendWire(): void {}
}

/** Sets of a broker whose pictures are taken, one of them read for a while, the other not begun. */
function pictured(kept: KeptBroker): WatchedSet[] {
  const client = kept.broker.client()
  for (const name of ['one', 'two']) client.call(['SADD', name, 'member'])
  const sets = [new WatchedSet(), new WatchedSet()]
  const [db] = kept.broker.broker.keyspace.databases
  for (const [entry, set] of sets.entries()) db!.replaceObject(entry, set)
  return sets
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'fill1', 'fill2', 'fill59')
const id = fc.constantFrom('1-0', '60-0', '61-0', '299-0', '300-0', '*')
const end = fc.constantFrom('LEFT', 'RIGHT')
const text = fc.constantFrom('v', 'longer than before', 'z'.repeat(9000), 'w'.repeat(150_000))
const words = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string[]> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))

const command = fc.oneof(
  words('SET', key, text),
  words('SET', key, text, 'PX', '700'),
  words('APPEND', key, text),
  words('SETRANGE', key, '3', text),
  words('DEL', key),
  words('RENAME', key, key),
  words('COPY', key, key, 'REPLACE'),
  words('MOVE', key, '1'),
  words('PEXPIRE', key, '400'),
  words('PERSIST', key),
  words('RPUSH', key, text, 'tail'),
  words('LPOP', key, '30'),
  words('LSET', key, '450', text),
  words('LTRIM', key, '10', '-10'),
  words('LMOVE', key, key, end, end),
  words('XADD', key, '*', 'field', text),
  words('XDEL', key, id),
  words('XTRIM', key, 'MAXLEN', '100'),
  words('XREADGROUP', 'GROUP', 'g', 'three', 'COUNT', '20', 'STREAMS', key, '>'),
  words('XACK', key, 'g', id, '2-0', '3-0'),
  words('XGROUP', 'DELCONSUMER', key, 'g', 'two'),
  words('XCLAIM', key, 'g', 'two', '0', id),
  words('SELECT', fc.constantFrom('0', '1')),
  { arbitrary: words('SWAPDB', '0', '1'), weight: 1 },
  { arbitrary: words('FLUSHDB'), weight: 1 },
)
const step = fc.oneof(
  { arbitrary: command, weight: 4 },
  { arbitrary: fc.constant('slice' as const), weight: 2 },
  { arbitrary: fc.constant('time' as const), weight: 1 },
)

describe('a checkpoint', () => {
  test('holds every key as it was when it began, whatever happens while it is written; nothing after it is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const kept = populated()
        const { broker } = kept
        const client = broker.client()
        const atBeginning = everythingOf(broker)
        const beganAtMs = broker.nowMs
        const written = begin(kept)
        for (const each of steps) {
          if (each === 'slice') broker.broker.storage.checkpointer.slice(shortestSliceUs)
          else if (each === 'time') broker.advance(250)
          else client.send(each)
        }
        await finish(kept, written)
        const inTheEnd = everythingOf(broker)
        const endedAtMs = broker.nowMs
        expect(everythingOf(await restarted(kept))).toEqual(inTheEnd)
        broker.nowMs = beganAtMs
        expect(everythingOf(await atCheckpoint(kept))).toEqual(atBeginning)
        broker.nowMs = endedAtMs
      }),
      { numRuns: 60 },
    )
  })

  test('looks at the clock at least once in 64 KiB, and stops when its time is up', () => {
    const kept = populated(0)
    const { broker, log } = kept
    const client = broker.client()
    client.call(['SET', 'huge', 'h'.repeat(4_000_000)])
    const added: number[] = []
    const { storage } = broker.broker
    const beginCheckpoint = log.beginCheckpoint.bind(log)
    log.beginCheckpoint = () => {
      const writer = beginCheckpoint()
      return {
        ...writer,
        add: (rows) => {
          added.push(rows.reduce((size, row) => size + row.payload.length, 0))
          writer.add(rows)
        },
      }
    }
    void begin(kept)
    let slices = 0
    for (; added.reduce((a, b) => a + b, 0) < 4_000_000; slices++) storage.checkpointer.slice(shortestSliceUs)
    expect(Math.max(...added)).toBeLessThan(3 * 64 * 1024)
    expect(slices).toBeGreaterThan(25)
  })

  test('keeps strings of every size and key, with and without a time to live', async () => {
    const kept = keptBroker()
    const client = kept.broker.client()
    const sizes = [0, 1, 16, 3000, 4070, 4085, 4090, 4096, 5000, 65_535, 65_536, 65_537, 131_050, 131_072, 200_000]
    for (const size of sizes) {
      for (const name of ['', '\r\n$3\r\n', 'k'.repeat(5000)]) {
        client.call(['SET', `${name}${size}`, '\r\n'.padEnd(size, String(size)).slice(0, size)])
        client.call(['SET', `${name}${size} for a while`, 'v'.repeat(size), 'PX', String(5000 + size)])
      }
    }
    for (let i = 0; i < 5000; i++) client.call(['SET', `small${i}`, String(i)])
    const before = everythingOf(kept.broker)
    await finish(kept, begin(kept))
    expect(everythingOf(await atCheckpoint(kept))).toEqual(before)
    expect(before.length).toBe(2 * (sizes.length * 6 + 5000))
    expect(before.filter((line) => line.includes('+none'))).toEqual([])
  })

  test('does not copy a large string that stays as it is, and leaves a changed one to the checkpoint', async () => {
    const kept = populated(0)
    const client = kept.broker.client()
    const before = everythingOf(kept.broker)
    const written = begin(kept)
    kept.broker.broker.storage.checkpointer.slice(shortestSliceUs)
    client.call(['SETRANGE', 'b', '100', 'changed'])
    client.call(['APPEND', 'b', 'appended'])
    client.call(['SETRANGE', 'b', '7', 'again'])
    expect(client.call(['GETRANGE', 'b', '0', '12'])).toBe('"large lagainl"')
    await finish(kept, written)
    expect(everythingOf(await atCheckpoint(kept))).toEqual(before)
    expect(everythingOf(await restarted(kept))).toEqual(everythingOf(kept.broker))
  })

  test('that is being committed when the broker closes is waited for', async () => {
    const kept = populated(0)
    const written = begin(kept)
    const { broker } = kept.broker
    broker.storage.checkpointer.slice(1e9)
    await broker.close()
    await expect(written).resolves.toBeUndefined()
  })

  test('that is given up keeps no pictures', async () => {
    const kept = keptBroker()
    kept.broker.usPerLook = 1
    const sets = pictured(kept)
    const written = begin(kept)
    const { storage, keyspace } = kept.broker.broker
    while (sets.every((set) => set.runs === 0)) storage.checkpointer.slice(shortestSliceUs)
    keyspace.databases[0]!.beforeChange(0)
    keyspace.databases[0]!.beforeChange(1)
    expect(sets.map((set) => set.isPictured)).toEqual([true, true])
    expect(sets.map((set) => set.runs > 0).sort(), 'one of them was not read yet').toEqual([false, true])
    const outcome = expect(written).rejects.toThrow('given up')
    await storage.checkpointer.abort()
    await outcome
    expect(sets.map((set) => set.isPictured)).toEqual([false, false])
  })

  test('that the log could not store ends at once, and keeps no pictures', async () => {
    const kept = keptBroker()
    kept.broker.usPerLook = 1
    const sets = pictured(kept)
    const { storage } = kept.broker.broker
    let isFailed = false
    const writer = {
      position: 2,
      pendingBytes: 0,
      get isFailed() {
        return isFailed
      },
      add() {},
      commit: () => (isFailed ? Promise.reject(new Error('the disk is full')) : Promise.resolve()),
      abort: () => Promise.resolve(),
    }
    kept.log.beginCheckpoint = () => writer
    const written = begin(kept)
    const outcome = expect(written).rejects.toThrow('the disk is full')
    for (let i = 0; i < 10; i++) storage.checkpointer.slice(shortestSliceUs)
    expect(sets.some((set) => set.isPictured)).toBe(true)
    isFailed = true
    storage.checkpointer.slice(shortestSliceUs)
    await outcome
    expect(sets.some((set) => set.isPictured)).toBe(false)
    expect(storage.isCheckpointing).toBe(false)
  })

  test('that is half written when the broker closes is given up, and whoever asked for it is told', async () => {
    const kept = populated()
    const written = begin(kept)
    kept.broker.broker.storage.checkpointer.slice(shortestSliceUs)
    const before = everythingOf(kept.broker)
    const outcome = expect(written).rejects.toThrow('given up')
    await kept.broker.broker.close()
    await outcome
    expect(everythingOf(await restarted(kept))).toEqual(before)
  })

  test('that SAVE asks for comes after one that the growth of the log began, and is refused beside one that was asked for', async () => {
    const kept = populated(0)
    const { storage, administration } = kept.broker.broker
    const { persistence } = administration
    const [client, other] = [kept.broker.client(), kept.broker.client()]
    const workUntil = async (state: typeof persistence.running) => {
      while (persistence.running !== state) {
        storage.checkpointer.slice(1000)
        await new Promise(setImmediate)
        kept.broker.broker.endTurn()
      }
    }
    void persistence.startByItself()
    expect(client.call('SAVE')).toBeUndefined()
    expect(persistence.running).toBe('auto')
    await workUntil('save')
    expect(client.received()).toEqual([])
    expect(other.call('SAVE')).toBe('-ERR Background save already in progress')
    await workUntil(undefined)
    expect(client.received()).toEqual(['+OK'])
    expect(persistence.saves).toBe(1)
  })

  test('that was put off until another is written does not begin while data is loaded, but then', async () => {
    const kept = populated(0)
    const { storage, administration, keyspace } = kept.broker.broker
    const client = kept.broker.client()
    client.call('BGSAVE')
    expect(client.call('BGREWRITEAOF')).toMatch(/scheduled/)
    await storage.checkpointer.abort()
    await new Promise(setImmediate)
    expect(administration.persistence.running).toBeUndefined()

    for (const db of keyspace.databases) db.clear()
    const loading = storage.beginLoading(kept.broker.nowMs)
    administration.cron(kept.broker.nowMs)
    kept.broker.broker.endTurn()
    expect(storage.isCheckpointing).toBe(false)
    expect(administration.persistence.isRewriteScheduled).toBe(true)
    await kept.log.recover({ ...loading, progress() {} })
    storage.endLoading()
    administration.cron(kept.broker.nowMs)
    expect(storage.isCheckpointing).toBe(true)
  })

  test('begins by itself when as much was written since the last as was there when that one was complete', async () => {
    const kept = populated(0)
    const { broker } = kept.broker
    const { storage, config } = broker
    const client = kept.broker.client()
    config.set(['auto-aof-rewrite-min-size', '1'])
    const written = begin(kept)
    client.call(['SET', 'beside', 'x'.repeat(2_000_000)])
    await finish(kept, written)
    const base = storage.currentBytes
    expect(base).toBeGreaterThan(storage.checkpointBytes + 2_000_000)
    expect(client.call('INFO persistence')).toContain(`aof_base_size:${base}`)
    client.call(['SET', 'after', 'x'.repeat(base - 1000)])
    storage.cron(kept.broker.nowMs)
    expect(storage.isCheckpointing).toBe(false)
    client.call(['SET', 'after', 'x'.repeat(1000)])
    storage.cron(kept.broker.nowMs)
    expect(storage.isCheckpointing).toBe(true)
    broker.endTurn()
    await storage.checkpointer.abort()
  })

  test('does not begin by itself while data is loaded', async () => {
    const kept = populated(0)
    const { storage, config } = kept.broker.broker
    config.set(['auto-aof-rewrite-min-size', '1'])
    storage.beginLoading(kept.broker.nowMs)
    storage.cron(kept.broker.nowMs)
    expect(storage.isCheckpointing).toBe(false)
    storage.endLoading()
    storage.cron(kept.broker.nowMs)
    expect(storage.isCheckpointing).toBe(true)
  })
})
