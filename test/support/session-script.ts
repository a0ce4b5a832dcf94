/**
 * Session transcripts: reading them, running them on a server, and filling in what a server answers.
 * `protocol/sessions/README.md` is the definition of the format; this file follows it.
 */
import { type Expected, fits, isComplete, NotationError, parseCommand, parseExpected, printReply } from './notation.ts'
import type { Segment, Stage } from './stage.ts'

/** What a connection hears after a step: a reply or message, or the end of the connection. */
type Hearing = { readonly label: string; readonly text: string; readonly expected: Expected | 'closed' }

type SessionStep = {
  readonly lineNumber: number
  readonly label: string
  /** The lines as typed, to print them again. */
  readonly lines: string[]
  readonly commands: string[][]
  /** Bytes that are sent as they are, instead of commands. */
  readonly raw: string | undefined
  readonly hearings: Hearing[]
}

/** A transcript; `items` are its steps and, as text, the comments and blank lines between them. */
export type SessionScript = {
  readonly title: string
  readonly labels: readonly string[]
  readonly items: readonly (SessionStep | string)[]
}

const linePattern = /^([a-z][a-z0-9]*)([>+!<]) ?(.*)$/s

/** Reads a transcript; throws NotationError with the line number when it cannot. */
export function parseSession(text: string): SessionScript {
  const items: (SessionStep | string)[] = []
  const labels: string[] = []
  const lines = text.replace(/\n$/, '').split('\n')
  const title = /^# (.+)$/.exec(lines[0] ?? '')?.[1]
  if (title === undefined) throw new NotationError('line 1: a session starts with "# " and its title')
  for (let at = 0; at < lines.length; at++) {
    const lineNumber = at + 1
    try {
      let line = lines[at]!
      if (line.trim() === '' || line.startsWith('#')) {
        items.push(line)
        continue
      }
      while (/^[a-z0-9]+</.test(line) && !isComplete(line) && at + 1 < lines.length) line += `\n${lines[++at]}`
      addLine(items, labels, line, lineNumber)
    } catch (error) {
      throw new NotationError(`line ${lineNumber}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return { title, labels, items }
}

function addLine(items: (SessionStep | string)[], labels: string[], line: string, lineNumber: number): void {
  const match = linePattern.exec(line)
  if (match === null) throw new NotationError(`neither a command nor a reply nor a comment: ${line}`)
  const [, label, kind, rest] = match as unknown as [string, string, string, string]
  if (!labels.includes(label)) labels.push(label)
  const step = items.findLast((item) => typeof item !== 'string')
  if (kind === '<') {
    if (step === undefined) throw new NotationError('a reply before any command')
    step.hearings.push({ label, text: rest, expected: rest === 'closed' ? 'closed' : parseExpected(rest) })
  } else if (kind === '+') {
    if (step === undefined || step.label !== label) throw new NotationError(`no packet of ${label} to add to`)
    step.commands.push(parseCommand(rest))
    step.lines.push(line)
  } else {
    const raw = kind === '!' ? parseCommand(rest).join('') : undefined
    const commands = raw === undefined ? [parseCommand(rest)] : []
    items.push({ lineNumber, label, lines: [line], commands, raw, hearings: [] })
  }
}

/** Runs the transcript on an emptied server. Returns the complaints, none of them when every byte was as expected. */
export async function runSession(stage: Stage, script: SessionScript): Promise<string[]> {
  await stage.open(script.labels.length, 2)
  try {
    for (const item of script.items) {
      if (typeof item === 'string') continue
      const complaints = await runStep(stage, script, item)
      if (complaints.length > 0) return complaints.map((each) => `line ${item.lineNumber}: ${each}`)
    }
    return await findStrays(stage, script)
  } finally {
    stage.close()
  }
}

async function runStep(stage: Stage, script: SessionScript, step: SessionStep): Promise<string[]> {
  await send(stage, script, step)
  const complaints: string[] = []
  for (const [index, label] of script.labels.entries()) {
    const hearings = step.hearings.filter((hearing) => hearing.label === label)
    const replies = hearings.filter((hearing) => hearing.expected !== 'closed').length
    if (replies > 0) await stage.waitForFrames(index, replies)
    if (replies < hearings.length) await stage.waitForClose(index)
  }
  await stage.rest()
  for (const [index, label] of script.labels.entries()) {
    const hearings = step.hearings.filter((hearing) => hearing.label === label)
    complaints.push(...compare(label, hearings, stage.takeWhatCame(index)))
  }
  return complaints
}

async function send(stage: Stage, script: SessionScript, step: SessionStep): Promise<void> {
  const index = script.labels.indexOf(step.label)
  const own = step.hearings.filter((hearing) => hearing.label === step.label && hearing.expected !== 'closed')
  if (step.raw !== undefined) return stage.performRaw(index, step.raw, own.length)
  const commands = step.commands.map((command) =>
    command.map((word) =>
      word.replace(/^<client:([a-z0-9]+)>$/, (_whole, label: string) => `<client:${script.labels.indexOf(label)}>`),
    ),
  )
  await stage.perform(index, commands, 'block')
}

function compare(label: string, hearings: readonly Hearing[], segment: Segment): string[] {
  const complaints: string[] = []
  const expected = hearings.filter((hearing) => hearing.expected !== 'closed')
  for (let index = 0; index < Math.max(expected.length, segment.frames.length); index++) {
    const hearing = expected[index]
    const frame = segment.frames[index]
    if (hearing === undefined) complaints.push(`${label} heard ${printReply(frame!.reply)}, which is not expected`)
    else if (frame === undefined) complaints.push(`${label} did not hear ${hearing.text}`)
    else if (hearing.expected !== 'closed' && !fits(hearing.expected, frame.reply)) {
      complaints.push(`${label} heard ${printReply(frame.reply)} instead of ${hearing.text}`)
    }
  }
  const closes = hearings.some((hearing) => hearing.expected === 'closed')
  if (closes && !segment.closed) complaints.push(`the connection of ${label} stayed open`)
  return complaints
}

/** A last marker on every connection that can take one finds replies that nobody asked for. */
async function findStrays(stage: Stage, script: SessionScript): Promise<string[]> {
  const complaints: string[] = []
  for (const [index, label] of script.labels.entries()) {
    const last = script.items.findLast((item) => typeof item !== 'string' && item.label === label)
    const mayBeHalfSent = typeof last === 'object' && last.raw !== undefined
    if (!stage.isReady(index) || mayBeHalfSent) continue
    await stage.perform(index, [], 'reply')
    complaints.push(...compare(label, [], stage.takeWhatCame(index)).map((each) => `at the end: ${each}`))
  }
  return complaints
}

/**
 * The transcript with what this server answers filled in; an expectation that fits already stays as it is, so holes are
 * kept. Steps of raw bytes keep what they have: only their author knows how many replies to wait for.
 */
export async function recordSession(stage: Stage, script: SessionScript): Promise<string> {
  await stage.open(script.labels.length, 2)
  const lines: string[] = []
  for (const item of script.items) {
    if (typeof item === 'string') {
      lines.push(item)
      continue
    }
    lines.push(...item.lines)
    await send(stage, script, item)
    if (item.raw !== undefined) {
      lines.push(...item.hearings.map((hearing) => `${hearing.label}< ${hearing.text}`))
      for (const index of script.labels.keys()) stage.takeWhatCame(index)
      continue
    }
    const patientLabels = new Set(item.hearings.map((hearing) => hearing.label))
    for (const label of patientLabels) await stage.waitForFrames(script.labels.indexOf(label), 1)
    await stage.rest()
    for (const [index, label] of script.labels.entries()) lines.push(...heardLines(stage, index, label, item))
  }
  stage.close()
  return `${lines.join('\n')}\n`
}

function heardLines(stage: Stage, index: number, label: string, step: SessionStep): string[] {
  const known = step.hearings.filter((hearing) => hearing.label === label)
  const segment = stage.takeWhatCame(index)
  const lines = segment.frames.map(({ reply }, at) => {
    const hearing = known[at]
    const keeps = hearing !== undefined && hearing.expected !== 'closed' && fits(hearing.expected, reply)
    return `${label}< ${keeps ? hearing.text : printReply(reply)}`
  })
  const justClosed = segment.closed && (step.label === label || known.some((hearing) => hearing.expected === 'closed'))
  return justClosed ? [...lines, `${label}< closed`] : lines
}
