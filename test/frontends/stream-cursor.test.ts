/** A cursor tells of everything that was trimmed before it was sent, once, and of nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareIds } from '../../src/frontends/entry-ids.ts'
import { InnerSession } from '../../src/frontends/inner-session.ts'
import { type Gap, StreamCursor } from '../../src/frontends/stream-cursor.ts'
import { readCommand, readStreamReply } from '../../src/frontends/stream-read.ts'
import { TestBroker } from '../support/in-process.ts'

const isBehind = (id: string, other: string): boolean => compareIds(id, other) > 0

describe('a cursor', () => {
  const bounds = { lastId: '9-0', trimmedId: '5-0', firstId: '6-0' }

  test('has a gap below the newest trimmed id, and none at it', () => {
    expect(new StreamCursor('4-0').note(bounds, true)).toEqual({ from: '4-0', to: '6-0' })
    expect(new StreamCursor('5-0').note(bounds, true)).toBeUndefined()
    expect(new StreamCursor('9-0').note(bounds, false)).toBeUndefined()
  })

  test('is told of it once, also while entries come that a trim passed over', () => {
    const cursor = new StreamCursor('1-0')
    expect(cursor.note(bounds, true)).toEqual({ from: '1-0', to: '6-0' })
    cursor.take('2-0')
    expect(cursor.note(bounds, true)).toBeUndefined()
    expect(cursor.note({ lastId: '9-0', trimmedId: '6-0', firstId: '7-0' }, true)).toEqual({ from: '2-0', to: '7-0' })
  })

  test('is not told again of what goes later from within a gap', () => {
    const cursor = new StreamCursor('0-0')
    const passedOver = { lastId: '4-0', trimmedId: '3-0', firstId: '4-0' }
    expect(cursor.note(passedOver, true)).toEqual({ from: '0-0', to: '4-0' })
    cursor.take('1-0')
    // 4-0 was deleted, and 2-0 trimmed, which the gap before 4-0 covers; 5-0 it does not.
    expect(cursor.note({ ...passedOver, firstId: null }, true)).toBeUndefined()
    expect(cursor.note({ lastId: '5-0', trimmedId: '5-0', firstId: null }, false)).toEqual({ from: '1-0', to: null })
  })

  test('stands at the end where nothing is left', () => {
    const cursor = new StreamCursor('4-0')
    expect(cursor.note({ lastId: '9-0', trimmedId: '8-0', firstId: null }, false)).toEqual({ from: '4-0', to: null })
    expect(cursor.after).toBe('9-0')
  })

  test('begins again with a stream that began anew', () => {
    const cursor = new StreamCursor('12-0')
    expect(cursor.note(bounds, false)).toEqual({ from: '12-0', to: '6-0' })
    expect(cursor.after).toBe('0-0')
    expect(cursor.note(bounds, true)).toBeUndefined()
  })

  test.each<[string, Parameters<typeof StreamCursor.at>, string, Gap | undefined]>([
    ['the end', ['$', false, bounds], '9-0', undefined],
    ['the end of nothing', ['$', false, undefined], '0-0', { from: '0-0', to: '6-0' }],
    ['an entry', ['3-0', false, bounds, '6-0'], '3-0', { from: '3-0', to: '6-0' }],
    ['the beginning', ['0-0', false, bounds, '6-0'], '5-0', undefined],
    ['the beginning, with an entry that a trim passed over', ['0-0', false, bounds, '2-0'], '0-0', undefined],
    ['the beginning of nothing', ['0-0', false, undefined], '0-0', { from: '0-0', to: '6-0' }],
    ['where an earlier one stood', ['0-0', true, bounds, '6-0'], '0-0', { from: '0-0', to: '6-0' }],
  ])('at %s', (_name, place, after, gap) => {
    const cursor = StreamCursor.at(...place)
    expect(cursor.after).toBe(after)
    expect(cursor.note(bounds, true)).toEqual(gap)
  })
})

/** One stream in a real broker, somebody who follows it, and what became of the entries of the stream's present life. */
class World {
  readonly #broker = new TestBroker()
  readonly #producer = this.#broker.client()
  readonly #session = InnerSession.open(this.#broker.broker)
  #cursor = new StreamCursor('0-0')
  /** Answers to reads that were not looked at. */
  readonly #replies: Buffer[] = []
  #isWaiting = false
  #nextId = 1
  #live: string[] = []
  /** Sent, trimmed unsent, and of these what was not told of. */
  #sent: string[] = []
  #trimmed: string[] = []
  #lost: string[] = []
  /** The highest trimmed id that was told of: what goes below it later lies in the gap that was told. */
  #toldOf = '0-0'
  /** Whether the stream began anew since something was heard of it. */
  #isAnew = false
  /** Ids up to here are not heard of: the stream began anew, and went past the cursor before anybody looked. */
  #floor = '0-0'

