import { expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

test('a message reaches channel and pattern subscribers, and PUBLISH says how many', () => {
  const broker = new TestBroker()
  const [publisher, byName, byPattern] = [broker.client(), broker.client(), broker.client()]
  expect(byName.call('SUBSCRIBE news')).toBe('["subscribe", "news", :1]')
  expect(byPattern.call('PSUBSCRIBE n*')).toBe('["psubscribe", "n*", :1]')
  expect(publisher.call('PUBLISH news hot')).toBe(':2')
  expect(byName.received()).toEqual(['["message", "news", "hot"]'])
  expect(byPattern.received()).toEqual(['["pmessage", "n*", "news", "hot"]'])
})

test('a message that nobody hears is lost without a trace in the log', () => {
  const broker = new TestBroker()
  expect(broker.client().call('PUBLISH news hot')).toBe(':0')
  expect(broker.records).toEqual([])
})

test('every name of SUBSCRIBE is answered by itself, a name heard already too', () => {
  const client = new TestBroker().client()
  client.send('SUBSCRIBE a a b')
  client.send('PSUBSCRIBE p*')
  client.send('SSUBSCRIBE s')
  expect(client.received()).toEqual([
    '["subscribe", "a", :1]',
    '["subscribe", "a", :1]',
    '["subscribe", "b", :2]',
    '["psubscribe", "p*", :3]',
    '["ssubscribe", "s", :1]',
  ])
})

test('UNSUBSCRIBE without names leaves all channels, and answers once when there are none', () => {
  const client = new TestBroker().client()
  client.send('SUBSCRIBE a b')
  client.send('PSUBSCRIBE p')
  client.received()
  client.send('UNSUBSCRIBE')
  client.send('UNSUBSCRIBE')
  client.send('UNSUBSCRIBE never')
  client.send('PUNSUBSCRIBE')
  client.send('SUNSUBSCRIBE')
  expect(client.received()).toEqual([
    '["unsubscribe", "a", :2]',
    '["unsubscribe", "b", :1]',
    '["unsubscribe", $-1, :1]',
    '["unsubscribe", "never", :1]',
    '["punsubscribe", "p", :0]',
    '["sunsubscribe", $-1, :0]',
  ])
})

test('in RESP2 a subscriber may only speak of subscriptions, ping, and leave', () => {
  const client = new TestBroker().client()
  client.call('SUBSCRIBE a')
  expect(client.call('GET key')).toBe(
    "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
  )
  expect(client.call('PING')).toBe('["pong", ""]')
  expect(client.call('PING hello')).toBe('["pong", "hello"]')
  client.call('UNSUBSCRIBE a')
  expect(client.call('PING')).toBe('+PONG')
})

test('a shard subscription is a subscription, as long as it lasts', () => {
  const client = new TestBroker().client()
  client.call('SSUBSCRIBE s')
  client.call('SUBSCRIBE a')
  client.call('UNSUBSCRIBE a')
  expect(client.call('GET key')).toMatch(/^-ERR Can't execute 'get'/)
  client.call('SUNSUBSCRIBE s')
  expect(client.call('GET key')).toBe('$-1')
})

test('shard channels hear SPUBLISH and nothing else', () => {
  const broker = new TestBroker()
  const [publisher, subscriber] = [broker.client(), broker.client()]
  subscriber.call('SSUBSCRIBE s')
  expect(publisher.call('PUBLISH s no')).toBe(':0')
  expect(publisher.call('SPUBLISH s yes')).toBe(':1')
  expect(subscriber.received()).toEqual(['["smessage", "s", "yes"]'])
})

test('in RESP3 messages are pushes, and a subscriber may do anything', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('HELLO 3')
  expect(client.call('SUBSCRIBE a')).toBe('>["subscribe", "a", :1]')
  expect(client.call('SET key value')).toBe('+OK')
  expect(client.call('PING')).toBe('+PONG')
  broker.client().call('PUBLISH a m')
  expect(client.received()).toEqual(['>["message", "a", "m"]'])
})

test('who publishes to itself gets the message before the count, and after what it asked before', () => {
  const client = new TestBroker().client()
  client.call('HELLO 3')
  client.call('SUBSCRIBE a')
  client.sendRaw('PING first\r\nPUBLISH a m\r\nPING last\r\n')
  expect(client.received()).toEqual(['"first"', '>["message", "a", "m"]', ':1', '"last"'])
})

test('a message to oneself never stands in the midst of the answer to EXEC', () => {
  const client = new TestBroker().client()
  client.call('HELLO 3')
  client.call('SUBSCRIBE a')
  client.sendRaw('MULTI\r\nPUBLISH a 1\r\nPUBLISH a 2\r\nEXEC\r\nPING\r\n')
  expect(client.received().slice(3)).toEqual(['[:1, :1]', '>["message", "a", "1"]', '>["message", "a", "2"]', '+PONG'])
})

test('subscriptions made inside MULTI are answered by EXEC', () => {
  const client = new TestBroker().client()
  for (const command of ['MULTI', 'SUBSCRIBE a b', 'SSUBSCRIBE s', 'UNSUBSCRIBE', 'PING']) client.call(command)
  client.sendRaw('EXEC\r\n')
  // Two answers of one command make EXEC's array longer than it says: so does Redis.
  expect(client.received().join(' ')).toBe(
    '[["subscribe", "a", :1], ["subscribe", "b", :2], -"ERR SSUBSCRIBE isn\'t allowed for a DENY BLOCKING client", ' +
      '["unsubscribe", "a", :1]] ["unsubscribe", "b", :0] +PONG',
  )
})

test('CLIENT REPLY OFF silences answers, not messages and subscriptions', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('CLIENT REPLY OFF')
  expect(client.call('SUBSCRIBE a')).toBe('["subscribe", "a", :1]')
  broker.client().call('PUBLISH a m')
  expect(client.received()).toEqual(['["message", "a", "m"]'])
  expect(client.call('UNSUBSCRIBE')).toBe('["unsubscribe", "a", :0]')
  expect(client.call('PING')).toBeUndefined()
})

