/** The oracle from the command line: `npm run oracle -- --help`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readCount, readFlags } from '../support/options.ts'
import { type RunningServer, startMillrace, startRedis } from '../support/servers.ts'
import { Stage } from '../support/stage.ts'
import { families } from './families.ts'
import type { Family } from './family.ts'
import { type Catch, hunt } from './hunt.ts'
import type { Stages } from './play.ts'
import type { Finding } from './shrink.ts'
import { printFinding } from './transcript.ts'

const usage = `npm run oracle -- [options]
  --family streams,lists   (default: all) ${families.map(({ name }) => name).join(', ')}
  --seconds 10        for each family
  --sessions 1        at least so many; with --seconds 0 --sessions 1 one seed is replayed
  --seed N            of the first session; drawn from the clock, and printed, when missing
  --proto both        2, 3 or both
  --subject millrace  or redis, which proves the harness: redis-server must agree with itself
  --at PORT           of a subject that already runs, under a debugger perhaps, and serves nobody else
  --findings 1        how many differences to collect before a family ends
  --save              writes each shrunk finding to protocol/sessions/regressions/
  --flags="--appendonly yes"   more flags for the subject
Exits with 1 when the servers differ, or when a command of a family never succeeded.`

type Protocol = 2 | 3

interface Settings {
  readonly families: readonly Family[]
  readonly seconds: number
  readonly sessions: number
  readonly seed: number
  readonly protocols: readonly Protocol[]
  readonly subject: 'millrace' | 'redis'
  readonly at: number | undefined
  readonly findings: number
  readonly save: boolean
  readonly flags: readonly string[]
}

// redis-server ends a wait in its timer, which ticks ten times a second unless told otherwise.
const referenceFlags = ['--hz', '500']

/** Whether the servers agreed. */
async function main(): Promise<boolean> {
  const settings = readSettings()
  if (settings !== undefined) return run(settings)
  console.log(usage)
  return true
}

/** Undefined when help is asked for. */
function readSettings(): Settings | undefined {
  const { values } = parseArgs({
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
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  return {
    families: chooseFamilies(values.family),
    seconds: readCount(values.seconds),
    sessions: readCount(values.sessions),
    seed: readCount(values.seed),
    protocols: readProtocols(values.proto),
    subject: readSubject(values.subject),
    at: values.at === undefined ? undefined : readCount(values.at),
    findings: readCount(values.findings),
    save: values.save,
    flags: readFlags(values.flags),
  }
}

function chooseFamilies(names: string): readonly Family[] {
  if (names === 'all') return families
  return names.split(',').map((name) => {
    const family = families.find((each) => each.name === name)
    if (family === undefined) throw new Error(`there is no family ${name} (--help)`)
    return family
  })
}

function readProtocols(word: string): readonly Protocol[] {
  if (word === 'both') return [2, 3]
  if (word === '2') return [2]
  if (word === '3') return [3]
  throw new Error(`there is no protocol ${word} (--help)`)
}

function readSubject(word: string): Settings['subject'] {
  if (word === 'millrace' || word === 'redis') return word
  throw new Error(`there is no subject ${word} (--help)`)
}

async function run(settings: Settings): Promise<boolean> {
  const servers: RunningServer[] = []
  try {
    const reference = await startRedis({ flags: referenceFlags })
    servers.push(reference)
    if (settings.at === undefined) servers.push(await startSubject(settings))
    const stages: Stages = {
      reference: await Stage.on(reference.port),
      subject: await Stage.on(settings.at ?? servers[1]!.port),
      exactLag: settings.subject !== 'redis',
    }
    let allAgree = true
    for (const family of settings.families) allAgree = (await runFamily(stages, family, settings)) && allAgree
    stages.reference.shut()
    stages.subject.shut()
    return allAgree
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

function startSubject({ subject, flags }: Settings): Promise<RunningServer> {
  if (subject === 'redis') return startRedis({ flags: [...referenceFlags, ...flags] })
  return startMillrace({ flags })
}

async function runFamily(stages: Stages, family: Family, settings: Settings): Promise<boolean> {
  const { seed, seconds, sessions, protocols, findings } = settings
  const startedAtMs = Date.now()
  const options = { seed, seconds, sessionsMin: sessions, protocols, findingsMax: findings }
  const result = await hunt(stages, family, options)
  const took = ((Date.now() - startedAtMs) / 1000).toFixed(1)
  console.log(`${family.name}: ${result.sessions} sessions, ${result.steps} steps in ${took} s, seed ${seed}`)
  for (const finding of result.findings) await report(finding, settings.save)
  if (result.missing.length > 0) console.log(`  never succeeded: ${result.missing.join(', ')}`)
  return isClean(result)
}

function isClean(result: Catch): boolean {
  return result.findings.length === 0 && result.missing.length === 0
}

async function report(finding: Finding, isSaved: boolean): Promise<void> {
  const { family, seed, protocol } = finding.session
  const text = printFinding(finding)
  console.log(`\n${text}`)
  console.log(`again: --family ${family.name} --proto ${protocol} --seed ${seed} --seconds 0 --sessions 1\n`)
  if (!isSaved) return
  const folder = join('protocol', 'sessions', 'regressions')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${family.name}-${seed}-resp${protocol}.session`)
  await writeFile(path, text)
  console.log(`saved as ${path}\n`)
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
