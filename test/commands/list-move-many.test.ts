import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'
import { replayed } from '../support/replayed.ts'

type Side = 'LEFT' | 'RIGHT'
const side = fc.constantFrom<Side>('LEFT', 'RIGHT')

/** The move on arrays: what is answered, and what the lists hold then. */
function naive(from: string[], to: string[], sides: [Side, Side], count: number, order: string): string[] {
  const taken = from.splice(sides[0] === 'LEFT' ? 0 : Math.max(0, from.length - count), count)
  if (order === 'OBO' && sides[0] === sides[1]) taken.reverse()
  if (sides[1] === 'LEFT') to.unshift(...taken)
  else to.push(...taken)
  return taken
}

test('elements come to lie as on arrays, whatever the ends, the order and the lists', () => {
  const moves = fc.record({
    sides: fc.tuple(side, side),
    word: fc.constantFrom('COUNT', 'EXACTLY'),
    count: fc.integer({ min: 1, max: 9 }),
    order: fc.constantFrom('OBO', 'BULK'),
    keys: fc.constantFrom<[string, string]>(['a', 'b'], ['b', 'a'], ['a', 'a']),
  })
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 8 }), fc.nat(12), (all, size) => {
      const broker = new TestBroker()
      const client = broker.client()
      const lists: Record<string, string[]> = { a: [], b: [] }
      for (let i = 0; i < size; i++) {
        lists.a!.push(`${i}`)
        client.call(`RPUSH a ${i}`)
      }
      for (const { sides, word, count, order, keys } of all) {
        const [from, to] = [lists[keys[0]]!, lists[keys[1]]!]
        const moves = from.length > 0 && (word === 'COUNT' || from.length >= count)
        const expected = moves
          ? `[${naive(from, to, sides, count, order)
              .map((each) => `"${each}"`)
              .join(', ')}]`
          : '*-1'
        expect(client.call(['LMOVEM', ...keys, ...sides, word, String(count), order])).toBe(expected)
      }
      const copy = replayed(broker)
      for (const key of ['a', 'b']) {
        const contents = `[${lists[key]!.map((each) => `"${each}"`).join(', ')}]`
        expect(client.call(`LRANGE ${key} 0 -1`)).toBe(contents)
        expect(copy.call(`LRANGE ${key} 0 -1`)).toBe(contents)
      }
    }),
  )
})

test('who waits for more than there is lets others pass, and is served when the list has grown, by whatever way', () => {
  for (const growth of [
    'RPUSH q 3',
    'LPUSHX q 3',
    'LINSERT q AFTER 2 3',
    'LMOVE other q LEFT RIGHT',
    'LMOVEM other q LEFT LEFT',
  ]) {
    const broker = new TestBroker()
    const [waiter, other] = [broker.client(), broker.client()]
    other.call('RPUSH q 1 2')
    other.call('RPUSH other 3')
    expect(waiter.call('BLMOVEM q done LEFT RIGHT 0 EXACTLY 3 BULK')).toBeUndefined()
    other.call('RPUSH unrelated x')
    expect(waiter.received()).toEqual([])
    other.call(growth)
    expect(waiter.received()).toHaveLength(1)
    expect(other.call('LLEN done')).toBe(':3')
    expect(replayed(broker).call('LRANGE done 0 -1')).toBe(other.call('LRANGE done 0 -1'))
  }
})

test('what is logged says how many were moved, and never waits', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('RPUSH q 1 2')
  client.call('BLMOVEM q done LEFT LEFT 0 COUNT 5 OBO')
  expect(broker.records.at(-1)).toBe(
    '*8\r\n$6\r\nLMOVEM\r\n$1\r\nq\r\n$4\r\ndone\r\n$4\r\nLEFT\r\n$4\r\nLEFT\r\n$7\r\nEXACTLY\r\n$1\r\n2\r\n$3\r\nOBO\r\n',
  )
})

test('events: what was put before what was taken, but the other way round within one list', () => {
  const broker = new TestBroker()
  const [client, listener] = [broker.client(), broker.client()]
  client.call('CONFIG SET notify-keyspace-events EA')
  client.call('RPUSH a 1 2')
  listener.call('PSUBSCRIBE *')
  listener.received()
  client.call('LMOVEM a a LEFT RIGHT COUNT 2 BULK')
  client.call('LMOVEM a b LEFT RIGHT COUNT 2 BULK')
  const events = listener.received().map((reply) => /:(\w+)", "(\w)"\]$/.exec(reply)?.slice(1).join(' '))
  expect(events).toEqual(['lpop a', 'rpush a', 'rpush b', 'lpop a', 'del a'])
})

test('too few elements are told before a destination of another kind', () => {
  const client = new TestBroker().client()
  client.call('RPUSH source a b')
  client.call('SET target text')
  expect(client.call('LMOVEM source target LEFT RIGHT EXACTLY 3 BULK')).toBe('*-1')
  expect(client.call('LMOVEM source target LEFT RIGHT EXACTLY 2 BULK')).toMatch(/^-WRONGTYPE /)
  expect(client.call('LRANGE source 0 -1')).toBe('["a", "b"]')
})
