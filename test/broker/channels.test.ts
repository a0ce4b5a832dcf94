import { expect, test } from 'vitest'
import { Args } from '../../protocol/resp/args.ts'
import { ReplyWriter } from '../../protocol/resp/reply-writer.ts'
import { Channels, type Subscriber, type Subscriptions } from '../../src/broker/channels.ts'
import { latin1Bytes } from '../../src/lib/bytes.ts'

class Listener implements Subscriber {
  readonly protocol: number
  subscriptions: Subscriptions | undefined
  isSubscribed = false
  readonly ranges: [number, number][] = []

  constructor(protocol = 2) {
    this.protocol = protocol
  }

  setSubscribed(isSubscribed: boolean): void {
    this.isSubscribed = isSubscribed
  }
}

function hub() {
  const writer = new ReplyWriter()
  const channels = new Channels(
    { writer, push: (listener, start, end) => (listener as Listener).ranges.push([start, end]) },
    1,
  )
  const publish = (channel: string, message: string): number =>
    channels.publish(latin1Bytes(channel), 0, channel.length, latin1Bytes(message), 0, message.length)
  const heard = (listener: Listener): string[] =>
    listener.ranges.map(([start, end]) => writer.bytes.toString('latin1', start, end))
  return { channels, writer, publish, heard }
}

const named = (name: string): Args => Args.of(name)

test('a message is written once for all who speak the same RESP', () => {
  const { channels, writer, publish, heard } = hub()
  const listeners = Array.from({ length: 200 }, () => new Listener())
  for (const each of listeners) channels.subscribe('channel', each, named('news'), 0)
  expect(publish('news', 'hot')).toBe(200)
  expect(writer.bytes.toString('latin1', 0, writer.at)).toBe('*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$3\r\nhot\r\n')
  for (const each of listeners) expect(heard(each)).toEqual(['*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$3\r\nhot\r\n'])
})

test('listeners of both versions of RESP get their own form', () => {
  const { channels, publish, heard } = hub()
  const [old, young] = [new Listener(2), new Listener(3)]
  channels.subscribe('channel', young, named('c'), 0)
  channels.subscribe('channel', old, named('c'), 0)
  expect(publish('c', 'm')).toBe(2)
  expect(heard(old)).toEqual(['*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n'])
  expect(heard(young)).toEqual(['>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n'])
})

test('nothing is written for a channel that nobody hears', () => {
  const { channels, writer, publish } = hub()
  channels.subscribe('channel', new Listener(), named('other'), 0)
  channels.subscribe('pattern', new Listener(), named('x*'), 0)
  expect(publish('news', 'hot')).toBe(0)
  expect(writer.at).toBe(0)
})

test('who hears a channel and patterns gets the message once for each, the channel first', () => {
  const { channels, publish, heard } = hub()
  const listener = new Listener()
  channels.subscribe('pattern', listener, named('n*'), 0)
  channels.subscribe('pattern', listener, named('?'), 0)
  channels.subscribe('channel', listener, named('n'), 0)
  expect(publish('n', 'm')).toBe(3)
  expect(heard(listener)).toEqual([
    '*3\r\n$7\r\nmessage\r\n$1\r\nn\r\n$1\r\nm\r\n',
    '*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$1\r\nn\r\n$1\r\nm\r\n',
    '*4\r\n$8\r\npmessage\r\n$1\r\n?\r\n$1\r\nn\r\n$1\r\nm\r\n',
  ])
})

test('names are bytes: channels that are equal as text but not as bytes are two', () => {
  const { channels, publish } = hub()
  channels.subscribe('channel', new Listener(), Args.of(latin1Bytes('\xe9')), 0)
  expect(publish('\xe9', 'm')).toBe(1)
  expect(publish('\xc3\xa9', 'm')).toBe(0)
})

test('forgetting a subscriber leaves no trace of it or of names that only it heard', () => {
  const { channels, publish } = hub()
  const [leaving, staying] = [new Listener(), new Listener()]
  for (const kind of ['channel', 'pattern', 'shard'] as const) {
    channels.subscribe(kind, leaving, named('a'), 0)
    channels.subscribe(kind, leaving, named('b'), 0)
    channels.subscribe(kind, staying, named('b'), 0)
  }
  channels.forget(leaving)
  expect(leaving.isSubscribed).toBe(false)
  expect(leaving.subscriptions?.count).toBe(0)
  expect(channels.names('channel').map(String)).toEqual([String(latin1Bytes('b'))])
  expect(channels.names('shard').map(String)).toEqual([String(latin1Bytes('b'))])
  expect(channels.patternCount).toBe(1)
  expect(publish('a', 'm')).toBe(0)
  expect(publish('b', 'm')).toBe(2)
})

test('a subscriber is told when it begins to hear and when it hears nothing any more', () => {
  const { channels } = hub()
  const listener = new Listener()
  expect(channels.subscribe('channel', listener, named('a'), 0)).toBe(1)
  expect(channels.subscribe('channel', listener, named('a'), 0)).toBe(1)
  expect(channels.subscribe('shard', listener, named('s'), 0)).toBe(1)
  expect(channels.unsubscribe('channel', listener, named('a'), 0)).toBe(0)
  expect(listener.isSubscribed).toBe(true)
  expect(channels.unsubscribe('shard', listener, named('s'), 0)).toBe(0)
  expect(listener.isSubscribed).toBe(false)
})

test('entries are reused without mixing up who hears what', () => {
  const { channels, publish } = hub()
  const listener = new Listener()
  for (let round = 0; round < 50; round++) {
    channels.subscribe('channel', listener, named(`c${round}`), 0)
    channels.subscribe('pattern', listener, named(`p${round}*`), 0)
    expect(publish(`c${round}`, 'm') + publish(`p${round}x`, 'm')).toBe(2)
    expect(publish(`c${round - 1}`, 'm') + publish(`p${round - 1}x`, 'm')).toBe(0)
    channels.unsubscribe('channel', listener, named(`c${round}`), 0)
    channels.unsubscribe('pattern', listener, named(`p${round}*`), 0)
  }
})
