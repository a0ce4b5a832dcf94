import { describe, expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { TestBroker } from '../support/in-process.ts'
import { StalledConnection } from '../support/stalled-connection.ts'

/** A broker, and what its program's log is told, each line behind the number of its level. */
function journaled(...directives: [name: string, ...values: string[]][]): { broker: TestBroker; logged: string[] } {
  const config = new Config()
  for (const [name, ...values] of directives) config.assign(name, values)
  const logged: string[] = []
  const host = { ...bareHost, log: (level: number, text: string) => void logged.push(`${level} ${text}`) }
  return { broker: new TestBroker(config, host), logged }
}

describe('with loglevel verbose', () => {
  test('who comes and who goes is logged, with what is known of them', () => {
    const { broker, logged } = journaled(['loglevel', 'verbose'])
    const connection = new StalledConnection('127.0.0.1:4711')
    const session = broker.broker.connect(connection)
    broker.broker.receive(session, Buffer.from('CLIENT SETNAME anna\r\n'))
    broker.broker.endTurn()
    expect(logged).toEqual(['1 Accepted 127.0.0.1:4711'])
    broker.broker.disconnect(session)
    broker.broker.disconnect(session)
    expect(logged).toHaveLength(2)
    expect(logged[1]).toMatch(/^1 Closed id=1 addr=127\.0\.0\.1:4711 .* name=anna .* cmd=client\|setname user=default /)
  })

  test('a client that is killed is logged as closed', () => {
    const { broker, logged } = journaled(['loglevel', 'verbose'])
    broker.client()
    broker.client().call('CLIENT KILL ID 1')
    expect(logged.filter((line) => line.startsWith('1 Closed'))).toEqual([expect.stringMatching('^1 Closed id=1 ')])
  })

  test('who is turned away is logged with the reason', () => {
    const { broker, logged } = journaled(['loglevel', 'verbose'], ['maxclients', '1'])
    broker.broker.connect(new StalledConnection('10.0.0.1:5000'))
    broker.client()
    broker.broker.connect(new StalledConnection('127.0.0.1:5001'))
    expect(logged.filter((line) => line.startsWith('1 Refused'))).toEqual([
      '1 Refused 10.0.0.1:5000: DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user',
      '1 Refused 127.0.0.1:5001: ERR max number of clients reached',
    ])
  })

  test('a client that is closed for its silence is logged with the limit', () => {
    const { broker, logged } = journaled(['loglevel', 'verbose'], ['timeout', '10'])
    broker.client()
    broker.advance(12_000)
    expect(logged.slice(1)).toEqual([
      expect.stringMatching(/^1 Closing a client that has been silent for too long \(timeout\): id=1 /),
      expect.stringMatching('^1 Closed id=1 '),
    ])
  })
})

describe('at any level, who is cut off is logged as a warning', () => {
  test('for not reading', () => {
    const { broker, logged } = journaled(['client-output-buffer-limit', 'pubsub', '10000', '0', '0'])
    const connection = new StalledConnection()
    const session = broker.broker.connect(connection)
    broker.broker.receive(session, Buffer.from('SUBSCRIBE news\r\n'))
    broker.broker.endTurn()
    broker.client().call(`PUBLISH news ${'x'.repeat(20_000)}`)
    expect(connection.isClosed).toBe(true)
    expect(logged).toEqual([
      expect.stringMatching(
        /^3 Closing a client that does not read what it is sent \(client-output-buffer-limit\): id=1 .* sub=1 /,
      ),
    ])
  })

  test('for a request that is too long', () => {
    const { broker, logged } = journaled(['client-query-buffer-limit', '1mb'])
    const client = broker.client()
    client.sendRaw('*2\r\n$4\r\nECHO\r\n$3000000\r\n')
    client.sendRaw('x'.repeat(2_000_000))
    expect(client.isClosed).toBe(true)
    expect(logged).toEqual([
      expect.stringMatching(/^3 Closing a client that sends too long a request \(client-query-buffer-limit\): id=1 /),
    ])
  })

  test('but for silence only where comings and goings are', () => {
    const { broker, logged } = journaled(['timeout', '10'])
    const client = broker.client()
    broker.advance(12_000)
    expect(client.isClosed).toBe(true)
    expect(logged).toEqual([])
  })
})
