/**
 * The servers that a test body runs against: Millrace, which must pass, and redis-server, which judges the body itself
 * (what Redis does not do cannot be asked of Millrace). Where no redis-server is on the PATH its half is skipped, and
 * the title of the skipped part says so.
 */
import { afterAll, beforeAll, describe } from 'vitest'
import { findRedisServer, type RunningServer, startMillrace, startRedis } from '../support/servers.ts'

/** Declares the tests in `body` once for each server. The server is started, with these flags, before them and stopped after
 *  them. */
export function againstEachServer(
  title: string,
  body: (server: () => RunningServer) => void,
  flags: () => Promise<readonly string[]> = async () => [],
): void {
  const redisIsHere = findRedisServer() !== undefined
  const judges = [
    { name: 'Millrace', skip: false, start: startMillrace },
    {
      name: redisIsHere ? 'redis-server' : 'redis-server, skipped: none is installed',
      skip: !redisIsHere,
      start: startRedis,
    },
  ]
  for (const { name, skip, start } of judges) {
    describe.skipIf(skip)(`${title} against ${name}`, () => {
      let running: RunningServer | undefined
      beforeAll(async () => {
        running = await start({ flags: await flags() })
      })
      afterAll(() => running?.stop())
      body(() => {
        if (running === undefined) throw new Error('the server is started before the tests')
        return running
      })
    })
  }
}