  constructor(hasGroup: boolean) {
    this.#producer.call('CONFIG SET stream-node-max-entries 2')
    if (hasGroup) this.#producer.call('XGROUP CREATE s g 0 MKSTREAM')
  }

  add(count: number, trim = ''): void {
    const ids = Array.from({ length: count }, () => `${this.#nextId++}-0`)
    this.#live.push(...ids)
    this.#change(...ids.map((id, i) => `XADD s ${i === count - 1 ? trim : ''} ${id} f v`))
  }

  trim(how: string): void {
    this.#change(`XTRIM s ${how}`)
  }

  /** Deletes one by its id. */
  delete(at: number): void {
    const id = this.#live[Math.floor((at / 1001) * this.#live.length)]
    if (id === undefined) return
    this.#live = this.#live.filter((each) => each !== id)
    this.#change(`XDEL s ${id}`)
  }

  /** A group is given entries, and acknowledges one: a trim passes over the others. */
  trimAcknowledged(count: number): void {
    const given = this.#producer.call(`XREADGROUP GROUP g a COUNT ${count} STREAMS s >`) ?? ''
    const [id] = [...given.matchAll(/"(\d+-\d+)"/g)].map(([, each]) => each).slice(-1)
    if (id !== undefined) this.#producer.call(`XACK s g ${id}`)
    this.trim('MAXLEN 0 ACKED')
  }

  /** The stream is deleted; what comes has ids from there on. */
  beginAnew(firstId: number): void {
    for (const list of [this.#live, this.#trimmed, this.#lost]) list.length = 0
    this.#nextId = firstId
    this.#floor = '0-0'
    this.#isAnew = true
    this.#change('DEL s')
  }

  /** Subscribes again from where it stands: what it was told of is told again. */
  resume(): void {
    this.#cursor = new StreamCursor(this.#cursor.after)
    this.#toldOf = '0-0'
    this.#lost = this.#trimmed.filter((id) => isBehind(id, this.#cursor.after))
  }

  /** Reads what is next, or waits for it. */
  read(count: number): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    const command = readCommand('s', this.#cursor.after, { count, blockMs: 0 })
    const take = (bytes: Buffer, start: number, end: number): void => {
      this.#isWaiting = false
      this.#replies.push(Buffer.from(bytes.subarray(start, end)))
    }
    this.#session.request(command, take, (error) => {
      throw error
    })
    this.#broker.broker.endTurn()
    this.#hear()
  }

