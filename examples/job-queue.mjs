// A job queue that loses no job when a worker dies.
//
// BLMOVE moves a job into the worker's own list in one step, so it is always in one list or the other. A worker says
// that it lives by renewing a key that expires; what the dead have left in their lists goes back to the queue.
import { Redis } from 'ioredis'

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
const queue = 'example:jobs'
const heldBy = (worker) => `example:jobs:held-by:${worker}`
const alive = (worker) => `example:alive:${worker}`
const jobCount = 12
let doneCount = 0

async function work(worker, connection, diesAtItsThirdJob) {
  for (let taken = 1; doneCount < jobCount; taken++) {
    await connection.set(alive(worker), '1', 'PX', 400)
    const job = await connection.blmove(queue, heldBy(worker), 'RIGHT', 'LEFT', 0.2)
    if (job === null) continue
    if (diesAtItsThirdJob && taken === 3) {
      console.log(`${worker} dies while it holds ${job}`)
      break
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
    await connection.lrem(heldBy(worker), 1, job)
    doneCount++
    console.log(`${worker} has done ${job}`)
  }
  connection.disconnect()
}

async function bringBack(connection) {
  const [, lists] = await connection.scan('0', 'MATCH', heldBy('*'), 'COUNT', 1000)
  for (const list of lists) {
    const worker = list.slice(heldBy('').length)
    if ((await connection.exists(alive(worker))) === 1) continue
    let job = await connection.lmove(list, queue, 'LEFT', 'RIGHT')
    for (; job !== null; job = await connection.lmove(list, queue, 'LEFT', 'RIGHT')) {
      console.log(`${worker} is dead: ${job} goes back to the queue`)
    }
  }
}

const connection = new Redis(url)
const [ofAnna, ofBert] = [new Redis(url), new Redis(url)]
await Promise.all([ofAnna.ping(), ofBert.ping()])
await connection.del(queue, heldBy('anna'), heldBy('bert'))
for (let number = 1; number <= jobCount; number++) await connection.lpush(queue, `resize picture-${number}.png`)
console.log(`${jobCount} jobs are queued`)

const workers = [work('anna', ofAnna, false), work('bert', ofBert, true)]
const watch = setInterval(() => bringBack(connection).catch(console.error), 100)
await Promise.all(workers)
clearInterval(watch)
console.log(`${doneCount} jobs are done, ${await connection.llen(queue)} are left`)
await connection.quit()
