/** COMMAND DOCS of one command. What its facts do not know (the history, since when an option is there) is left out. */
import type { Reply } from '../../../protocol/resp/reply.ts'
import { deprecationOf, docFlagsOf } from '../facts/tips.ts'
import { type CommandArgument, parseSyntax } from '../syntax.ts'
import type { ListedCommand } from './ports.ts'

/** Writes the map of what is to be said about the command and its subcommands. */
export function replyCommandDocs(reply: Reply, entry: ListedCommand): void {
  const { command, fullName } = entry
  const deprecation = deprecationOf(fullName)
  const docFlags = docFlagsOf(fullName)
  const members = parseSyntax(fullName, command.syntax)
  const texts: [string, string][] = [
    ['summary', command.summary],
    ['since', command.since],
    ['group', command.group],
    ['complexity', command.complexity],
  ]
  const subcommands = entry.subcommands?.all ?? []
  const deprecationTexts: [string, string][] =
    deprecation === undefined
      ? []
      : [
          ['deprecated_since', deprecation.since],
          ['replaced_by', deprecation.replacedBy],
        ]
  const optionalFields = [docFlags, members, subcommands].filter((each) => each.length > 0).length
  reply.map(texts.length + deprecationTexts.length + optionalFields)
  replyTexts(reply, texts)
  if (docFlags.length > 0) {
    reply.text('doc_flags')
    replyFlags(reply, docFlags)
  }
  replyTexts(reply, deprecationTexts)
  replyArguments(reply, members)
  if (subcommands.length === 0) return
  reply.text('subcommands')
  reply.map(subcommands.length)
  for (const each of subcommands) {
    reply.text(each.fullName)
    replyCommandDocs(reply, each)
  }
}

function replyArguments(reply: Reply, members: readonly CommandArgument[]): void {
  if (members.length === 0) return
  reply.text('arguments')
  reply.array(members.length)
  for (const member of members) replyArgument(reply, member)
}

function replyArgument(reply: Reply, { name, type, keySpec, token, flags, members = [] }: CommandArgument): void {
  const optionalFields = [keySpec !== undefined, token !== undefined, flags.length > 0, members.length > 0]
  reply.map(2 + optionalFields.filter(Boolean).length)
  replyTexts(reply, [
    ['name', name],
    ['type', type],
  ])
  if (keySpec !== undefined) {
    reply.text('key_spec_index')
    reply.integer(keySpec)
  }
  if (token !== undefined) replyTexts(reply, [['token', token]])
  if (flags.length > 0) {
    reply.text('flags')
    replyFlags(reply, flags)
  }
  replyArguments(reply, members)
}

function replyTexts(reply: Reply, pairs: readonly (readonly [string, string])[]): void {
  for (const [name, text] of pairs) {
    reply.text(name)
    reply.text(text)
  }
}

function replyFlags(reply: Reply, flags: readonly string[]): void {
  reply.set(flags.length)
  for (const flag of flags) reply.simple(flag)
}