  /** Reads to the end: then nothing is owed. */
  finish(): void {
    for (let i = 0; i < 200 && !this.#isWaiting; i++) this.read(3)
    expect(this.#isWaiting).toBe(true)
    // Nothing is heard of another life while its newest id is the cursor.
    if (this.#isAnew) return
    expect(this.#lost).toEqual([])
    expect(this.#sent.filter((id) => this.#live.includes(id))).toEqual(
      this.#live.filter((id) => isBehind(id, this.#floor)),
    )
    for (const [i, id] of this.#sent.entries()) if (i > 0) expect(isBehind(id, this.#sent[i - 1]!)).toBe(true)
  }

  /** Runs commands as one transaction, and looks what has gone: what nobody deleted was trimmed. */
  #change(...commands: readonly string[]): void {
    for (const command of ['MULTI', ...commands, 'EXEC']) this.#producer.send(command)
    expect(this.#producer.received().join()).not.toMatch(/-"|(^|,)-/)
    const reply = this.#producer.call('XRANGE s - +') ?? ''
    const there = new Set([...reply.matchAll(/"(\d+-\d+)"/g)].map(([, id]) => id!))
    const isOwed = (id: string): boolean => !there.has(id) && !this.#sent.includes(id) && isBehind(id, this.#floor)
    const gone = this.#live.filter(isOwed)
    this.#trimmed.push(...gone)
    this.#lost.push(...gone.filter((id) => isBehind(id, this.#toldOf)))
    this.#live = this.#live.filter((id) => there.has(id))
    this.#hear()
  }

  #hear(): void {
    const reply = this.#replies.pop()
    if (reply === undefined) return
    const { bounds, batch } = readStreamReply(reply)
    const { after } = this.#cursor
    const gap = this.#cursor.note(bounds!, batch.ids.length > 0)
    if (this.#isAnew) this.#hearAnew(gap, after, bounds!.lastId)
    else this.#hearOf(gap, after)
    if (gap !== undefined) this.#toldOf = bounds!.trimmedId
    for (const id of batch.ids) {
      this.#cursor.take(id)
      this.#sent.push(id)
    }
  }

  /** The first that is heard of a stream that began anew: so much, where its newest id is before the cursor. */
  #hearAnew(gap: Gap | undefined, after: string, lastId: string): void {
    this.#isAnew = false
    this.#sent = []
    if (isBehind(after, lastId)) {
      expect(gap).toMatchObject({ from: after })
      expect(gap!.to === null || !isBehind(gap!.to, after)).toBe(true)
      this.#lost = []
      return
    }
    this.#floor = after
    this.#trimmed = this.#trimmed.filter((id) => isBehind(id, after))
    this.#lost = this.#lost.filter((id) => isBehind(id, after))
    this.#hearOf(gap, after)
  }

  #hearOf(gap: Gap | undefined, after: string): void {
    if (this.#lost.length === 0) return expect(gap).toBeUndefined()
    expect(gap).toMatchObject({ from: after })
    for (const id of this.#lost) {
      expect(isBehind(id, after), `${id} was not told of before the cursor passed it`).toBe(true)
      expect(gap!.to === null || isBehind(gap!.to, id), `${id} lies in the gap`).toBe(true)
    }
    this.#lost = []
  }
}

type Action = (world: World) => void

function action<T>(weight: number, argument: fc.Arbitrary<T>, act: (world: World, argument: T) => void) {
  return {
    weight,
    arbitrary: argument.map(
      (value): Action =>
        (world) =>
          act(world, value),
    ),
  }
}

const some = fc.integer({ min: 1, max: 6 })
const trims = fc.constantFrom('MAXLEN 3', 'MAXLEN 0', 'MAXLEN ~ 2', 'MINID 7', 'MAXLEN 2 DELREF')
const actions = fc.array(
  fc.oneof(
    action(5, some, (world, count) => world.add(count)),
    action(4, fc.tuple(some, fc.nat({ max: 4 })), (world, [count, keep]) => world.add(count, `MAXLEN ${keep}`)),
    action(3, trims, (world, how) => world.trim(how)),
    action(3, fc.nat({ max: 1000 }), (world, at) => world.delete(at)),
    action(4, some, (world, count) => world.trimAcknowledged(count)),
    action(2, fc.constantFrom(1, 5, 100), (world, id) => world.beginAnew(id)),
    action(1, fc.constant(0), (world) => world.resume()),
    action(6, fc.constantFrom(1, 1, 4), (world, count) => world.read(count)),
  ),
  { maxLength: 40 },
)

test('whatever is added, trimmed, deleted and made anew between reads or under one that waits, all is sent or told of', () => {
  fc.assert(
    fc.property(fc.boolean(), actions, (hasGroup, steps) => {
      const world = new World(hasGroup)
      for (const step of steps) step(world)
      world.finish()
    }),
    { numRuns: 150 },
  )
})
