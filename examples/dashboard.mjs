// The producer behind dashboard.html: machines that report their load, over RESP, like any program that knows Redis.
//
// Reports go into a stream, which a tab reads from where it was; alarms go to a channel, for whoever looks just now.
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'

const connection = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379')
const machines = ['anvil', 'bellows', 'hammer']
const stream = 'example:machines'
const rounds = Number(process.argv[2] ?? 300)
const alarmLoad = 0.9

for (let round = 0; round < rounds; round++) {
  for (const [index, machine] of machines.entries()) {
    const load = Math.abs(Math.sin(round / 10 + index)).toFixed(2)
    await connection.xadd(stream, 'MAXLEN', '~', 1000, '*', 'machine', machine, 'load', load)
    if (load <= alarmLoad) continue
    const heardBy = await connection.publish('example:alarms', `${machine} is at ${load}`)
    console.log(`${machine} is at ${load}, which ${heardBy} saw`)
  }
  await pause(200)
}
console.log(`${rounds * machines.length} reports were sent`)
await connection.quit()
