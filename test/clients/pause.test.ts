import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { againstEachServer } from './judges.ts'

const library = `#!lua name=l
redis.register_function('writes', function() return 1 end)
redis.register_function{function_name = 'reads', callback = function() return 2 end, flags = {'no-writes'}}`

const heldCommands = [
  ['SET', 'key', 'value'],
  ['EVAL', 'return 1', '0'],
  ['EVAL', '#!lua\nreturn 1', '0'],
  ['EVAL', '#!lua flags=allow-oom\nreturn 1', '0'],
  ['EVAL', '#!lua flags=wrong\nreturn 1', '0'],
  ['EVAL', '#!lua flags=no-writes', '0'],
  ['EVAL', 'no Lua', '0'],
  ['EVAL_RO', '#!lua\nreturn 1', '0'],
  ['EVALSHA', 'nosuch', '0'],
  ['FCALL', 'writes', '0'],
  ['FCALL', 'nosuch', '0'],
  ['FCALL_RO', 'writes', '0'],
  ['PFCOUNT', 'visitors'],
  ['PUBLISH', 'channel', 'message'],
  ['SPUBLISH', 'channel', 'message'],
]

const passingCommands = [
  ['GET', 'key'],
  ['EVAL', '#!lua flags=no-writes\nreturn 1', '0'],
  ['EVAL', '#!lua flags=no-writes\nno Lua', '0'],
  ['EVAL_RO', 'return 1', '0'],
  ['EVAL_RO', '#!lua flags=no-writes\nreturn 1', '0'],
  ['EVALSHA_RO', 'nosuch', '0'],
  ['FCALL', 'reads', '0'],
  ['FCALL_RO', 'reads', '0'],
  ['FCALL_RO', 'nosuch', '0'],
  ['SCRIPT', 'LOAD', 'return 5'],
]

againstEachServer('a pause of writes', (server) => {
  let admin: Redis
  let client: Redis

  beforeAll(async () => {
    admin = new Redis({ port: server().port })
    client = new Redis({ port: server().port })
    await admin.call('FUNCTION', 'LOAD', library)
    await admin.pfadd('visitors', 'ann')
  })

  afterAll(() => {
    admin.disconnect()
    client.disconnect()
  })

  /** Whether the command waits for the pause's end: it is answered, or the server counts a client that waits. */
  async function isHeld([name = '', ...args]: readonly string[]): Promise<boolean> {
    await admin.call('CLIENT', 'PAUSE', '100000', 'WRITE')
    let isAnswered = false
    const answer = client.call(name, ...args).then(
      () => {
        isAnswered = true
      },
      () => {
        isAnswered = true
      },
    )
    try {
      while (!isAnswered) {
        if (/^blocked_clients:1\r$/m.test(await admin.info('clients'))) return true
      }
      return false
    } finally {
      await admin.call('CLIENT', 'UNPAUSE')
      await answer
    }
  }

  test.each(heldCommands)('holds %s %s', async (...command) => {
    expect(await isHeld(command)).toBe(true)
  })

  test.each(passingCommands)('lets pass %s %s', async (...command) => {
    expect(await isHeld(command)).toBe(false)
  })

  test.each([
    ['return 1', true],
    ['#!lua flags=no-writes\nreturn 1', false],
  ])('does with a transaction of the script %s as with the script itself', async (script, expected) => {
    await client.multi({ pipeline: false })
    await client.call('EVAL', script, '0')
    expect(await isHeld(['EXEC'])).toBe(expected)
  })
})
