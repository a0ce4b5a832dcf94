import type { Session, Step } from './family.ts'
import { type Difference, play, type Stages } from './play.ts'

/** A session that still shows a difference, and what it shows. */
export type Finding = { readonly session: Session; readonly difference: Difference }

const triesMax = 400

/**
 * Takes steps away as long as a difference stays: halves first, then quarters, down to single steps and single commands
 * of a step. Every try runs on emptied servers with fresh connections. The difference may change on the way; any will do.
 */
export async function shrink(stages: Stages, finding: Finding): Promise<Finding> {
  let best = trimmed(finding)
  let tries = 0
  for (let size = Math.ceil(best.session.steps.length / 2); size >= 1; ) {
    let removed = false
    for (let at = best.session.steps.length - size; at > -size && tries < triesMax; at -= size) {
      const steps = best.session.steps.toSpliced(Math.max(0, at), size + Math.min(0, at))
      const next = await attempt(stages, best.session, steps)
      tries++
      if (next === undefined) continue
      best = trimmed(next)
      removed = true
      at = Math.min(at, best.session.steps.length)
    }
    if (size === 1 && !removed) break
    size = size === 1 ? 1 : Math.ceil(size / 2)
    if (tries >= triesMax) break
  }
  return shrinkCommands(stages, best)
}

/** Steps that were never reached have no part in it. */
function trimmed(finding: Finding): Finding {
  const steps = finding.difference.played.map((each) => each.step)
  return { session: { ...finding.session, steps }, difference: finding.difference }
}

async function shrinkCommands(stages: Stages, finding: Finding): Promise<Finding> {
  let best = finding
  for (let at = 0; at < best.session.steps.length; at++) {
    for (let index = best.session.steps[at]!.commands.length - 1; index >= 0; index--) {
      const step = best.session.steps[at]!
      if (step.commands.length < 2) break
      const shorter: Step = { ...step, commands: step.commands.toSpliced(index, 1) }
      const next = await attempt(stages, best.session, best.session.steps.with(at, shorter))
      if (next !== undefined && next.session.steps.length > at) best = next
    }
  }
  return best
}

async function attempt(stages: Stages, session: Session, steps: readonly Step[]): Promise<Finding | undefined> {
  const shorter = { ...session, steps }
  const difference = await play(stages, shorter)
  return difference === undefined ? undefined : { session: shorter, difference }
}
