import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Args } from '../../protocol/resp/args.ts'
import { List } from '../../src/broker/list.ts'
import type { Database } from '../../src/keyspace/database.ts'
import { attach, detach, duplicate } from '../../src/keyspace/detached-value.ts'
import { Effects } from '../../src/keyspace/effects.ts'
import { Keyspace } from '../../src/keyspace/keyspace.ts'
import { notifyClass } from '../../src/keyspace/notify.ts'
import { latin1Bytes, latin1Text } from '../../src/lib/bytes.ts'

const startMs = 1_700_000_000_000

function newKeyspace(): Keyspace {
  const keyspace = new Keyspace(new Effects(), 1, 2)
  keyspace.nowMs = startMs
  return keyspace
}

const args = (...texts: string[]): Args => Args.of(...texts.map(latin1Bytes))

function set(db: Database, key: string, value: string, keepTtl = false): number {
  const both = args(key, value)
  return db.setString(both, 0, both.bytes, both.starts[1]!, both.ends[1]!, keepTtl)
}

const find = (db: Database, key: string): number => db.find(args(key), 0)
const textOf = (db: Database, entry: number): string => latin1Text(db.strings.copy(entry))
const effectsOf = ({ effects }: Keyspace): string => latin1Text(effects.take())

/** The string as GET answers it. */
function wireOf(db: Database, entry: number): string {
  const start = db.stringWireStart(entry)
  return latin1Text(db.stringChunk(entry), start, start + db.stringWireSize(entry))
}

