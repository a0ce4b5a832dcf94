/** MONITOR as stock clients read it. */
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { expect, it, onTestFinished } from 'vitest'
import { againstEachServer } from './judges.ts'

againstEachServer('MONITOR', (server) => {
  const connect = (db = 0): Redis => {
    const redis = new Redis({ port: server().port, host: '127.0.0.1', db })
    onTestFinished(() => redis.disconnect())
    return redis
  }

  it("tells ioredis' monitor of every command, with its time, its client and its database", async () => {
    const redis = connect(3)
    const source = /addr=(\S+)/.exec((await redis.call('CLIENT', 'INFO')) as string)![1]
    const monitor = await connect().monitor()
    onTestFinished(() => monitor.disconnect())
    const heard: [number, string[], string, string][] = []
    const all = new Promise<void>((resolve) => {
      monitor.on('monitor', (time: string, words: string[], from: string, database: string) => {
        if (from === source || from === 'lua') heard.push([Number(time), words, from, database])
        if (words[1] === 'the end') resolve()
      })
    })
    await redis.set('key', 'a "text"\r\n\x01')
    await redis.multi().incr('n').exec()
    await redis.eval("return redis.call('get', KEYS[1])", 1, 'key')
    await redis.acl('SETUSER', 'anna', '>secret')
    await redis.echo('the end')
    await all
    expect(heard.map(([, words, from, database]) => [from === source ? 'client' : from, database, ...words])).toEqual([
      ['client', '3', 'set', 'key', String.raw`a "text"\r\n\x01`],
      ['client', '3', 'multi'],
      ['client', '3', 'incr', 'n'],
      ['client', '3', 'exec'],
      ['client', '3', 'eval', "return redis.call('get', KEYS[1])", '1', 'key'],
      ['lua', '3', 'get', 'key'],
      ['client', '3', 'echo', 'the end'],
    ])
    expect(Math.abs(heard[0]![0] * 1000 - Date.now())).toBeLessThan(60_000)
  })

  it('tells node-redis, too', async () => {
    const client = createClient({ socket: { port: server().port, host: '127.0.0.1' } })
    await client.connect()
    onTestFinished(() => client.destroy())
    const lines: string[] = []
    let hear = (): void => {}
    const heard = new Promise<void>((resolve) => {
      hear = resolve
    })
    await client.monitor((line) => {
      if (lines.push(String(line)) && String(line).includes('the end')) hear()
    })
    await connect().echo('the end')
    await heard
    expect(lines.at(-1)).toMatch(/^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "echo" "the end"$/)
  })
})
