/** Scripts that keep the real process from its event loop. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { printReply } from '../support/notation.ts'
import { RespClient } from '../support/resp-client.ts'
import { scratchFolder, serve, whyNotRun } from './real-process.ts'

const busyWith = (kill: string): string =>
  `BUSY Redis is busy running a script. You can only call ${kill} or SHUTDOWN NOSAVE.`
const busy = busyWith('SCRIPT KILL')
const busyFunction = busyWith('FUNCTION KILL')
const threshold = ['--busy-reply-threshold', '50']

/** Calls until the answer is the wanted one: before the threshold nobody is heard, and the script may just have begun. */
async function callUntil(client: RespClient, wanted: string, ...words: string[]): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await client.call(...words)
    if ('text' in answer && answer.text === wanted) return
  }
  throw new Error(`never answered: ${wanted}`)
}

const library = `#!lua name=lib
redis.register_function('spin', function() while true do end end)
redis.register_function('write', function(keys) redis.call('SET', keys[1], 'torn') while true do end end)`

describe.skipIf(whyNotRun !== undefined)('a script that does not end', () => {
  test('others are told, and end it', async () => {
    const server = await serve(scratchFolder(), threshold)
    const [runner, other, killer] = [await server.connect(), await server.connect(), await server.connect()]
    await other.call('MULTI')
    runner.send(['EVAL', 'while true do end', '0'])
    await callUntil(killer, busy, 'GET', 'key')
    expect(await other.call('EXEC')).toMatchObject({
      type: 'error',
      text: `EXECABORT Transaction discarded because of: ${busy}`,
    })
    expect(await killer.call('SHUTDOWN')).toMatchObject({ type: 'error', text: busy })
    expect(await killer.call('NOPE')).toMatchObject({ type: 'error' })
    expect(await killer.call('SCRIPT', 'KILL')).toMatchObject({ text: 'OK' })
    const { reply } = await runner.next()
    expect(reply).toMatchObject({
      type: 'error',
      text: expect.stringMatching(
        /^ERR Script killed by user with SCRIPT KILL\.\.\. script: \w{40}, on @user_script:1\.$/,
      ),
    })
    expect(await killer.call('SCRIPT', 'KILL')).toMatchObject({
      text: 'NOTBUSY No scripts in execution right now.',
    })
    expect(await other.call('SET', 'key', 'value')).toMatchObject({ text: 'OK' })
  })

  test('can not be killed once it has written; SHUTDOWN NOSAVE gives up what it wrote', async () => {
    const folder = scratchFolder()
    const server = await serve(folder, threshold)
    const [runner, killer] = [await server.connect(), await server.connect()]
    await runner.call('SET', 'before', 'kept')
    runner.send(
      ['MULTI'],
      ['SET', 'torn', '1'],
      ['EVAL', "redis.call('SET', 'torn', '2') while true do end", '0'],
      ['EXEC'],
    )
    await callUntil(killer, busy, 'GET', 'torn')
    expect(await killer.call('SCRIPT', 'KILL')).toMatchObject({ text: expect.stringMatching(/^UNKILLABLE Sorry/) })
    killer.send(['SHUTDOWN', 'NOSAVE'])
    await killer.waitForClose()
    await runner.waitForClose()
    await server.stop()
    const again = await (await serve(folder)).connect()
    expect(await again.call('GET', 'before')).toMatchObject({ text: 'kept' })
    expect(await again.call('EXISTS', 'torn')).toMatchObject({ text: '0' })
  })

  test('when it ends by itself, its waiters are served and everybody is answered in order', async () => {
    const server = await serve(scratchFolder(), threshold)
    const [runner, waiter, other] = [await server.connect(), await server.connect(), await server.connect()]
    waiter.send(['BLPOP', 'list', '0'])
    await runner.call('SET', 'count', '0')
    runner.send(
      ['EVAL', "redis.call('RPUSH', 'list', 'one') for i = 1, 60000000 do end return 'done'", '0'],
      ['GET', 'count'],
    )
    await callUntil(other, busy, 'INCR', 'count')
    other.send(['WATCH', 'count'], ['MULTI'], ['INCR', 'count'], ['DISCARD'])
    expect([(await other.next()).reply, (await other.next()).reply]).toMatchObject([{ text: 'OK' }, { text: 'OK' }])
    expect((await runner.next(60_000)).reply).toMatchObject({ text: 'done' })
    expect((await waiter.next()).reply).toMatchObject({ type: 'array' })
    expect([(await other.next()).reply, (await other.next()).reply]).toMatchObject([{}, { text: 'OK' }])
    const { reply } = await runner.next()
    expect(await other.call('GET', 'count')).toEqual(reply)
  })

  test('those who connect while it runs are told too, end it, and stay', async () => {
    const folder = scratchFolder()
    const path = join(folder, 'socket')
    const server = await serve(folder, [...threshold, '--unixsocket', path])
    const [runner, watcher] = [await server.connect(), await server.connect()]
    runner.send(['EVAL', 'while true do end', '0'])
    await callUntil(watcher, busy, 'PING')
    const [killer, local] = [await server.connect(), await RespClient.open({ path })]
    for (const client of [killer, local]) {
      expect(await client.call('GET', 'key')).toMatchObject({ type: 'error', text: busy })
    }
    expect(await local.call('HELLO', '3')).toMatchObject({ type: 'map' })
    local.write('*1\r\n$4\r\nPI')
    const leaving = await server.connect()
    leaving.send(['QUIT'])
    expect((await leaving.next()).reply).toMatchObject({ text: 'OK' })
    await leaving.waitForClose()
    const unread = await server.connect()
    expect(await unread.call('MULTI')).toMatchObject({ text: 'OK' })
    expect(await killer.call('SCRIPT', 'KILL')).toMatchObject({ text: 'OK' })
    expect((await runner.next()).reply).toMatchObject({ text: expect.stringContaining('Script killed by user') })
    killer.send(['SET', 'key', 'x'.repeat(200_000)], ['STRLEN', 'key'])
    expect([(await killer.next()).reply, (await killer.next()).reply]).toMatchObject([
      { text: 'OK' },
      { text: '200000' },
    ])
    // What was cut in two by the end of the script is one request.
    local.write('NG\r\n')
    expect((await local.next()).reply).toMatchObject({ text: 'PONG' })
    expect(await unread.call('PING')).toMatchObject({ text: 'QUEUED' })
    expect(await unread.call('EXEC')).toMatchObject({ type: 'array' })
    const list = printReply(await killer.call('CLIENT', 'LIST'))
    expect(list.match(/ addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ /g)).toHaveLength(4)
    expect(list).toContain(` addr=${path}:0 laddr=${path}:0 `)
    killer.send(['QUIT'])
    await killer.waitForClose()
    expect(await unread.call('DBSIZE')).toMatchObject({ text: '1' })
    const later = await server.connect()
    expect(await later.call('PING')).toMatchObject({ text: 'PONG' })
  })

  test('those who connect are heard again when the next one runs, and closed with the server', async () => {
    const server = await serve(scratchFolder(), threshold)
    const [runner, watcher] = [await server.connect(), await server.connect()]
    const busyClients: RespClient[] = []
    for (let round = 0; round < 3; round++) {
      runner.send(['EVAL', 'while true do end', '0'])
      await callUntil(watcher, busy, 'PING')
      const client = await server.connect()
      busyClients.push(client)
      for (const each of busyClients) expect(await each.call('PING')).toMatchObject({ text: busy })
      expect(await client.call('SCRIPT', 'KILL')).toMatchObject({ text: 'OK' })
      expect((await runner.next()).reply).toMatchObject({ type: 'error' })
      // The event loop runs: its socket is handed over.
      expect(await client.call('PING')).toMatchObject({ text: 'PONG' })
    }
    runner.send(['EVAL', "redis.call('SET', 'k', '1') while true do end", '0'])
    await callUntil(watcher, busy, 'PING')
    const last = await server.connect()
    expect(await last.call('SCRIPT', 'KILL')).toMatchObject({ text: expect.stringMatching(/^UNKILLABLE/) })
    last.send(['SHUTDOWN', 'NOSAVE'])
    await Promise.all([last.waitForClose(), ...busyClients.map((each) => each.waitForClose())])
    expect(await server.exited).toBe(0)
  })

  test('hears nothing of FUNCTION KILL and tells FUNCTION STATS nothing', async () => {
    const server = await serve(scratchFolder(), threshold)
    const [runner, killer] = [await server.connect(), await server.connect()]
    expect(await killer.call('FUNCTION', 'KILL')).toMatchObject({ text: 'NOTBUSY No scripts in execution right now.' })
    runner.send(['EVAL_RO', 'while true do end', '0'])
    await callUntil(killer, busy, 'PING')
    expect(await killer.call('FUNCTION', 'KILL')).toMatchObject({ type: 'error', text: busy })
    expect(await killer.call('FUNCTION', 'STATS')).toMatchObject({ type: 'error', text: busy })
    expect(await killer.call('SCRIPT', 'KILL')).toMatchObject({ text: 'OK' })
    expect((await runner.next()).reply).toMatchObject({ text: expect.stringContaining('Script killed by user') })
  })
})

