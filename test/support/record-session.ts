/**
 * Fills in what redis-server answers to the commands of session transcripts, in place:
 *
 *     npm run session:record -- protocol/sessions/some.session …
 *
 * Write the commands, record, then read every reply: a transcript is a promise, not a photograph. Replace what the clock
 * or the process makes up by `<id>`, `<int>` or `<any>`; recording again keeps these.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { startMillrace, startRedis } from './servers.ts'
import { parseSession, recordSession } from './session-script.ts'
import { Stage } from './stage.ts'

for (const path of process.argv.slice(2)) {
  // What no redis-server here has is answered by Millrace.
  const isNewer = path.includes('/newer/')
  const server = isNewer ? await startMillrace() : await startRedis({ flags: ['--hz', '500'] })
  try {
    const stage = await Stage.on(server.port)
    await writeFile(path, await recordSession(stage, parseSession(await readFile(path, 'utf8'))))
    stage.shut()
  } finally {
    await server.stop()
  }
}
