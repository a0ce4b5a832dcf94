import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Args } from '../../protocol/resp/args.ts'
import { List } from '../../src/broker/list.ts'
import { attach, detach } from '../../src/keyspace/detached-value.ts'
import { Effects } from '../../src/keyspace/effects.ts'
import { Keyspace } from '../../src/keyspace/keyspace.ts'
import { latin1Bytes, latin1Text } from '../../src/lib/bytes.ts'

interface Twin {
  /** Undefined for a list. */
  readonly text: string | undefined
  expiresAtMs: number
}

const never = -1

/** A database and the plain map it has to agree with; each method does the same to both. */
class Pair {
  readonly keyspace = new Keyspace(new Effects(), 1, 1)
  readonly db = this.keyspace.databases[0]!
  readonly twins = new Map<string, Twin>()

  constructor() {
    this.keyspace.nowMs = 1_700_000_000_000
  }

  set(key: string, text: string, keepTtl: boolean): void {
    const args = Args.of(latin1Bytes(key), latin1Bytes(text))
    this.db.setString(args, 0, args.bytes, args.starts[1]!, args.ends[1]!, keepTtl)
    const kept = keepTtl ? this.twins.get(key)?.expiresAtMs : undefined
    this.twins.set(key, { text, expiresAtMs: kept ?? never })
  }

  setList(key: string): void {
    this.remove(key)
    this.db.addObject(Args.of(latin1Bytes(key)), 0, new List())
    this.twins.set(key, { text: undefined, expiresAtMs: never })
  }

  remove(key: string): void {
    const entry = this.find(key)
    if (entry >= 0) this.db.remove(entry)
    this.twins.delete(key)
  }

  /** 0 milliseconds stand for ever. */
  expire(key: string, ms: number): void {
    const entry = this.find(key)
    const twin = this.twins.get(key)
    if (entry < 0 || twin === undefined) return
    if (ms === 0) this.db.clearExpiry(entry)
    else this.db.setExpiry(entry, this.keyspace.nowMs + ms)
    twin.expiresAtMs = ms === 0 ? never : this.keyspace.nowMs + ms
  }

  rename(from: string, to: string): void {
    const entry = this.find(from)
    const twin = this.twins.get(from)
    if (entry < 0 || twin === undefined || from === to) return
    this.remove(to)
    attach(this.db, Args.of(latin1Bytes(to)), 0, detach(this.db, entry))
    this.twins.delete(from)
    this.twins.set(to, twin)
  }

  wait(ms: number, sweeps: boolean): void {
    this.keyspace.nowMs += ms
    for (const [key, { expiresAtMs }] of this.twins) {
      if (expiresAtMs !== never && expiresAtMs <= this.keyspace.nowMs) this.twins.delete(key)
    }
    if (sweeps) this.db.expireDue(this.keyspace.nowMs, 1000)
  }

  clear(): void {
    this.db.clear()
    this.twins.clear()
  }

  find(key: string): number {
    return this.db.find(Args.of(latin1Bytes(key)), 0)
  }

  expectSame(): void {
    const { db } = this
    this.wait(0, true)
    expect(db.size).toBe(this.twins.size)
    expect(db.expiringCount).toBe([...this.twins.values()].filter(({ expiresAtMs }) => expiresAtMs !== never).length)
    for (const [key, twin] of this.twins) {
      const entry = this.find(key)
      const text = db.kind(entry) === 'string' ? latin1Text(db.strings.copy(entry)) : undefined
      expect({ text, expiresAtMs: db.expiresAtMs(entry) }).toEqual(twin)
    }
  }
}

const keys = fc.constantFrom('a', 'b', 'c', '', 'long'.repeat(20))
const texts = fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 40 }), fc.constant('v'.repeat(200_000)))
const spans = fc.integer({ min: 0, max: 20 })

type Step = (pair: Pair) => void
const step = (...parts: [fc.Arbitrary<string>, fc.Arbitrary<string>, fc.Arbitrary<number>]): fc.Arbitrary<Step> =>
  fc.tuple(fc.nat(15), ...parts).map(([kind, key, text, ms]): Step => {
    if (kind < 4) return (pair) => pair.set(key, text, kind === 0)
    if (kind < 5) return (pair) => pair.setList(key)
    if (kind < 7) return (pair) => pair.remove(key)
    if (kind < 11) return (pair) => pair.expire(key, ms)
    if (kind < 13) return (pair) => pair.rename(key, ['a', 'b', 'd'][ms % 3]!)
    if (kind < 15) return (pair) => pair.wait(ms, kind === 13)
    return (pair) => pair.clear()
  })

test('a Database agrees with a Map whatever happens to it', () => {
  fc.assert(
    fc.property(fc.array(step(keys, texts, spans), { maxLength: 80 }), (steps) => {
      const pair = new Pair()
      for (const each of steps) each(pair)
      pair.expectSame()
    }),
  )
})
