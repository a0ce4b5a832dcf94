// A stream read by a group of workers: each entry goes to one of them, and it stays pending until that one acknowledges.
//
// When a worker dies, XAUTOCLAIM hands what it left pending for too long to one that lives: nothing is lost, and an
// entry may be handled twice, so handling must bear that.
import { Redis } from 'ioredis'

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const stream = 'example:orders'
const group = 'shipping'
const orderCount = 10
const idleMs = 300

async function handle(connection, worker, entries, how) {
  for (const [id, fields] of entries) {
    console.log(`${worker} ${how} ${id}: ${fields.join(' ')}`)
    await connection.xack(stream, group, id)
  }
  return entries.length
}

async function readNew(connection, worker, count) {
  const answer = await connection.xreadgroup(
    ...['GROUP', group, worker, 'COUNT', count, 'BLOCK', 100, 'STREAMS', stream, '>'],
  )
  // One stream was asked for: an array of pairs in RESP2, which RESP3 gives as a map.
  return answer === null ? [] : Array.isArray(answer) ? answer[0][1] : answer[stream]
}

async function readAndDie(worker) {
  const connection = new Redis(url)
  const entries = await readNew(connection, worker, 4)
  await handle(connection, worker, entries.slice(0, 1), 'ships')
  console.log(`${worker} dies and leaves ${entries.length - 1} orders pending`)
  connection.disconnect()
}

async function readUntilAllAreShipped(worker, shippedBefore) {
  const connection = new Redis(url)
  let shipped = shippedBefore
  while (shipped < orderCount) {
    shipped += await handle(connection, worker, await readNew(connection, worker, 4), 'ships')
    const [, abandoned] = await connection.xautoclaim(stream, group, worker, idleMs, '0-0', 'COUNT', 10)
    shipped += await handle(connection, worker, abandoned, 'takes over')
  }
  connection.disconnect()
}

const connection = new Redis(url)
await connection.del(stream)
await connection.xgroup('CREATE', stream, group, '$', 'MKSTREAM')
for (let number = 1; number <= orderCount; number++) await connection.xadd(stream, '*', 'order', number)
console.log(`${orderCount} orders are in the stream`)

await readAndDie('anna')
await readUntilAllAreShipped('bert', 1)
const [pending] = await connection.xpending(stream, group)
console.log(`all ${orderCount} orders are shipped, ${pending} are pending`)
await connection.quit()
