/**
 * The oracle from the command line:
 *
 *     npm run oracle -- --family streams,lists --seconds 60 --seed 1 --proto 3 --save
 *
 * --family  names from families.ts with commas between them, or all (the default)
 * --seconds for each family (10); --sessions at least so many (1); with --seconds 0 --sessions 1 one seed is replayed
 * --seed    of the first session (drawn from the clock and printed when missing)
 * --proto   2, 3 or both (the default)
 * --subject millrace (the default) or redis, which proves the harness: redis-server must agree with itself
 * --at      the port of a subject that already runs, e.g. under a debugger, and that serves nobody else
 * --findings how many differences to collect before a family ends (1)
 * --save    writes each shrunk finding to protocol/sessions/regressions/
 * --flags   more flags for the subject, e.g. --flags "--appendonly yes"
 *
 * Exits 1 when the servers differ or a command of a family never succeeded.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type RunningServer, startMillrace, startRedis } from '../support/servers.ts'
import { Stage } from '../support/stage.ts'
import { families } from './families.ts'
import type { Family } from './family.ts'
import { type Catch, hunt } from './hunt.ts'
import type { Stages } from './play.ts'
import type { Finding } from './shrink.ts'
import { printFinding } from './transcript.ts'

const { values: options } = parseArgs({
  options: {
    family: { type: 'string', default: 'all' },
    seconds: { type: 'string', default: '10' },
    sessions: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    proto: { type: 'string', default: 'both' },
    subject: { type: 'string', default: 'millrace' },
    at: { type: 'string' },
    findings: { type: 'string', default: '1' },
    flags: { type: 'string', default: '' },
    save: { type: 'boolean', default: false },
  },
})

// redis-server ends a wait in its timer, which ticks ten times a second unless told otherwise.
const referenceFlags = ['--hz', '500']

process.exitCode = (await run()) ? 0 : 1

async function run(): Promise<boolean> {
  const chosen = chooseFamilies(options.family)
  const servers: RunningServer[] = []
  try {
    const reference = await startRedis({ flags: referenceFlags })
    servers.push(reference)
    if (options.at === undefined) servers.push(await startSubject())
    const stages: Stages = {
      reference: await Stage.on(reference.port),
      subject: await Stage.on(Number(options.at ?? servers[1]!.port)),
      exactLag: options.subject !== 'redis',
    }
    let allAgree = true
    for (const family of chosen) allAgree = (await runFamily(stages, family)) && allAgree
    stages.reference.shut()
    stages.subject.shut()
    return allAgree
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

function startSubject(): Promise<RunningServer> {
  const given = options.flags.split(' ').filter((flag) => flag !== '')
  if (options.subject === 'redis') return startRedis({ flags: [...referenceFlags, ...given] })
  return startMillrace({ flags: given })
}

function chooseFamilies(names: string): readonly Family[] {
  if (names === 'all') return families
  return names.split(',').map((name) => {
    const family = families.find((each) => each.name === name)
    if (family === undefined) throw new Error(`no family ${name}; there are ${families.map((each) => each.name)}`)
    return family
  })
}

async function runFamily(stages: Stages, family: Family): Promise<boolean> {
  const startedAtMs = Date.now()
  const result = await hunt(stages, family, {
    seed: Number(options.seed),
    seconds: Number(options.seconds),
    sessionsMin: Number(options.sessions),
    protocols: options.proto === 'both' ? [2, 3] : [options.proto === '3' ? 3 : 2],
    findingsMax: Number(options.findings),
  })
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1)
  console.log(
    `${family.name}: ${result.sessions} sessions, ${result.steps} steps in ${seconds} s, seed ${options.seed}`,
  )
  for (const finding of result.findings) await report(finding)
  if (result.missing.length > 0) console.log(`  never succeeded: ${result.missing.join(', ')}`)
  return isClean(result)
}

function isClean(result: Catch): boolean {
  return result.findings.length === 0 && result.missing.length === 0
}

async function report(finding: Finding): Promise<void> {
  const { family, seed, protocol } = finding.session
  const text = printFinding(finding)
  console.log(`\n${text}`)
  console.log(`again: --family ${family.name} --proto ${protocol} --seed ${seed} --seconds 0 --sessions 1\n`)
  if (!options.save) return
  const folder = join('protocol', 'sessions', 'regressions')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${family.name}-${seed}-resp${protocol}.session`)
  await writeFile(path, text)
  console.log(`saved as ${path}\n`)
}
