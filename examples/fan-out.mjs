// One event, many services: whoever subscribes hears it, and the publisher need not know who does.
//
// Pub/sub keeps nothing: a service that is away misses what was said. Where that will not do, take a stream
// (consumer-group.mjs).
import { createClient } from 'redis'

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const publisher = await createClient({ url }).connect()
const heard = { mail: 0, stock: 0, audit: 0 }

async function service(name, subscribe) {
  const connection = await publisher.duplicate().connect()
  await subscribe(connection, (message, channel) => {
    heard[name]++
    console.log(`  ${name} hears on ${channel}: ${message}`)
  })
  return connection
}

const services = await Promise.all([
  service('mail', (connection, hear) => connection.subscribe('example:orders:created', hear)),
  service('stock', (connection, hear) => connection.subscribe(['example:orders:created', 'example:orders:sent'], hear)),
  service('audit', (connection, hear) => connection.pSubscribe('example:orders:*', hear)),
])

for (const [event, order] of [
  ['created', { id: 1, article: 'water wheel' }],
  ['created', { id: 2, article: 'mill stone' }],
  ['sent', { id: 1 }],
  ['returned', { id: 1 }],
]) {
  const receivers = await publisher.publish(`example:orders:${event}`, JSON.stringify(order))
  console.log(`${event} ${order.id} was sent to ${receivers} services`)
}

// What was published before a PING arrives before its answer.
await Promise.all(services.map((connection) => connection.ping()))
console.log(`mail heard ${heard.mail}, stock ${heard.stock}, audit ${heard.audit}`)
await Promise.all([publisher, ...services].map((connection) => connection.close()))
