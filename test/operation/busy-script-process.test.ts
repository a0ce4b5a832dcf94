/** Scripts that keep the real process from its event loop. */
import { describe, expect, test } from 'vitest'
import type { RespClient } from '../support/resp-client.ts'
import { scratchFolder, serve, whyNotRun } from './real-process.ts'

const busy = 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'
const threshold = ['--busy-reply-threshold', '50']

/** Calls until the answer is the wanted one: before the threshold nobody is heard, and the script may just have begun. */
async function callUntil(client: RespClient, wanted: string, ...words: string[]): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await client.call(...words)
    if ('text' in answer && answer.text === wanted) return
  }
  throw new Error(`never answered: ${wanted}`)
}

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
})
