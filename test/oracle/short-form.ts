/**
 * The short form of the oracle: per family a few hundred sessions that are always the same and a moment of new ones.
 * `npm run oracle` is the long form. The seed of the new ones is part of the failure's text.
 *
 * The families are shared out over two files, so that both cores have something to do.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findMillrace, findRedisServer, type RunningServer, startMillrace, startRedis } from '../support/servers.ts'
import { Stage } from '../support/stage.ts'
import type { Family } from './family.ts'
import { hunt } from './hunt.ts'
import type { Stages } from './play.ts'
import { printFinding } from './transcript.ts'

const fixedSeed = 1
const fixedSessions = 200
const newSeconds = 1
const newSeed = Date.now() % 1_000_000_000
const testTimeoutMs = 180_000

const missing = [
  ...(findRedisServer() === undefined ? ['no redis-server on the PATH'] : []),
  ...(findMillrace() === undefined ? ['Millrace is not built'] : []),
]
const reason = missing.length === 0 ? '' : ` (skipped: ${missing.join(', ')})`

/** Declares a test for each of the families. */
export function hearTheOracle(families: readonly Family[]): void {
  describe.skipIf(missing.length > 0)(`Millrace against redis-server${reason}`, () => {
    let stages: Stages
    const servers: RunningServer[] = []

    beforeAll(async () => {
      const reference = await startRedis({ flags: ['--hz', '500'] })
      servers.push(reference)
      const subject = await startMillrace()
      servers.push(subject)
      stages = { reference: await Stage.on(reference.port), subject: await Stage.on(subject.port), exactLag: true }
    })

    afterAll(async () => {
      stages?.reference.shut()
      stages?.subject.shut()
      await Promise.all(servers.map((server) => server.stop()))
    })

    test.each(families)('$name: the same commands get the same bytes', { timeout: testTimeoutMs }, async (family) => {
      const protocols = [2, 3] as const
      const known = await hunt(stages, family, { seed: fixedSeed, seconds: 0, sessionsMin: fixedSessions, protocols })
      expect(known.findings.map(printFinding)).toEqual([])
      const fresh = await hunt(stages, family, { seed: newSeed, seconds: newSeconds, sessionsMin: 1, protocols })
      expect(fresh.findings.map(printFinding)).toEqual([])
      expect([...known.missing, ...fresh.missing], 'every command has succeeded').toEqual([])
    })
  })
}
