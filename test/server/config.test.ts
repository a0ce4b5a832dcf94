import { describe, expect, test } from 'vitest'
import { notifyClass } from '../../src/keyspace/notify.ts'
import { Config } from '../../src/server/config/config.ts'
import { formatKeyspaceEvents, parseKeyspaceEvents } from '../../src/server/config/keyspace-events.ts'
import { ValueRefused } from '../../src/server/config/kinds.ts'

const failed = (name: string, reason: string) =>
  `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`

describe('CONFIG GET', () => {
  test('a name comes back as it was written, a pattern brings names and aliases in the order of the reference', () => {
    const config = new Config()
    expect(config.getMatching(['PORT'])).toEqual([['PORT', '6379']])
    expect(config.getMatching(['*replica-priority', 'SLAVE-p*'])).toEqual([
      ['replica-priority', '100'],
      ['slave-priority', '100'],
    ])
  })

  test('no name comes twice, in whatever case it is asked for', () => {
    expect(new Config().getMatching(['Timeout', 'timeout', 'time*'])).toEqual([['Timeout', '0']])
  })

  test('an unknown name brings nothing', () => {
    expect(new Config().getMatching(['nosuch', 'nosuch*'])).toEqual([])
  })

  test('hidden directives are shown by name, not for a pattern', () => {
    const config = new Config()
    expect(config.getMatching(['watchdog-period'])).toEqual([['watchdog-period', '0']])
    expect(config.getMatching(['watchdog-p*'])).toEqual([])
  })
})

describe('CONFIG SET', () => {
  test('values are printed in the form of CONFIG GET: bytes, lower case, own order', () => {
    const config = new Config()
    const words = ['maxmemory', '1Kb', 'LOGLEVEL', 'Verbose', 'notify-keyspace-events', 'mxE$K', 'hz', '1000']
    expect(config.set(words)).toBeUndefined()
    expect(config.getMatching(['maxmemory', 'loglevel', 'notify-keyspace-events', 'hz'])).toEqual([
      ['maxmemory', '1024'],
      ['loglevel', 'verbose'],
      ['notify-keyspace-events', '$xKEm'],
      ['hz', '500'],
    ])
  })

  test('several directives change together or not at all', () => {
    const config = new Config()
    expect(config.set(['timeout', '5', 'maxclients', 'many'])).toBe(
      failed('maxclients', "argument couldn't be parsed into an integer"),
    )
    expect(config.get('timeout')).toBe('0')
    expect(config.settings.idleTimeoutSeconds).toBe(0)
  })

  test.each([
    [['port'], 'ERR syntax error'],
    [['nosuch', '1'], "ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"],
    [['timeout', '1', 'NoSuch', '1'], "ERR Unknown option or number of arguments for CONFIG SET - 'NoSuch'"],
    [['databases', '3'], failed('databases', "can't set immutable config")],
    [['DataBases', '3'], failed('DataBases', "can't set immutable config")],
    [['slaveof', 'a 1'], failed('slaveof', "can't set immutable config")],
    [['dir', '/'], failed('dir', "can't set protected config")],
    [['timeout', '1', 'TIMEOUT', '2'], failed('TIMEOUT', 'duplicate parameter')],
    [['SLAVE-priority', 'x'], failed('slave-priority', "argument couldn't be parsed into an integer")],
    [['tls-replication', 'yes'], failed('tls-replication', 'replication is not supported')],
  ])('%j is refused: %s', (words, reply) => {
    const config = new Config()
    expect(config.set(words)).toBe(reply)
    expect(config.getMatching(['*'])).toEqual(new Config().getMatching(['*']))
  })

  test('a name and its alias in one command are not duplicates; the later one stays', () => {
    const config = new Config()
    expect(config.set(['replica-priority', '1', 'slave-priority', '2'])).toBeUndefined()
    expect(config.get('replica-priority')).toBe('2')
  })

  test('the place of the data is protected, and where it is not, it is open', () => {
    const config = new Config()
    config.assign('enable-protected-configs', ['local'])
    expect(config.set(['dbfilename', 'x.db'], { localClient: false })).toBe(
      failed('dbfilename', "can't set protected config"),
    )
    expect(config.set(['dbfilename', 'a/b'], { localClient: true })).toBe(
      failed('dbfilename', "dbfilename can't be a path, just a filename"),
    )
    expect(config.set(['dbfilename', 'x.db'], { localClient: true })).toBe(
      failed('dbfilename', 'the data file stays where it is while it is open'),
    )
    expect(config.set(['dbfilename', 'millrace.db'], { localClient: true })).toBeUndefined()
  })

  test('while the data is being read, appendonly answers LOADING', () => {
    expect(new Config().set(['appendonly', 'no'], { loading: true })).toBe(
      'LOADING Redis is loading the dataset in memory',
    )
  })

  test('a preview tells what would change and changes nothing', () => {
    const config = new Config()
    const preview = config.preview(['port', '7000', 'timeout', '0'])
    expect(preview).toMatchObject({ changed: ['port'], settings: { port: 7000 } })
    expect(config.settings.port).toBe(6379)
    expect(config.get('port')).toBe('6379')
    expect(config.preview(['port', 'x'])).toEqual({
      refusal: failed('port', "argument couldn't be parsed into an integer"),
    })
  })

  test('values keep every byte', () => {
    const config = new Config()
    config.set(['requirepass', 'a\x00\xff b'])
    expect(config.get('requirepass')).toBe('a\x00\xff b')
    expect([...config.settings.password]).toEqual([0x61, 0, 0xff, 0x20, 0x62])
  })

  test('one class of clients changes its limits without the others', () => {
    const config = new Config()
    expect(config.set(['client-output-buffer-limit', 'replica 1mb 2 3 Normal 5 6 7'])).toBeUndefined()
    expect(config.get('client-output-buffer-limit')).toBe('normal 5 6 7 slave 1048576 2 3 pubsub 33554432 8388608 60')
    expect(config.settings.outputBufferLimits.replica).toEqual({ hardBytes: 1048576, softBytes: 2, softSeconds: 3 })
  })
})

