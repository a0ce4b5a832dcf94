/** Plays random sessions of one family until the time is up and every command has succeeded, or the servers differ. */
import { Coverage } from './coverage.ts'
import type { Family, Session } from './family.ts'
import { play, type Stages } from './play.ts'
import { Random } from './random.ts'
import { type Finding, shrink } from './shrink.ts'

/** How long to hunt: at least `sessionsMin` sessions and `seconds`, then until the family is covered. */
export type HuntOptions = {
  readonly seed: number
  readonly seconds: number
  readonly sessionsMin: number
  readonly protocols: readonly (2 | 3)[]
  /** Stop at the first difference (the default), or after so many. */
  readonly findingsMax?: number
  /** How long to go on for the sake of commands that have not succeeded; then the hunt ends all the same, and fails. */
  readonly coverageSecondsMax?: number
}

/** What a hunt brought home. */
export type Catch = {
  readonly sessions: number
  readonly steps: number
  readonly findings: readonly Finding[]
  /** Commands that never succeeded; a hunt with any of them has proved nothing about them and counts as failed. */
  readonly missing: readonly string[]
}

const defaultCoverageSecondsMax = 60

/** The session that a seed stands for; the same seed gives the same session for ever, protocol aside. */
export function drawSession(family: Family, seed: number, protocol: 2 | 3): Session {
  const random = new Random(seed)
  const count = 2 + random.below(family.stepsMax - 1)
  const steps = Array.from({ length: count }, (_each, index) =>
    family.step(random, { index, connections: family.connections }),
  )
  return { family, protocol, seed, steps }
}

/** Hunts; session number n has the seed `seed + n`, so any one of them can be played again alone. */
export async function hunt(stages: Stages, family: Family, options: HuntOptions): Promise<Catch> {
  const coverage = new Coverage(family)
  const findings: Finding[] = []
  const startedAtMs = Date.now()
  const elapsedSeconds = (): number => (Date.now() - startedAtMs) / 1000
  let sessions = 0
  let steps = 0
  const isDone = (): boolean => {
    if (findings.length >= (options.findingsMax ?? 1)) return true
    if (sessions < options.sessionsMin || elapsedSeconds() < options.seconds) return false
    return (
      coverage.missing().length === 0 ||
      elapsedSeconds() > options.seconds + (options.coverageSecondsMax ?? defaultCoverageSecondsMax)
    )
  }
  while (!isDone()) {
    const protocol = options.protocols[sessions % options.protocols.length]!
    const session = drawSession(family, options.seed + sessions, protocol)
    sessions++
    steps += session.steps.length
    const difference = await play(stages, session, coverage)
    if (difference === undefined) continue
    // A difference that does not come again is reported as it was: it cannot be shrunk, but it did happen. Nor can it come again
    // while a server is still at work on what the first time left to it.
    const again = await play(stages, session).catch(() => undefined)
    if (again === undefined)
      findings.push({ session, difference: { ...difference, what: `(once) ${difference.what}` } })
    else findings.push(await shrink(stages, { session, difference: again }))
  }
  return { sessions, steps, findings, missing: findings.length > 0 ? [] : coverage.missing() }
}