test('PUBSUB tells who hears what', () => {
  const broker = new TestBroker()
  const client = broker.client()
  const subscriber = broker.client()
  subscriber.send('SUBSCRIBE apple plum')
  subscriber.send('PSUBSCRIBE a* b*')
  subscriber.send('SSUBSCRIBE shard')
  expect(client.call('PUBSUB CHANNELS a*')).toBe('["apple"]')
  expect(client.call('PUBSUB NUMSUB apple pear apple')).toBe('["apple", :1, "pear", :0, "apple", :1]')
  expect(client.call('PUBSUB NUMPAT')).toBe(':2')
  expect(client.call('PUBSUB SHARDCHANNELS')).toBe('["shard"]')
  expect(client.call('PUBSUB SHARDNUMSUB shard apple')).toBe('["shard", :1, "apple", :0]')
  expect(client.call('PUBSUB CHANNELS a b')).toBe(
    "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.",
  )
})

test('a client that is gone is heard of no more', () => {
  const broker = new TestBroker()
  const [client, subscriber] = [broker.client(), broker.client()]
  subscriber.call('SUBSCRIBE a')
  subscriber.disconnect()
  expect(client.call('PUBLISH a m')).toBe(':0')
  expect(client.call('PUBSUB CHANNELS')).toBe('[]')
})

test('RESET ends all subscriptions without a word about them', () => {
  const broker = new TestBroker()
  const subscriber = broker.client()
  subscriber.call('SUBSCRIBE a')
  expect(subscriber.call('RESET')).toBe('+RESET')
  expect(broker.client().call('PUBLISH a m')).toBe(':0')
  expect(subscriber.received()).toEqual([])
})

test('messages of one turn and answers keep their order on a connection', () => {
  const broker = new TestBroker()
  const [publisher, subscriber] = [broker.client(), broker.client()]
  subscriber.call('HELLO 3')
  subscriber.call('SUBSCRIBE a')
  const { broker: inner } = broker
  inner.receive(publisher.session, Buffer.from('PUBLISH a 1\r\n'))
  inner.receive(subscriber.session, Buffer.from('PING\r\n'))
  inner.receive(publisher.session, Buffer.from('PUBLISH a 2\r\n'))
  inner.endTurn()
  expect(subscriber.received()).toEqual(['>["message", "a", "1"]', '+PONG', '>["message", "a", "2"]'])
})
