/** COMMAND INFO's ten elements of one command. */
import type { Reply } from '../../../protocol/resp/reply.ts'
import { aclCategories, shownFlags } from '../facts/acl-categories.ts'
import { type KeySpec, keySpecsOf } from '../facts/key-specs.ts'
import { tipsOf } from '../facts/tips.ts'
import type { ListedCommand } from './ports.ts'

/** Writes name, arity, flags, first key, last key, step, ACL categories, tips, key specs, subcommands. */
export function replyCommandInfo(reply: Reply, entry: ListedCommand): void {
  const { command, fullName } = entry
  reply.array(10)
  reply.text(fullName)
  reply.integer(command.arity)
  replySimpleSet(reply, shownFlags(command))
  reply.integer(command.keys.first)
  reply.integer(command.keys.last)
  reply.integer(command.keys.step)
  replySimpleSet(
    reply,
    aclCategories(command).map((name) => `@${name}`),
  )
  const tips = tipsOf(fullName)
  reply.set(tips.length)
  for (const tip of tips) reply.text(tip)
  const specs = keySpecsOf(fullName)
  reply.set(specs.length)
  for (const spec of specs) replyKeySpec(reply, spec)
  const subcommands = entry.subcommands?.all ?? []
  reply.set(subcommands.length)
  for (const each of subcommands) replyCommandInfo(reply, each)
}

function replySimpleSet(reply: Reply, words: readonly string[]): void {
  reply.set(words.length)
  for (const word of words) reply.simple(word)
}

function replyKeySpec(reply: Reply, { flags, begin, range }: KeySpec): void {
  reply.map(3)
  reply.text('flags')
  replySimpleSet(reply, flags)
  reply.text('begin_search')
  if (begin === undefined) replyTyped(reply, 'unknown', {})
  else if (typeof begin === 'number') replyTyped(reply, 'index', { index: begin })
  else replyTyped(reply, 'keyword', { keyword: begin.word, startfrom: begin.from })
  reply.text('find_keys')
  if (range === undefined) replyTyped(reply, 'unknown', {})
  else if ('count' in range) {
    replyTyped(reply, 'keynum', { keynumidx: range.count, firstkey: range.first, keystep: range.step })
  } else replyTyped(reply, 'range', { lastkey: range.last, keystep: range.step, limit: range.limit })
}

function replyTyped(reply: Reply, type: string, spec: Readonly<Record<string, number | string>>): void {
  reply.map(2)
  reply.text('type')
  reply.text(type)
  reply.text('spec')
  const entries = Object.entries(spec)
  reply.map(entries.length)
  for (const [name, value] of entries) {
    reply.text(name)
    if (typeof value === 'number') reply.integer(value)
    else reply.text(value)
  }
}