describe('listeners', () => {
  test('are called once per command, after all values are set, and only when a value has changed', () => {
    const config = new Config()
    const seen: [number, number][] = []
    const stop = config.onChange(['timeout', 'maxclients'], ({ idleTimeoutSeconds, clientsMax }) => {
      seen.push([idleTimeoutSeconds, clientsMax])
    })
    config.set(['timeout', '5', 'maxclients', '7'])
    config.set(['timeout', '5'])
    config.set(['hz', '20'])
    stop()
    config.set(['timeout', '6'])
    expect(seen).toEqual([[5, 7]])
  })

  test('one that refuses has everything taken back, and those before it are told', () => {
    const config = new Config()
    const timeouts: number[] = []
    config.onChange(['timeout'], ({ idleTimeoutSeconds }) => timeouts.push(idleTimeoutSeconds))
    config.onChange(['maxclients'], () => {
      throw new ValueRefused('too many for this machine')
    })
    expect(config.set(['timeout', '5', 'maxclients', '7'])).toBe(failed('maxclients', 'too many for this machine'))
    expect(timeouts).toEqual([5, 0])
    expect(config.get('maxclients')).toBe('10000')
  })

  test('an exception that is no refusal is passed on, for it is a bug', () => {
    const config = new Config()
    config.onChange(['hz'], () => {
      throw new TypeError('a bug')
    })
    expect(() => config.set(['hz', '20'])).toThrow(TypeError)
  })
})

test('the settings are the same object for ever and hold the defaults at first', () => {
  const config = new Config()
  const { settings } = config
  expect(settings).toMatchObject({ port: 6379, appendOnly: true, appendFsync: 'always', databaseCount: 16 })
  expect(settings.bindAddresses).toEqual(['127.0.0.1', '-::1'])
  expect(settings.latencyPercentiles).toEqual([50, 99, 99.9])
  config.assign('unixsocketperm', ['700'])
  config.set(['bind', ''])
  expect(config.settings).toBe(settings)
  expect(settings.unixSocketMode).toBe(0o700)
  expect(settings.bindAddresses).toEqual([])
})

describe('keyspace event letters', () => {
  test('A stands for all but missed and new keys', () => {
    const all = parseKeyspaceEvents('A')!
    expect(formatKeyspaceEvents(all)).toBe('A')
    expect(all & notifyClass.keyMiss).toBe(0)
    expect(all & notifyClass.newKey).toBe(0)
    expect(parseKeyspaceEvents('g$lshzxetd')).toBe(all)
  })

  test('an unknown letter is refused', () => {
    expect(parseKeyspaceEvents('KQ')).toBeUndefined()
  })
})
