import { describe, expect, test } from 'vitest'
import { decodePlace, encodePlace } from '../../src/lib/geohash.ts'
import { fixedText } from '../../src/lib/long-double.ts'
import { TestBroker } from '../support/in-process.ts'
import { keptBroker, restarted } from '../support/kept-broker.ts'

const sicily = 'GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania'

function newClient(...setUp: string[]) {
  const client = new TestBroker().client()
  for (const line of setUp) client.call(line)
  return { call: (line: string) => client.call(line) }
}

describe('places', () => {
  // Answers of redis-server 7.0.15.
  test.each([
    ['GEODIST Sicily Palermo Catania', '"166274.1516"'],
    ['GEODIST Sicily Palermo Catania km', '"166.2742"'],
    ['GEODIST Sicily Palermo nowhere', '$-1'],
    ['GEODIST none Palermo Catania', '$-1'],
    ['GEODIST none a b yard', '-ERR unsupported unit provided. please use M, KM, FT, MI'],
    ['GEODIST Sicily a b km more', '-ERR syntax error'],
    ['GEOHASH Sicily Palermo Catania nowhere', '["sqc8b49rny0", "sqdtr74hyu0", $-1]'],
    ['GEOPOS Sicily Palermo nowhere', '[["13.36138933897018433", "38.11555639549629859"], *-1]'],
    ['GEOHASH Sicily', '[]'],
    ['GEOADD Sicily NX 1 1 Palermo', ':0'],
    ['GEOADD Sicily XX CH 1 1 Palermo', ':1'],
    ['GEOADD Sicily 200 1 x', '-ERR invalid longitude,latitude pair 200.000000,1.000000'],
    ['GEOADD Sicily 1 86 x', '-ERR invalid longitude,latitude pair 1.000000,86.000000'],
    ['GEOADD Sicily NX XX 1 1 x', '-ERR syntax error'],
    ['GEOADD Sicily 1 1 x 2', '-ERR syntax error'],
    ['GEOADD Sicily GT 1 1 x', '-ERR syntax error'],
    ['GEOADD Sicily a 1 x', '-ERR value is not a valid float'],
    ['GEOADD text 1 1 x', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
  ])('%s answers %s', (line, answer) => {
    expect(newClient(sicily, 'SET text v').call(line)).toBe(answer)
  })

  test('in RESP3 coordinates are doubles, distances are texts', () => {
    const { call } = newClient('HELLO 3', sicily)
    expect(call('GEOPOS Sicily Palermo x')).toBe('[[,13.36138933897018433, ,38.11555639549629859], _]')
    expect(call('GEODIST Sicily Palermo Catania')).toBe('"166274.1516"')
  })
})

describe('searches', () => {
  test.each([
    ['GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km ASC', '["Catania", "Palermo"]'],
    ['GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km DESC COUNT 1', '["Palermo"]'],
    [
      'GEOSEARCH Sicily FROMMEMBER Palermo BYBOX 400 400 km DESC WITHDIST',
      '[["Catania", "166.2742"], ["Palermo", "0.0000"]]',
    ],
    ['GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 100 km WITHHASH', '[["Catania", :3479447370796909]]'],
    ['GEORADIUS Sicily 15 37 200 km COUNT 1 ANY', '["Palermo"]'],
    ['GEORADIUS Sicily 15 37 200 km STORE target', ':2'],
    ['GEORADIUS_RO Sicily 15 37 200 km STORE target', '-ERR syntax error'],
    ['GEORADIUSBYMEMBER Sicily Palermo 1 km', '["Palermo"]'],
    ['GEORADIUSBYMEMBER_RO Sicily nowhere 1 km', '-ERR could not decode requested zset member'],
    ['GEORADIUSBYMEMBER none nowhere 1 km', '[]'],
    ['GEORADIUS none 15 37 200 km STORE target', ':0'],
    ['GEOSEARCHSTORE target Sicily FROMLONLAT 15 37 BYRADIUS 100 km', ':1'],
    ['GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km ANY', '-ERR the ANY argument requires COUNT argument'],
    ['GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km COUNT 0', '-ERR COUNT must be > 0'],
    ['GEOSEARCH Sicily FROMLONLAT 15 37 FROMMEMBER x BYRADIUS 1 km', '-ERR syntax error'],
    [
      'GEOSEARCH Sicily BYRADIUS 1 km ASC WITHDIST',
      '-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH',
    ],
    [
      'GEOSEARCH Sicily FROMLONLAT 15 37 ASC ASC',
      '-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH',
    ],
    ['GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 1 km km', '-ERR need numeric height'],
    ['GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX x 1 km', '-ERR need numeric width'],
    ['GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX -1 1 km', '-ERR height or width cannot be negative'],
    ['GEORADIUS Sicily 15 37 x km', '-ERR need numeric radius'],
    ['GEORADIUS Sicily 15 37 -1 km', '-ERR radius cannot be negative'],
    [
      'GEOSEARCHSTORE t Sicily FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST',
      '-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options',
    ],
    [
      'GEORADIUS Sicily 15 37 200 km STORE d WITHDIST',
      '-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options',
    ],
  ])('%s answers %s', (line, answer) => {
    expect(newClient(sicily).call(line)).toBe(answer)
  })

  test('a search finds what measuring every place finds, at the seams of the map too', () => {
    const { call } = newClient('CONFIG SET zset-max-listpack-entries 16')
    const spread = (i: number, range: number): number => (((i * 0.6180339887) % 1) * 2 - 1) * range
    for (let i = 0; i < 400; i++) call(`GEOADD k ${spread(i, 179.9)} ${spread(i * 7 + 3, 84)} m${i}`)
    for (let i = 0; i < 400; i += 20) {
      const near = new Set((call(`GEOSEARCH k FROMMEMBER m${i} BYRADIUS 1500 km`) ?? '').match(/m\d+/g))
      for (let k = 0; k < 400; k++) {
        const km = Number(JSON.parse(call(`GEODIST k m${i} m${k} km`) ?? ''))
        if (Math.abs(km - 1500) > 0.001) expect([k, near.has(`m${k}`)]).toEqual([k, km < 1500])
      }
    }
  })

  test('a stored result holds hashes or distances, replaces what was there, and replay agrees', async () => {
    const kept = keptBroker()
    const client = kept.broker.client()
    for (const line of [sicily, 'SET a v', 'GEORADIUS Sicily 15 37 200 km STORE a', 'SET c v']) client.call(line)
    expect(client.call('GEOSEARCHSTORE b Sicily FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST')).toBe(':2')
    expect(client.call('GEOSEARCHSTORE c Sicily FROMLONLAT 0 0 BYRADIUS 1 km')).toBe(':0')
    expect(client.call('ZRANGE b 0 -1 WITHSCORES')).toMatch(
      /^\["Catania", "56\.4412578\d*", "Palermo", "190\.442429\d*"\]$/,
    )
    const second = (await restarted(kept)).client()
    expect(second.call('ZRANGE a 0 -1 WITHSCORES')).toBe(
      '["Palermo", "3479099956230698", "Catania", "3479447370796909"]',
    )
    for (const line of ['ZRANGE b 0 -1 WITHSCORES', 'EXISTS c']) expect(second.call(line)).toBe(client.call(line))
  })
})

test('a place that was decoded is encoded as the same number again', () => {
  for (let i = 0; i < 1000; i++) {
    const number = Math.floor(((i * 0.6180339887) % 1) * 2 ** 52)
    expect(encodePlace(decodePlace(number))).toBe(number)
  }
})

test('digits behind the point are rounded as C rounds them, to the even one from half way', () => {
  expect([0.03125, 0.09375, 1.5, -0.00001, 0, 5e-324, 123456789.123456].map((each) => fixedText(each, 4))).toEqual([
    '0.0312',
    '0.0938',
    '1.5000',
    '-0.0000',
    '0.0000',
    '0.0000',
    '123456789.1235',
  ])
})
