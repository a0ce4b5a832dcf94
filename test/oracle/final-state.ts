/** When a session has ended without a difference in its replies, what is left behind must be equal as well. */
import { printReply } from '../support/notation.ts'
import type { RespClient } from '../support/resp-client.ts'
import type { Reply } from '../support/resp-reply.ts'
import type { Family, Words } from './family.ts'
import type { Stages } from './play.ts'
import { repliesAgree } from './relaxations.ts'

type Question = { readonly database: number; readonly command: Words }
type Answer = Question & { readonly reply: Reply }

/** Compares all keys of the family in all its databases: type, expiry and full content. Says what differs, if any does. */
export async function compareFinalState(stages: Stages, family: Family): Promise<string | undefined> {
  const firstQuestions = family.databases.flatMap((database) => [
    ...family.keys.flatMap((key) => [
      { database, command: ['TYPE', key] },
      { database, command: ['PTTL', key] },
    ]),
    // Redis counts expired keys until somebody comes across them, which the questions above did.
    { database, command: ['DBSIZE'] },
  ])
  const clients = [stages.reference.control, stages.subject.control] as const
  const first = await askBoth(clients, firstQuestions)
  if (first.what !== undefined) return first.what
  const contents = await askBoth(clients, first.answers.flatMap(contentQuestions))
  if (contents.what !== undefined) return contents.what
  const groups = contents.answers.filter((answer) => isGroups(answer.command))
  const pending = await askBoth(clients, groups.flatMap(pendingQuestions))
  if (pending.what !== undefined) return pending.what
  return stages.exactLag ? await checkLag(clients[1], groups) : undefined
}

async function askBoth(
  clients: readonly [RespClient, RespClient],
  questions: readonly Question[],
): Promise<{ what: string | undefined; answers: Answer[] }> {
  if (questions.length === 0) return { what: undefined, answers: [] }
  const [reference, subject] = await Promise.all(clients.map((client) => ask(client, questions)))
  const answers = questions.map((question, index) => ({ ...question, reply: reference![index]! }))
  const at = answers.findIndex(({ command, reply }, index) => !repliesAgree(reply, subject![index]!, command))
  if (at < 0) return { what: undefined, answers }
  const { database, command, reply } = answers[at]!
  const place = `in the end ${command.join(' ')} in database ${database}`
  return { what: `${place} is ${printReply(reply)} against ${printReply(subject![at]!)}`, answers }
}

async function ask(client: RespClient, questions: readonly Question[]): Promise<Reply[]> {
  const replies = await client.pipeline(
    ...questions.flatMap(({ database, command }) => [['SELECT', String(database)], command]),
  )
  return replies.filter((_reply, index) => index % 2 === 1)
}

function contentQuestions({ database, command, reply }: Answer): Question[] {
  const key = command[1]
  if (command[0] !== 'TYPE' || key === undefined || reply.type !== 'simple') return []
  const commands: Record<string, readonly Words[]> = {
    string: [
      ['GET', key],
      ['OBJECT', 'REFCOUNT', key],
    ],
    hash: [['HGETALL', key]],
    list: [['LRANGE', key, '0', '-1']],
    set: [['SMEMBERS', key]],
    zset: [['ZRANGE', key, '0', '-1', 'WITHSCORES']],
    stream: [
      ['XRANGE', key, '-', '+'],
      ['XINFO', 'STREAM', key, 'FULL', 'COUNT', '0'],
      ['XINFO', 'GROUPS', key],
    ],
  }
  const encoding: Words = ['OBJECT', 'ENCODING', key]
  return [...(commands[reply.text] ?? []), encoding].map((each) => ({ database, command: each }))
}

function isGroups(command: Words): boolean {
  return command[0] === 'XINFO' && command[1] === 'GROUPS'
}

function pendingQuestions(answer: Answer): Question[] {
  const key = answer.command[2]!
  return groupsOf(answer.reply).flatMap((group) => [
    { database: answer.database, command: ['XINFO', 'CONSUMERS', key, group.get('name') ?? ''] },
    { database: answer.database, command: ['XPENDING', key, group.get('name') ?? '', '-', '+', '100'] },
  ])
}

/** XINFO GROUPS' reply: for each group its fields as text. */
function groupsOf(reply: Reply): Map<string, string>[] {
  if (reply.type !== 'array') return []
  const text = (each: Reply | undefined): string => (each !== undefined && 'text' in each ? each.text : 'nil')
  return reply.items.map((group) => {
    if (group.type === 'map') return new Map(group.entries.map(([key, value]) => [text(key), text(value)]))
    const items = group.type === 'array' ? group.items : []
    return new Map(items.flatMap((item, index) => (index % 2 === 0 ? [[text(item), text(items[index + 1])]] : [])))
  })
}

/** The relaxation of `lag` is paid for here: the subject's lag is the number of entries after the last delivered one. */
async function checkLag(client: RespClient, groupAnswers: readonly Answer[]): Promise<string | undefined> {
  for (const { database, command } of groupAnswers) {
    const key = command[2]!
    const [, reply] = await client.pipeline(['SELECT', String(database)], command)
    for (const group of groupsOf(reply!)) {
      const last = group.get('last-delivered-id') ?? '0-0'
      const isLast = last === '18446744073709551615-18446744073709551615'
      const rest = isLast ? undefined : await client.call('XRANGE', key, `(${last}`, '+')
      const exact = rest?.type === 'array' ? rest.items.length : 0
      if (group.get('lag') !== String(exact)) {
        return `in the end group ${group.get('name')} of ${key} has lag ${group.get('lag')}, exact is ${exact}`
      }
    }
  }
  return undefined
}
