import { describe, expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker } from '../support/in-process.ts'

const long = 'x'.repeat(65)

describe('hashes', () => {
  test('fields keep their order while the hash is compact', () => {
    const client = new TestBroker().client()
    expect(client.call('HSET h b 1 a 2 b 3')).toBe(':2')
    expect(client.call('HGETALL h')).toBe('["b", "3", "a", "2"]')
    expect(client.call('HKEYS h')).toBe('["b", "a"]')
    expect(client.call('HVALS h')).toBe('["3", "2"]')
    expect(client.call('HMGET h a none b')).toBe('["2", $-1, "3"]')
  })

  test('RESP3 answers maps, and pairs as arrays', () => {
    const client = new TestBroker().client()
    client.call('HELLO 3')
    client.call('HSET h f v')
    expect(client.call('HGETALL h')).toBe('{"f": "v"}')
    expect(client.call('HGETALL none')).toBe('{}')
    expect(client.call('HRANDFIELD h 2 WITHVALUES')).toBe('[["f", "v"]]')
    expect(client.call('HRANDFIELD h -2 WITHVALUES')).toBe('[["f", "v"], ["f", "v"]]')
    expect(client.call('HRANDFIELD h')).toBe('"f"')
    expect(client.call('HRANDFIELD none')).toBe('_')
  })

  test('the last field takes the key along', () => {
    const client = new TestBroker().client()
    client.call('HSET h a 1 b 2')
    expect(client.call('HDEL h a a c')).toBe(':1')
    expect(client.call('HDEL h b a')).toBe(':1')
    expect(client.call('EXISTS h')).toBe(':0')
  })

  test('the encoding follows the directives, and never goes back', () => {
    const client = new TestBroker().client()
    client.call('HSET h a 1')
    expect(client.call('OBJECT ENCODING h')).toBe('"listpack"')
    client.call(['HSET', 'h', 'long', long])
    expect(client.call('OBJECT ENCODING h')).toBe('"hashtable"')
    client.call('HDEL h long')
    expect(client.call('OBJECT ENCODING h')).toBe('"hashtable"')
    client.call('CONFIG SET hash-max-listpack-entries 2')
    client.call('HSET few a 1 b 2')
    expect(client.call('OBJECT ENCODING few')).toBe('"listpack"')
    client.call('HSET few c 3')
    expect(client.call('OBJECT ENCODING few')).toBe('"hashtable"')
  })

  test('leaves its compact form with a new value, too, when its field is too long by now', () => {
    const client = new TestBroker().client()
    client.call('HSET h field x')
    client.call('CONFIG SET hash-max-listpack-value 4')
    client.call('HSET h f x')
    expect(client.call('OBJECT ENCODING h')).toBe('"listpack"')
    client.call('HSET h field y')
    expect(client.call('OBJECT ENCODING h')).toBe('"hashtable"')
    expect(client.call('HMGET h field f')).toBe('["y", "x"]')
  })

  test('a refused command leaves nothing behind', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('HSET h f text')
    client.call('SET s 1')
    const records = broker.records.length
    for (const command of [
      'HSET new f',
      'HSET new f 1 g',
      'HINCRBY new f x',
      'HINCRBY h f 1',
      'HINCRBYFLOAT new f x',
      'HINCRBYFLOAT new f inf',
      'HINCRBYFLOAT h f 1',
      'HSETNX s f 1',
      'HDEL s f',
      'HSET s f 1',
    ]) {
      expect(client.call(command)).toMatch(/^-/)
    }
    expect(client.call('EXISTS new')).toBe(':0')
    expect(broker.records).toHaveLength(records)
  })

  test('HINCRBYFLOAT logs what came of it', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('HINCRBYFLOAT h f 0.1')
    expect(client.call('HINCRBYFLOAT h f 0.2')).toBe('"0.3"')
    expect(broker.records.at(-1)).toBe('*4\r\n$4\r\nHSET\r\n$1\r\nh\r\n$1\r\nf\r\n$3\r\n0.3\r\n')
  })

  test('nothing is logged of what changes nothing', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('HSET h f 1')
    const records = broker.records.length
    for (const command of ['HDEL h none', 'HDEL none f', 'HSETNX h f 2', 'HGETALL h', 'HRANDFIELD h 3']) {
      client.call(command)
    }
    expect(broker.records).toHaveLength(records)
  })

  test('HSCAN meets every field of a large hash once it is through, and NOVALUES leaves values out', () => {
    const client = new TestBroker().client()
    for (let i = 0; i < 1000; i++) client.call(`HSET h field:${i} ${i}`)
    const met = new Set<string>()
    let cursor = '0'
    let rounds = 0
    do {
      const [, next = '', fields = ''] =
        /^\["(\d+)", \[(.*)\]\]$/.exec(client.call(`HSCAN h ${cursor} NOVALUES`) ?? '') ?? []
      for (const field of fields.split(', ')) met.add(field)
      cursor = next
      rounds++
    } while (cursor !== '0')
    met.delete('')
    expect(met.size).toBe(1000)
    expect(rounds).toBeGreaterThan(50)
    client.call('HSET few f 1 g 2')
    expect(client.call('HSCAN few 0 COUNT 1')).toBe('["0", ["f", "1", "g", "2"]]')
    expect(client.call('HSCAN few 0 MATCH g NOVALUES')).toBe('["0", ["g"]]')
  })

  test('HRANDFIELD draws every field, different ones for a positive count', () => {
    const client = new TestBroker().client()
    for (const size of [9, 900]) {
      for (let i = 0; i < size; i++) client.call(`HSET h${size} f${i} v`)
      for (const count of [1, 2, 3, 4, 8, 9, 100, 899, 900, 5000]) {
        const fields = client.call(`HRANDFIELD h${size} ${count}`)!.slice(1, -1).split(', ')
        expect(new Set(fields).size).toBe(Math.min(count, size))
        expect(fields).toHaveLength(Math.min(count, size))
      }
      const drawn = client.call(`HRANDFIELD h${size} -10000`)!.slice(1, -1).split(', ')
      expect(drawn).toHaveLength(10_000)
      expect(new Set(drawn).size).toBeGreaterThan(size * 0.9)
    }
    expect(client.call('HRANDFIELD h9 -16777217')).toBe('-ERR value is out of range')
  })

  test('the digest does not depend on the order of fields or on the form', () => {
    const config = new Config()
    config.assign('enable-debug-command', ['yes'])
    const client = new TestBroker(config).client()
    client.call('HSET a x 1 y 2')
    client.call('HSET b y 2 x 1')
    client.call(['HSET', 'c', 'x', long, 'y', '2'])
    client.call('HSET c x 1')
    const digests = ['a', 'b', 'c'].map((key) => client.call(`DEBUG DIGEST-VALUE ${key}`))
    expect(new Set(digests).size).toBe(1)
    client.call('HSET b x 2')
    expect(client.call('DEBUG DIGEST-VALUE b')).not.toBe(digests[0])
  })
})