describe('strings in a Database', () => {
  test('lie in wire form', () => {
    const [db] = newKeyspace().databases as [Database, Database]
    for (const value of ['', 'hello', 'x'.repeat(9), 'x'.repeat(10), 'x'.repeat(100), '\r\n\x00\xff']) {
      expect(wireOf(db, set(db, 'key', value))).toBe(`$${value.length}\r\n${value}\r\n`)
    }
  })

  test('may be replaced by any part of themselves', () => {
    const text = fc.string({ unit: 'binary-ascii', maxLength: 3000 })
    fc.assert(
      fc.property(text, fc.nat(3000), fc.nat(3000), (value, a, b) => {
        const [db] = newKeyspace().databases as [Database, Database]
        const entry = set(db, 'key', value)
        const [from, to] = [Math.min(a, b, value.length), Math.min(Math.max(a, b), value.length)]
        const start = db.stringStart(entry)
        db.replaceString(entry, db.stringChunk(entry), start + from, start + to)
        expect(textOf(db, entry)).toBe(value.slice(from, to))
      }),
    )
  })

  test('grow by zeros and keep what they had, over all sizes of header and record', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 6 }), (steps) => {
        const [db] = newKeyspace().databases as [Database, Database]
        const entry = set(db, 'key', 'start')
        let value = 'start'
        for (const step of [1, 3, 90, ...steps, 1]) {
          db.growString(entry, value.length + step)
          value += '\x00'.repeat(step)
          db.stringChunk(entry)[db.stringStart(entry) + value.length - 1] = 97
          value = `${value.slice(0, -1)}a`
          expect(wireOf(db, entry)).toBe(`$${value.length}\r\n${value}\r\n`)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('take the place of an object, and an object of another type refuses to be read as one', () => {
    const keyspace = newKeyspace()
    const db = keyspace.databases[0]!
    const entry = db.addObject(args('key'), 0, new List())
    expect(() => db.requireString(entry)).toThrow('WRONGTYPE')
    expect(set(db, 'key', 'value')).toBe(entry)
    expect(db.kind(entry)).toBe('string')
    expect(() => db.objectOf(List, entry)).toThrow('WRONGTYPE')
  })
})

describe('expiry in a Database', () => {
  test('a key whose time has come is deleted by whoever meets it, and the log hears of it', () => {
    const keyspace = newKeyspace()
    const db = keyspace.databases[1]!
    db.setExpiry(set(db, 'key', 'value'), startMs + 10)
    keyspace.nowMs += 9
    expect(find(db, 'key')).toBeGreaterThanOrEqual(0)
    keyspace.nowMs += 1
    expect(db.size).toBe(1)
    expect(db.lookup(args('key'), 0)).toBe(-1)
    expect(db.size).toBe(0)
    expect(keyspace.expiredKeys).toBe(1)
    expect(effectsOf(keyspace)).toBe('*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n*2\r\n$3\r\nDEL\r\n$3\r\nkey\r\n')
  })

  test('nothing expires on replay, and nothing is deleted while expiry is frozen', () => {
    const keyspace = newKeyspace()
    const db = keyspace.databases[0]!
    db.setExpiry(set(db, 'key', 'value'), startMs - 1)
    keyspace.expires = false
    expect(find(db, 'key')).toBeGreaterThanOrEqual(0)
    expect(db.expireDue(startMs, 10)).toBe(1)
    keyspace.expires = true
    keyspace.expiryFrozen = true
    expect(find(db, 'key')).toBe(-1)
    expect(db.size).toBe(1)
    expect(effectsOf(keyspace)).toBe('')
  })

  test('the sweep deletes what is due, no more at once than it is told', () => {
    const keyspace = newKeyspace()
    const db = keyspace.databases[0]!
    for (let i = 0; i < 10; i++) db.setExpiry(set(db, `key${i}`, 'value'), startMs + i)
    keyspace.nowMs += 6
    expect(db.expireDue(keyspace.nowMs, 4)).toBe(4)
    expect(db.size).toBe(6)
    expect(db.expireDue(keyspace.nowMs, 100)).toBe(3)
    expect(db.size).toBe(3)
    expect(db.nextExpiryAtMs).toBe(startMs + 7)
  })

  test('a time that was changed or taken back deletes nothing', () => {
    const keyspace = newKeyspace()
    const db = keyspace.databases[0]!
    const moved = set(db, 'moved', 'value')
    db.setExpiry(moved, startMs + 1)
    db.setExpiry(moved, startMs + 1000)
    const kept = set(db, 'kept', 'value')
    db.setExpiry(kept, startMs + 1)
    db.clearExpiry(kept)
    keyspace.nowMs += 100
    db.expireDue(keyspace.nowMs, 100)
    expect(db.size).toBe(2)
    expect(db.expiringCount).toBe(1)
    expect(db.nextExpiryAtMs).toBe(startMs + 1000)
  })

  test('a key that is given times again and again costs no more than one that was given one', () => {
    const db = newKeyspace().databases[0]!
    const entry = set(db, 'key', 'value')
    for (let i = 0; i < 100_000; i++) db.setExpiry(entry, startMs + (i % 2))
    expect(db.expireDue(startMs, 100_000)).toBeLessThan(3000)
  })

  test('who reads counts, and who only asks about a key is no access', () => {
    const keyspace = newKeyspace()
    keyspace.notifyFlags = notifyClass.keyevent | notifyClass.keyMiss
    const events: string[] = []
    keyspace.listener = {
      ...{ changed() {}, ready() {}, due() {}, flushing() {}, flushed() {}, swapping() {} },
      event: (_db, event, keys, i) => events.push(`${event} ${keys.text(i)}`),
    }
    const db = keyspace.databases[0]!
    const entry = set(db, 'key', 'value')
    keyspace.nowMs += 5000
    db.peek(args('key'), 0)
    expect(db.accesses.idleS(entry, startMs + 9000)).toBe(9)
    db.lookup(args('key'), 0)
    expect(db.accesses.idleS(entry, startMs + 9000)).toBe(4)
    db.lookup(args('none'), 0)
    db.peek(args('nothing'), 0)
    expect([keyspace.hits, keyspace.misses]).toEqual([2, 2])
    expect(events).toEqual(['keymiss none', 'keymiss nothing'])
  })
})

describe('whole values', () => {
  test('move with their time to live, objects as they are', () => {
    const keyspace = newKeyspace()
    const [from, to] = keyspace.databases as [Database, Database]
    const list = new List()
    from.setExpiry(from.addObject(args('list'), 0, list), startMs + 5)
    from.setExpiry(set(from, 'text', 'value'), startMs + 6)
    const moved = attach(to, args('moved'), 0, detach(from, find(from, 'list')))
    const text = attach(to, args('text'), 0, detach(from, find(from, 'text')))
    expect(to.objectOf(List, moved)).toBe(list)
    expect(to.expiresAtMs(moved)).toBe(startMs + 5)
    expect([textOf(to, text), to.expiresAtMs(text)]).toEqual(['value', startMs + 6])
    expect([from.size, from.expiringCount]).toEqual([0, 0])
  })

  test('a duplicate shares nothing with its source', () => {
    const db = newKeyspace().databases[0]!
    const copy = duplicate(db, set(db, 'key', 'value'))
    set(db, 'key', 'other')
    const entry = attach(db, args('copy'), 0, copy)
    expect([textOf(db, entry), db.expiresAtMs(entry)]).toEqual(['value', -1])
    const list = db.addObject(args('list'), 0, new List())
    expect(duplicate(db, list).content).not.toBe(db.objectOf(List, list))
  })
})
