/** Completion and help for the command line, from what COMMAND DOCS says. */
import { asBytes, asPairs, asRecord } from './read-reply.ts'
import type { Reply } from './resp.ts'

export interface CommandHelp {
  /** In capitals, words apart: `XGROUP CREATE`. */
  readonly name: string
  readonly summary: string
  readonly since: string
  readonly group: string
  readonly complexity: string
  readonly syntax: string
}

/** All commands and subcommands, sorted by name. */
export function readCommandDocs(reply: Reply): CommandHelp[] {
  const found: CommandHelp[] = []
  const take = (name: string, docs: Reply): void => {
    const facts = asRecord(docs)
    const text = (field: string): string => (facts.has(field) ? asBytes(facts.get(field)!) : '')
    const subcommands = facts.get('subcommands')
    if (subcommands !== undefined) for (const [key, value] of asPairs(subcommands)) take(asBytes(key), value)
    else {
      const syntax = facts.has('arguments') ? argumentsOf(facts.get('arguments')!) : ''
      found.push({
        name: name.toUpperCase().replace('|', ' '),
        summary: text('summary'),
        since: text('since'),
        group: text('group'),
        complexity: text('complexity'),
        syntax,
      })
    }
  }
  for (const [name, docs] of asPairs(reply)) take(asBytes(name), docs)
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function argumentsOf(reply: Reply): string {
  return asItemsOf(reply).map(argumentOf).join(' ')
}

function asItemsOf(reply: Reply): readonly Reply[] {
  return reply.kind === 'array' || reply.kind === 'set' ? reply.items : []
}

/** One argument in the notation of Redis' manual: `[NX | XX]`, `field value [field value ...]`. */
function argumentOf(reply: Reply): string {
  const facts = asRecord(reply)
  const text = (name: string): string | undefined => (facts.has(name) ? asBytes(facts.get(name)!) : undefined)
  const flags = facts.has('flags') ? asItemsOf(facts.get('flags')!).map((flag) => asBytes(flag) as string) : []
  const type = text('type')
  const inner = facts.has('arguments') ? asItemsOf(facts.get('arguments')!).map(argumentOf) : []
  const token = text('token')
  const name = text('display_text') ?? text('name') ?? ''
  let body =
    type === 'oneof' ? inner.join(' | ') : type === 'block' ? inner.join(' ') : type === 'pure-token' ? '' : name
  if (type === 'oneof' && !flags.includes('optional')) body = `<${body}>`
  const tokenWord = token === '' ? '""' : token
  if (flags.includes('multiple')) {
    const again = flags.includes('multiple_token') && tokenWord !== undefined ? `${tokenWord} ${body}` : body
    body = `${body} [${again} ...]`
  }
  const whole = [tokenWord, body].filter((part) => part !== undefined && part !== '').join(' ')
  return flags.includes('optional') ? `[${whole}]` : whole
}

/** Commands whose name begins with what was typed. */
export function completionsOf(line: string, commands: readonly CommandHelp[], countMax = 12): CommandHelp[] {
  const typed = line.trimStart().replace(/\s+/g, ' ').toUpperCase()
  if (typed === '') return []
  return commands.filter(({ name }) => name.startsWith(typed)).slice(0, countMax)
}

/** The command that a line asks for, the one with the longest name of those that fit. */
export function commandOf(line: string, commands: readonly CommandHelp[]): CommandHelp | undefined {
  const typed = `${line.trim().replace(/\s+/g, ' ').toUpperCase()} `
  const fitting = commands.filter(({ name }) => typed.startsWith(`${name} `))
  return fitting.sort((a, b) => b.name.length - a.name.length)[0]
}
