import { describe, expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'
import { keptBroker, restarted } from '../support/kept-broker.ts'

function newClient(...setUp: string[]) {
  const broker = new TestBroker()
  const client = broker.client()
  for (const line of setUp) client.call(line)
  return { broker, client, call: (line: string) => client.call(line) }
}

describe('ZADD', () => {
  test.each([
    ['ZADD z 1 a 2 b', ':2'],
    ['ZADD k 5 a', ':0'],
    ['ZADD k CH 5 a 6 new', ':2'],
    ['ZADD k NX 5 a 6 new', ':1'],
    ['ZADD k XX 5 a 6 new', ':0'],
    ['ZADD k XX CH 5 a 6 new', ':1'],
    ['ZADD k GT CH 0 a 9 b', ':1'],
    ['ZADD k LT CH 0 a 9 b', ':1'],
    ['ZADD k INCR 1.5 a', '"2.5"'],
    ['ZADD k NX INCR 1 a', '$-1'],
    ['ZADD k XX INCR 1 new', '$-1'],
    ['ZADD k GT INCR -1 a', '$-1'],
    ['ZADD nothing XX 1 a', ':0'],
    ['ZINCRBY k 1 new', '"1"'],
    ['ZADD k NX XX 1 a', '-ERR XX and NX options at the same time are not compatible'],
    ['ZADD k GT LT 1 a', '-ERR GT, LT, and/or NX options at the same time are not compatible'],
    ['ZADD k NX GT 1 a', '-ERR GT, LT, and/or NX options at the same time are not compatible'],
    ['ZADD k INCR 1 a 2 b', '-ERR INCR option supports a single increment-element pair'],
    ['ZADD k 1 a 2', '-ERR syntax error'],
    ['ZADD k 1 a x b', '-ERR value is not a valid float'],
    ['ZADD k nan a', '-ERR value is not a valid float'],
    ['ZADD s 1 a', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
  ])('%s answers %s', (line, answer) => {
    expect(newClient('ZADD k 1 a 2 b 3 c', 'SET s v').call(line)).toBe(answer)
  })

  test('infinities of both signs have no sum, and the refusal changes nothing', () => {
    const { call, broker } = newClient('ZADD k inf a')
    const logged = broker.records.length
    expect(call('ZINCRBY k -inf a')).toBe('-ERR resulting score is not a number (NaN)')
    expect(call('ZSCORE k a')).toBe('"inf"')
    expect(broker.records).toHaveLength(logged)
  })

  test('what changes nothing is not logged, and the sum of an increment is logged as a score', () => {
    const { call, broker } = newClient('ZADD k 0.1 a')
    const logged = broker.records.length
    call('ZADD k 0.1 a')
    call('ZADD k GT 0 a')
    call('ZINCRBY k 0 a')
    expect(broker.records).toHaveLength(logged)
    call('ZINCRBY k 0.2 a')
    expect(broker.records.at(-1)).toContain('ZADD\r\n$1\r\nk\r\n$19\r\n0.30000000000000004\r\n$1\r\na\r\n')
  })
})

describe('ranges', () => {
  test.each([
    ['ZRANGE k 0 -1', '["a", "b", "c", "d"]'],
    ['ZRANGE k 1 2 REV', '["c", "b"]'],
    ['ZRANGE k -2 -1 WITHSCORES', '["c", "2", "d", "inf"]'],
    ['ZRANGE k (1 +inf BYSCORE', '["c", "d"]'],
    ['ZRANGE k +inf 1 BYSCORE REV LIMIT 1 2', '["c", "b"]'],
    [
      'ZRANGE k 0 0 LIMIT 0 5',
      '-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
    ],
    ['ZRANGE k - + BYLEX WITHSCORES', '-ERR syntax error, WITHSCORES not supported in combination with BYLEX'],
    ['ZRANGE k 0 -1 BYSCORE BYLEX', '-ERR syntax error'],
    ['ZRANGE k a b BYSCORE', '-ERR min or max is not a float'],
    ['ZRANGE k a b BYLEX', '-ERR min or max not valid string range item'],
    ['ZREVRANGE k 0 0', '["d"]'],
    ['ZRANGEBYSCORE k -inf (2 LIMIT 1 -1', '["b"]'],
    ['ZREVRANGEBYSCORE k 2 1 WITHSCORES', '["c", "2", "b", "1", "a", "1"]'],
    ['ZRANGEBYLEX n [b (d', '["b", "c"]'],
    ['ZREVRANGEBYLEX n + (b LIMIT 0 2', '["d", "c"]'],
    ['ZCOUNT k (1 2', ':1'],
    ['ZLEXCOUNT n - [b', ':2'],
    ['ZRANK k c', ':2'],
    ['ZRANK k c WITHSCORE', '[:2, "2"]'],
    ['ZREVRANK k c', ':1'],
    ['ZREVRANK k none', '$-1'],
    ['ZREVRANK k none WITHSCORE', '*-1'],
    ['ZRANK k c SCORE', '-ERR syntax error'],
    ['ZCARD k', ':4'],
    ['ZMSCORE k a none', '["1", $-1]'],
    ['ZREMRANGEBYRANK k 0 1', ':2'],
    ['ZREMRANGEBYSCORE k (1 inf', ':2'],
    ['ZREMRANGEBYLEX n [b [c', ':2'],
    ['ZRANGESTORE t k 1 2', ':2'],
    ['ZRANGESTORE t none 1 2', ':0'],
  ])('%s answers %s in both forms', (line, answer) => {
    for (const entriesMax of [128, 0]) {
      const setUp = ['ZADD k 1 a 1 b 2 c inf d', 'ZADD n 0 a 0 b 0 c 0 d']
      expect(newClient(`CONFIG SET zset-max-listpack-entries ${entriesMax}`, ...setUp).call(line)).toBe(answer)
    }
  })

  test('in RESP3 scores are doubles, and members with scores are pairs', () => {
    const { call } = newClient('HELLO 3', 'ZADD k 0.5 a')
    expect(call('ZRANGE k 0 -1 WITHSCORES')).toBe('[["a", ,0.5]]')
    expect(call('ZSCORE k a')).toBe(',0.5')
    expect(call('ZPOPMIN k')).toBe('["a", ,0.5]')
    call('ZADD k 1 a 2 b')
    expect(call('ZPOPMAX k 2')).toBe('[["b", ,2], ["a", ,1]]')
  })
})

describe('taking members', () => {
  test('ZREM and pops delete a set that is empty, with the events of Redis', () => {
    const { broker, client, call } = newClient('CONFIG SET notify-keyspace-events KEA')
    const other = broker.client()
    other.call('PSUBSCRIBE __keyevent@0__:*')
    for (const line of [
      'ZADD k 1 a',
      'ZREM k a a',
      'ZADD k 1 a 2 b',
      'ZPOPMAX k 5',
      'ZINCRBY k 1 a',
      'ZREMRANGEBYRANK k 0 0',
    ]) {
      client.call(line)
    }
    const events = other.received().map((each) => /:(\w+)", "k"\]$/.exec(each)?.[1])
    expect(events.filter((each) => each !== undefined && each !== 'new')).toEqual(
      'zadd zrem del zadd zpopmax del zincr zremrangebyrank del'.split(' '),
    )
    expect(call('EXISTS k')).toBe(':0')
  })

  test('a pop logs the members that it took', () => {
    const { broker, call } = newClient('ZADD k 1 a 2 b 3 c')
    call('ZPOPMIN k 2')
    expect(broker.records.at(-1)).toContain('ZREM\r\n$1\r\nk\r\n$1\r\na\r\n$1\r\nb\r\n')
    call('ZMPOP 2 none k MAX')
    expect(broker.records.at(-1)).toContain('ZREM\r\n$1\r\nk\r\n$1\r\nc\r\n')
  })

  test.each([
    ['BZPOPMIN none k 0', 'ZADD k 2 b 1 a', '["k", "a", "1"]'],
    ['BZPOPMAX none k 0', 'ZADD k 2 b 1 a', '["k", "b", "2"]'],
    ['BZMPOP 0 2 none k MAX COUNT 2', 'ZADD k 2 b 1 a', '["k", [["b", "2"], ["a", "1"]]]'],
    ['BZPOPMIN k 0', 'RENAME side k', '["k", "s", "7"]'],
    ['BZPOPMIN k 0', 'COPY side k', '["k", "s", "7"]'],
    ['BZPOPMIN k 0', 'ZRANGESTORE k side 0 -1', '["k", "s", "7"]'],
    ['BZPOPMIN k 0', 'SWAPDB 0 1', '["k", "o", "9"]'],
  ])('%s waits and is served by %s', (line, cause, answer) => {
    const { broker, client } = newClient('ZADD side 7 s', 'SELECT 1', 'ZADD k 9 o', 'SELECT 0')
    const waiter = broker.client()
    expect(waiter.call(line)).toBeUndefined()
    client.call('SET k nonsense')
    client.call('DEL k')
    client.call(cause)
    expect(waiter.received()).toEqual([answer])
  })

  test('who waits is not served by a result that replaces another value, as in Redis', () => {
    const { broker, client } = newClient('ZADD side 7 s', 'RPUSH k nonsense')
    const waiter = broker.client()
    client.call('DEL k')
    waiter.call('BZPOPMIN k 0')
    client.call('RPUSH k nonsense')
    client.call('ZUNIONSTORE k 1 side')
    expect(waiter.received()).toEqual([])
    client.call('DEL k')
    client.call('ZADD k 1 a')
    expect(waiter.received()).toEqual(['["k", "a", "1"]'])
  })

  test('who waited longest is served first, and nobody waits inside a transaction', () => {
    const { broker, client, call } = newClient()
    const [first, second] = [broker.client(), broker.client()]
    first.call('BZPOPMIN k 0')
    second.call('BZPOPMAX k 0')
    client.call('ZADD k 1 a 2 b 3 c')
    expect([first.received(), second.received()]).toEqual([['["k", "a", "1"]'], ['["k", "c", "3"]']])
    client.call('DEL k')
    call('MULTI')
    call('BZPOPMIN k 0')
    call('BZMPOP 0 1 k MIN')
    expect(call('EXEC')).toBe('[*-1, *-1]')
  })
})

test('the form is named as in Redis, and follows the limits', () => {
  const { call } = newClient('CONFIG SET zset-max-listpack-entries 2', 'ZADD k 1 a 2 b')
  expect(call('OBJECT ENCODING k')).toBe('"listpack"')
  call('ZADD k 3 c')
  expect(call('OBJECT ENCODING k')).toBe('"skiplist"')
  call('CONFIG SET zset-max-listpack-value 1')
  call('ZADD long 1 aa')
  expect(call('OBJECT ENCODING long')).toBe('"skiplist"')
})

test('a watched sorted set that changes fails the transaction, one that is merely read does not', () => {
  const { broker, call } = newClient('ZADD k 1 a')
  const other = broker.client()
  call('WATCH k')
  other.call('ZADD k 1 a')
  call('MULTI')
  expect(call('EXEC')).toBe('[]')
  call('WATCH k')
  other.call('ZADD k 2 a')
  call('MULTI')
  expect(call('EXEC')).toBe('*-1')
})

test.each([128, 0])('replay of the log makes the same sets (compact up to %i)', async (entriesMax) => {
  const kept = keptBroker()
  const client = kept.broker.client()
  client.call(`CONFIG SET zset-max-listpack-entries ${entriesMax}`)
  let state = 4711
  const random = (limit: number): number => {
    state = (state * 16807) % 2147483647
    return state % limit
  }
  const lines = [
    () => `ZADD z${random(3)} ${random(5) / 3} m${random(9)} -inf m${random(9)}`,
    () => `ZADD z${random(3)} GT CH ${random(5)} m${random(9)}`,
    () => `ZINCRBY z${random(3)} 0.1 m${random(9)}`,
    () => `ZREM z${random(3)} m${random(9)} m${random(9)}`,
    () => `ZPOPMIN z${random(3)} ${random(3)}`,
    () => `ZMPOP 2 z${random(3)} z${random(3)} MAX`,
    () => `ZRANGESTORE z${random(3)} z${random(3)} 0 ${random(4)}`,
    () => `ZREMRANGEBYSCORE z${random(3)} 0.5 (1`,
    () => `RENAME z${random(3)} z${random(3)}`,
    () => `COPY z${random(3)} z${random(3)} REPLACE`,
  ]
  for (let i = 0; i < 1500; i++) client.call(lines[random(lines.length)]!())
  const second = (await restarted(kept)).client()
  const digests = ['z0', 'z1', 'z2'].map((key) => `ZRANGE ${key} 0 -1 WITHSCORES`)
  expect(digests.map((line) => second.call(line))).toEqual(digests.map((line) => client.call(line)))
})

describe('combining sets', () => {
  test.each([
    ['ZUNION 2 a b WITHSCORES', '["x", "1", "z", "8", "y", "12"]'],
    ['ZUNION 2 a b WEIGHTS 2 0 AGGREGATE MAX WITHSCORES', '["z", "0", "x", "2", "y", "4"]'],
    ['ZUNION 2 a s AGGREGATE MIN WITHSCORES', '["q", "1", "x", "1", "y", "2"]'],
    ['ZINTER 2 a b WITHSCORES', '["y", "12"]'],
    ['ZINTER 2 a s', '["x"]'],
    ['ZINTER 2 a none', '[]'],
    ['ZDIFF 2 a b WITHSCORES', '["x", "1"]'],
    ['ZDIFF 2 none a', '[]'],
    ['ZUNION 2 inf neg WITHSCORES', '["x", "0"]'],
    ['ZUNION 1 inf WEIGHTS 0 WITHSCORES', '["x", "0"]'],
    ['ZUNION 2 zero a WEIGHTS -1 0 WITHSCORES', '["x", "0", "y", "0"]'],
    ['ZUNION 1 zero WEIGHTS -1 WITHSCORES', '["x", "-0"]'],
    ['ZINTERCARD 2 a b', ':1'],
    ['ZINTERCARD 2 a a LIMIT 1', ':1'],
    ['ZUNIONSTORE t 2 a b', ':3'],
    ['ZINTERSTORE t 2 a b WEIGHTS 1 -1', ':1'],
    ['ZDIFFSTORE a 2 a a', ':0'],
    ['ZUNION 0 a', "-ERR at least 1 input key is needed for 'zunion' command"],
    ['ZUNION 3 a b', '-ERR syntax error'],
    ['ZUNION 1 a WEIGHTS nan', '-ERR weight value is not a float'],
    ['ZUNION 1 a AGGREGATE AVG', '-ERR syntax error'],
    ['ZDIFF 1 a WEIGHTS 1', '-ERR syntax error'],
    ['ZUNIONSTORE t 1 a WITHSCORES', '-ERR syntax error'],
    ['ZUNION 2 a text FOO', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
    ['ZINTERCARD 1 a LIMIT -1', "-ERR LIMIT can't be negative"],
  ])('%s answers %s', (line, answer) => {
    const setUp = [
      'ZADD a 1 x 2 y',
      'ZADD b 10 y 8 z',
      'SADD s x q',
      'ZADD inf inf x',
      'ZADD neg -inf x',
      'ZADD zero 0 x',
      'SET text v',
    ]
    expect(newClient(...setUp).call(line)).toBe(answer)
  })

  test('a result replaces what was there, an empty one deletes it, and replay agrees', async () => {
    const kept = keptBroker()
    const client = kept.broker.client()
    for (const line of ['SET t v', 'ZADD a 1 x', 'ZUNIONSTORE t 1 a', 'SET u v', 'ZDIFFSTORE u 2 a a'])
      client.call(line)
    for (const each of [client, (await restarted(kept)).client()]) {
      expect(each.call('ZRANGE t 0 -1 WITHSCORES')).toBe('["x", "1"]')
      expect(each.call('EXISTS u')).toBe(':0')
    }
  })
})

describe('members in no order to rely on', () => {
  test.each([128, 0])('ZRANDMEMBER draws members that are there (compact up to %i)', (entriesMax) => {
    const { call } = newClient(`CONFIG SET zset-max-listpack-entries ${entriesMax}`, 'ZADD k 1 a 2 b 3 c')
    expect('"a""b""c"').toContain(call('ZRANDMEMBER k'))
    expect(new Set((call('ZRANDMEMBER k 2') ?? '').match(/[abc]/g)).size).toBe(2)
    expect((call('ZRANDMEMBER k -20') ?? '').match(/[abc]/g)).toHaveLength(20)
    expect(call('ZRANDMEMBER k 5 WITHSCORES')).toBe('["c", "3", "b", "2", "a", "1"]')
    expect(call('ZRANDMEMBER none')).toBe('$-1')
    expect(call('ZRANDMEMBER none 2')).toBe('[]')
    expect(call('ZRANDMEMBER k 1 SCORES')).toBe('-ERR syntax error')
    expect(call('ZRANDMEMBER k 9223372036854775807 WITHSCORES')).toBe('-ERR value is out of range')
  })

  test('ZSCAN meets every member that stays while others come and go', () => {
    const { call } = newClient()
    for (let i = 0; i < 1000; i++) call(`ZADD k ${i} m${i}`)
    const met = new Set<string>()
    let cursor = '0'
    do {
      const [next = '', ...words] = (call(`ZSCAN k ${cursor} COUNT 50`) ?? '').match(/[^[\]", ]+/g) ?? []
      for (let i = 0; i < words.length; i += 2) met.add(`${words[i]} ${words[i + 1]}`)
      cursor = next
      for (let i = 0; i < 20; i++) call(`ZADD k 0 new${met.size}-${i}`)
      call(`ZREM k m${met.size % 500}`)
    } while (cursor !== '0')
    for (let i = 500; i < 1000; i++) expect(met).toContain(`m${i} ${i}`)
    expect(call('ZSCAN none 0 FOO')).toBe('["0", []]')
    expect(call('ZSCAN k x')).toBe('-ERR invalid cursor')
  })
})
