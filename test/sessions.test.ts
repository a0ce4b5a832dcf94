/** Every transcript of protocol/sessions, run against redis-server and against Millrace, to the byte. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from './support/free-port.ts'
import { RespClient } from './support/resp-client.ts'
import { findMillrace, findRedisServer, type RunningServer, startMillrace, startRedis } from './support/servers.ts'
import { parseSession, runSession } from './support/session-script.ts'
import { Stage } from './support/stage.ts'
import { openWebSocketStream } from './support/websocket-stream.ts'

const folder = join('protocol', 'sessions')
const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.session'))
  .sort()
  .map((path) => ({ path, script: parseSession(readFileSync(join(folder, path), 'utf8')) }))
  .map(({ path, script }) => ({ path, script, title: script.title }))

/** Where the server speaks HTTP. */
let webPort = 0

const subjects = [
  {
    name: 'redis-server',
    missing: findRedisServer() === undefined ? 'no redis-server on the PATH' : undefined,
    start: () => startRedis({ flags: ['--hz', '500'] }),
    stage: ({ port }: RunningServer) => Stage.on(port),
    scripts: scripts.filter(({ path }) => !path.startsWith('newer/')),
  },
  {
    name: 'Millrace',
    missing: findMillrace() === undefined ? 'Millrace is not built' : undefined,
    start: () => startMillrace(),
    stage: ({ port }: RunningServer) => Stage.on(port),
    scripts,
  },
  {
    name: 'Millrace over WebSocket',
    missing: findMillrace() === undefined ? 'Millrace is not built' : undefined,
    start: async () => {
      webPort = await freePort()
      return startMillrace({ flags: ['--http-port', String(webPort)] })
    },
    stage: ({ port }: RunningServer) => Stage.on(port, async () => RespClient.over(await openWebSocketStream(webPort))),
    scripts,
  },
]

for (const { name, missing, start, stage: open, scripts } of subjects) {
  const reason = missing === undefined ? '' : ` (skipped: ${missing})`
  describe.skipIf(missing !== undefined)(`${name}${reason}`, () => {
    let server: RunningServer
    let stage: Stage

    beforeAll(async () => {
      server = await start()
      stage = await open(server)
    })

    afterAll(async () => {
      stage?.shut()
      await server?.stop()
    })

    test.each(scripts)('$path: $title', async ({ script }) => {
      expect(await runSession(stage, script)).toEqual([])
    })
  })
}

test('a transcript that promises something else is not fulfilled', async ({ skip }) => {
  skip(findRedisServer() === undefined, 'no redis-server on the PATH')
  const server = await startRedis()
  const stage = await Stage.on(server.port)
  const complaintsOf = (text: string): Promise<string[]> => runSession(stage, parseSession(`# A title.\n${text}`))
  try {
    expect(await complaintsOf('a> PING\na< +PONG\n')).toEqual([])
    expect(await complaintsOf('a> PING\na< "PONG"\n')).toEqual(['line 2: a heard +PONG instead of "PONG"'])
    expect(await complaintsOf('a> PING\n')).toEqual(['line 2: a heard +PONG, which is not expected'])
    expect(await complaintsOf('a> GET a\na< $-1\na> SET a 1\na< +OK\na> INCR a\na< :3\n')).toEqual([
      'line 6: a heard :2 instead of :3',
    ])
    expect(await complaintsOf('a> PSUBSCRIBE x\na< ["psubscribe", "x", :1]\nb> PUBLISH x 1\nb< :1\n')).toEqual([
      'line 4: a heard ["pmessage", "x", "x", "1"], which is not expected',
    ])
  } finally {
    stage.shut()
    await server.stop()
  }
})
