import { printCommand, printReply } from '../support/notation.ts'
import type { Step } from './family.ts'
import type { Heard } from './play.ts'
import type { Finding } from './shrink.ts'

/**
 * A finding as a session transcript (see `protocol/sessions/README.md`): redis-server's replies are the expected ones,
 * and where the subject said something else a comment says what.
 */
export function printFinding({ session, difference }: Finding): string {
  const { family, protocol, seed } = session
  const lines = [
    `# The servers part: ${shortened(difference.what)}`,
    '#',
    `# Found by the oracle: family ${family.name}, seed ${seed}, protocol ${protocol}.`,
    '',
  ]
  for (const setting of family.settings ?? []) lines.push(`control> ${printCommand(setting)}`, 'control< +OK')
  if (protocol === 3) {
    for (const connection of connectionsIn(difference.played.map((each) => each.step))) {
      lines.push(`c${connection}> HELLO 3`, `c${connection}< <any>`)
    }
  }
  for (const { step, heard } of difference.played) {
    lines.push('', ...printStep(step))
    for (const each of heard) lines.push(...printHeard(each))
    if (step.iterates) lines.push(`c${step.connection}< <any>`)
  }
  return `${lines.join('\n')}\n`
}

function connectionsIn(steps: readonly Step[]): number[] {
  const named = steps.flatMap(({ connection, commands }) => [
    connection,
    ...commands.flat().flatMap((word) => {
      const match = /^<client:(\d+)>$/.exec(word)
      return match === null ? [] : [Number(match[1])]
    }),
  ])
  return [...new Set(named)].sort((a, b) => a - b)
}

function printStep(step: Step): string[] {
  return step.commands.map((command, index) => {
    const words = command.map((word) => word.replace(/^<client:(\d+)>$/, '<client:c$1>'))
    return `c${step.connection}${index === 0 ? '>' : '+'} ${printCommand(words)}`
  })
}

function printHeard({ connection, reference, subject }: Heard): string[] {
  const lines: string[] = []
  for (let index = 0; index < Math.max(reference.length, subject.length); index++) {
    const expected = reference[index]
    const other = subject[index]
    if (expected !== undefined) lines.push(`c${connection}< ${printReply(expected.reply)}`)
    if (other === undefined) lines.push(`# c${connection} heard nothing from the subject`)
    else if (expected === undefined || !expected.raw.equals(other.raw)) {
      lines.push(`# c${connection} heard from the subject ${shortened(printReply(other.reply))}`)
    }
  }
  return lines
}

const commentCharactersMax = 600

function shortened(text: string): string {
  return text.length <= commentCharactersMax ? text : `${text.slice(0, commentCharactersMax)}…`
}
