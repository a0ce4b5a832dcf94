/** Plays one session on two servers, step by step, and says where they part. */

import { printReply } from '../support/notation.ts'
import type { Frame, Reply } from '../support/resp-reply.ts'
import { type Segment, type Stage, UnsettledError } from '../support/stage.ts'
import { differenceOf, QueueMemory } from './compare.ts'
import type { Coverage } from './coverage.ts'
import type { Session, Step, Words } from './family.ts'
import { compareFinalState } from './final-state.ts'

/** The two servers; the reference is the judge. */
export type Stages = {
  readonly reference: Stage
  readonly subject: Stage
  /** Whether the subject promises an exact lag; redis-server as its own subject does not. */
  readonly exactLag: boolean
}

/** What one connection received in one step, as printed in transcripts. */
export type Heard = {
  readonly connection: number
  readonly reference: readonly Frame[]
  readonly subject: readonly Frame[]
}

/** A step that was played. */
export type Played = { readonly step: Step; readonly heard: readonly Heard[] }

/** The first difference of a session, with all that happened up to it. */
export type Difference = { readonly what: string; readonly played: readonly Played[] }

/** Plays the session on emptied servers with fresh connections. Returns undefined when the servers agree throughout. */
export async function play(stages: Stages, session: Session, coverage?: Coverage): Promise<Difference | undefined> {
  const { family, protocol } = session
  const both = [stages.reference, stages.subject]
  await Promise.all(both.map((stage) => stage.open(family.connections, protocol, family.settings)))
  const played: Played[] = []
  try {
    const what = (await playSteps(stages, session, played, coverage)) ?? (await compareFinalState(stages, family))
    return what === undefined ? undefined : { what, played }
  } catch (error) {
    // A server that does not come to rest, closes the control connection or sends garbage is a finding, too.
    if (error instanceof UnsettledError || error instanceof Error) return { what: error.message, played }
    throw error
  } finally {
    for (const stage of both) stage.close()
  }
}

async function playSteps(
  stages: Stages,
  session: Session,
  played: Played[],
  coverage: Coverage | undefined,
): Promise<string | undefined> {
  const memories = Array.from(
    { length: session.family.connections },
    () => [new QueueMemory(), new QueueMemory()] as const,
  )
  for (const step of session.steps) {
    if (!stages.reference.isReady(step.connection)) continue
    if (step.iterates) {
      played.push({ step, heard: [] })
      const what = await compareIterations(stages, step)
      if (what !== undefined) return what
      continue
    }
    const heard: Heard[] = []
    played.push({ step, heard })
    const failures = await performOnBoth(stages, step)
    await followClosures(stages, session.family.connections)
    for (const [connection, memory] of memories.entries()) {
      const what = hear(stages, connection, memory, heard, coverage)
      if (what !== undefined) return `connection ${connection}: ${what}`
    }
    if (failures.length > 0) return failures.join('; ')
  }
  return undefined
}

async function performOnBoth(stages: Stages, step: Step): Promise<string[]> {
  const patience = step.endsByItself ? 'reply' : 'block'
  const results = await Promise.allSettled(
    [stages.reference, stages.subject].map((stage) => stage.perform(step.connection, step.commands, patience)),
  )
  return results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${index === 0 ? 'redis-server' : 'the subject'}: ${result.reason.message}`] : [],
  )
}

/** A connection that one server closed (ACL DELUSER, CLIENT KILL) may be closed by the other a moment later. */
async function followClosures({ reference, subject }: Stages, connections: number): Promise<void> {
  for (let index = 0; index < connections; index++) {
    if (reference.isClosed(index)) await subject.waitForClose(index)
    else if (subject.isClosed(index)) await reference.waitForClose(index)
  }
}

function hear(
  stages: Stages,
  connection: number,
  memory: readonly [QueueMemory, QueueMemory],
  heard: Heard[],
  coverage: Coverage | undefined,
): string | undefined {
  const ready = [stages.reference.isSettled(connection), stages.subject.isSettled(connection)]
  if (!ready[0] && !ready[1]) return undefined
  const reference = stages.reference.takeWhatCame(connection)
  const subject = stages.subject.takeWhatCame(connection)
  if (reference.frames.length > 0 || subject.frames.length > 0) {
    heard.push({ connection, reference: reference.frames, subject: subject.frames })
  }
  if (ready[0] !== ready[1]) return ready[0] ? 'only the subject blocks' : 'only redis-server blocks'
  return compareAndNote(reference, subject, memory, coverage)
}

function compareAndNote(
  reference: Segment,
  subject: Segment,
  [referenceMemory, subjectMemory]: readonly [QueueMemory, QueueMemory],
  coverage: Coverage | undefined,
): string | undefined {
  const referenceAnswered = referenceMemory.pair(reference)
  const subjectAnswered = subjectMemory.pair(subject)
  const what = differenceOf(reference, subject, referenceAnswered, subjectAnswered)
  if (what === undefined) coverage?.note(reference, referenceAnswered)
  return what
}

async function compareIterations(stages: Stages, step: Step): Promise<string | undefined> {
  const command = step.commands[0]!
  const [reference, subject] = await Promise.all(
    [stages.reference, stages.subject].map((stage) => iterate(stage, step.connection, command)),
  )
  const left = [...new Set(reference)].sort().join(' ')
  const right = [...new Set(subject)].sort().join(' ')
  return left === right ? undefined : `the whole iteration gives ${left} against ${right}`
}

const iterationRoundsMax = 1_000

/** Follows a SCAN's cursor; the elements as text, or the reply that was no page. */
async function iterate(stage: Stage, connection: number, command: Words): Promise<string[]> {
  const elements: string[] = []
  let cursor = '0'
  const cursorAt = command[0]?.toUpperCase() === 'SCAN' ? 1 : 2
  for (let round = 0; round < iterationRoundsMax; round++) {
    await stage.perform(connection, [command.with(cursorAt, cursor)], 'reply')
    const reply: Reply | undefined = stage.takeWhatCame(connection).frames[0]?.reply
    const [next, page] = reply !== undefined && 'items' in reply ? reply.items : []
    if (next?.type !== 'bulk' || page?.type !== 'array') return [reply === undefined ? 'nothing' : printReply(reply)]
    elements.push(...page.items.map((item) => printReply(item)))
    if (next.text === '0') return elements
    cursor = next.text
  }
  return [...elements, 'no end']
}