describe.skipIf(whyNotRun !== undefined)('a function that does not end', () => {
  test('is told by FUNCTION STATS, and ended by FUNCTION KILL', async () => {
    const server = await serve(scratchFolder(), threshold)
    const [runner, killer] = [await server.connect(), await server.connect()]
    await runner.call('FUNCTION', 'LOAD', library)
    await runner.call('MULTI')
    expect(await runner.call('fcall', 'spin', '1', 'key', '\0\xff')).toMatchObject({ text: 'QUEUED' })
    runner.send(['EXEC'])
    await callUntil(killer, busyFunction, 'GET', 'key')
    expect(await killer.call('SCRIPT', 'KILL')).toMatchObject({ type: 'error', text: busyFunction })
    expect(await killer.call('SHUTDOWN')).toMatchObject({ type: 'error', text: busyFunction })
    await killer.call('MULTI')
    expect(await killer.call('FUNCTION', 'STATS')).toMatchObject({ text: 'QUEUED' })
    await killer.call('DISCARD')
    expect(printReply(await killer.call('FUNCTION', 'STATS'))).toMatch(
      /^\["running_script", \["name", "spin", "command", \["fcall", "spin", "1", "key", "\\x00\\xff"\], "duration_ms", :\d+\], "engines", \["LUA", \["libraries_count", :1, "functions_count", :2\]\]\]$/,
    )
    await killer.call('HELLO', '3')
    expect(printReply(await killer.call('FUNCTION', 'STATS'))).toMatch(/^\{"running_script": \{"name": "spin", /)
    expect(await killer.call('FUNCTION', 'KILL')).toMatchObject({ text: 'OK' })
    expect(printReply((await runner.next()).reply)).toBe(
      '[-"ERR Script killed by user with SCRIPT KILL... script: spin, on @user_function:2."]',
    )
    expect(printReply(await killer.call('FUNCTION', 'STATS'))).toMatch(/^\{"running_script": _, /)
  })

  test('can not be killed once it has written; SHUTDOWN NOSAVE gives up what it wrote', async () => {
    const folder = scratchFolder()
    const server = await serve(folder, threshold)
    const [runner, killer] = [await server.connect(), await server.connect()]
    await runner.call('FUNCTION', 'LOAD', library)
    await runner.call('SET', 'key', 'before')
    runner.send(['FCALL', 'write', '1', 'key'])
    await callUntil(killer, busyFunction, 'GET', 'key')
    for (const kind of ['FUNCTION', 'SCRIPT']) {
      expect(await killer.call(kind, 'KILL')).toMatchObject({ text: expect.stringMatching(/^UNKILLABLE Sorry/) })
    }
    killer.send(['SHUTDOWN', 'NOSAVE'])
    await Promise.all([killer.waitForClose(), runner.waitForClose(), server.stop()])
    const again = await (await serve(folder)).connect()
    expect(await again.call('GET', 'key')).toMatchObject({ text: 'before' })
    expect(printReply(await again.call('FUNCTION', 'LIST'))).toContain('"library_name", "lib"')
  })
})
