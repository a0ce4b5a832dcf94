/** COMMAND: what a client may know of the commands, made from their facts. */
import { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { invalidKeyArguments, syntaxError } from '../../broker/errors.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import { globMatches } from '../../lib/glob.ts'
import type { Call } from '../call.ts'
import { type CommandFacts, defineCommand, noKeys } from '../command.ts'
import { aclCategories } from '../facts/acl-categories.ts'
import { keyFlags, keySpecsOf, lacksKeys } from '../facts/key-specs.ts'
import { helpCommand } from '../help.ts'
import { keyIndexes } from '../key-indexes.ts'
import { replyCommandDocs } from './command-docs.ts'
import { replyCommandInfo } from './command-info.ts'
import type { CommandListing, ListedCommand } from './ports.ts'

const facts = {
  flags: ['loading', 'stale'],
  categories: ['connection'],
  keys: noKeys,
  since: '2.8.13',
  group: 'server',
} as const satisfies Partial<CommandFacts>

const count = defineCommand({
  ...facts,
  name: 'count',
  arity: 2,
  summary: 'Counts the commands.',
  complexity: 'O(1)',
  syntax: '',
  run({ server, reply }) {
    reply.integer(server.commands.all.length)
  },
})

const info = defineCommand({
  ...facts,
  name: 'info',
  arity: -2,
  summary: 'Tells arity, flags, keys and categories of commands.',
  complexity: 'O(N) with N commands',
  syntax: '[command-name [command-name ...]]',
  run: replyInfos,
})

const docs = defineCommand({
  ...facts,
  name: 'docs',
  arity: -2,
  since: '7.0.0',
  summary: 'Tells summary, complexity and arguments of commands.',
  complexity: 'O(N) with N commands',
  syntax: '[command-name [command-name ...]]',
  run({ args, server, reply }) {
    const wanted = namedOrAll(args, server.commands).filter((each) => each !== undefined)
    reply.map(wanted.length)
    for (const each of wanted) {
      reply.text(each.fullName)
      replyCommandDocs(reply, each)
    }
  },
})

const list = defineCommand({
  ...facts,
  name: 'list',
  arity: -2,
  since: '7.0.0',
  summary: 'Lists the names of commands, all or those that a filter lets through.',
  complexity: 'O(N) with N commands',
  syntax: '[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]',
  run({ args, server, reply }) {
    const filter = readFilter(args)
    const listed = [...everyCommand(server.commands)].filter(filter)
    reply.array(listed.length)
    for (const { fullName } of listed) reply.text(fullName)
  },
})

const getKeys = defineCommand({
  ...facts,
  name: 'getkeys',
  arity: -4,
  summary: 'Finds the keys in a full command.',
  complexity: 'O(N) with N arguments',
  syntax: 'command [arg [arg ...]]',
  run({ args, server, reply }) {
    const { request, keys } = readInnerCommand(args, server.commands)
    reply.array(keys.length)
    for (const key of keys) reply.bulk(request.bytes, request.starts[key]!, request.ends[key]!)
  },
})

const getKeysAndFlags = defineCommand({
  ...facts,
  name: 'getkeysandflags',
  arity: -4,
  since: '7.0.0',
  summary: 'Finds the keys in a full command and what it does with each.',
  complexity: 'O(N) with N arguments',
  syntax: 'command [arg [arg ...]]',
  run({ args, server, reply }) {
    const { entry, request, keys } = readInnerCommand(args, server.commands)
    reply.array(keys.length)
    for (const key of keys) {
      reply.array(2)
      reply.bulk(request.bytes, request.starts[key]!, request.ends[key]!)
      replyFlags(reply, keyFlags(entry.fullName, request, key))
    }
  },
})

const help = helpCommand('command', 'server', '5.0.0', facts.categories, [
  { usage: '(no subcommand)', lines: ['Tell the facts of every command.'] },
  { usage: 'COUNT', lines: ['Count the commands.'] },
  { usage: 'LIST [FILTERBY <MODULE <name>|ACLCAT <category>|PATTERN <pattern>>]', lines: ['List names of commands.'] },
  { usage: 'INFO [<command-name> ...]', lines: ['Tell the facts of the named commands, or of all.'] },
  { usage: 'DOCS [<command-name> ...]', lines: ['Tell the documentation of the named commands, or of all.'] },
  { usage: 'GETKEYS <full-command>', lines: ['Find the keys in a full command.'] },
  { usage: 'GETKEYSANDFLAGS <full-command>', lines: ['Find the keys in a full command and what it does with them.'] },
])

/** COMMAND. Without a subcommand it answers as COMMAND INFO does. */
export const command = defineCommand({
  ...facts,
  name: 'command',
  arity: -1,
  summary: 'Tells about the commands.',
  complexity: 'O(N) with N commands',
  syntax: '',
  subcommands: [count, docs, getKeys, getKeysAndFlags, help, info, list],
  run: replyInfos,
})

function replyInfos({ args, server, reply }: Call): void {
  const wanted = namedOrAll(args, server.commands)
  reply.array(wanted.length)
  for (const each of wanted) {
    if (each === undefined) reply.null()
    else replyCommandInfo(reply, each)
  }
}

/** The commands that the remaining arguments name (undefined for unknown ones), or all when there are none. */
function namedOrAll(args: Args, commands: CommandListing): readonly (ListedCommand | undefined)[] {
  if (args.left === 0) return commands.all
  const named: (ListedCommand | undefined)[] = []
  while (args.left > 0) named.push(byFullName(commands, args.text(args.next())))
  return named
}

function byFullName(commands: CommandListing, text: string): ListedCommand | undefined {
  const [name, subcommand, ...rest] = text.toLowerCase().split('|')
  const found = commands.named(name!)
  if (subcommand === undefined) return found
  return rest.length === 0 ? found?.subcommands?.named(subcommand) : undefined
}

/** Commands and their subcommands. */
function* everyCommand(commands: CommandListing): Generator<ListedCommand> {
  for (const each of commands.all) {
    yield each
    if (each.subcommands !== undefined) yield* each.subcommands.all
  }
}

function readFilter(args: Args): (entry: ListedCommand) => boolean {
  if (args.left === 0) return () => true
  if (args.left !== 3 || !args.token('FILTERBY')) throw syntaxError()
  if (args.token('MODULE')) return () => false
  if (args.token('ACLCAT')) {
    const category = args.text(args.next()).toLowerCase()
    return (entry) => aclCategories(entry.command).includes(category)
  }
  if (!args.token('PATTERN')) throw syntaxError()
  const pattern = args.copy(args.next())
  return (entry) => globMatches(pattern, latin1Bytes(entry.fullName), true)
}

/** The command that the remaining arguments are, and the indexes of its keys. */
function readInnerCommand(
  args: Args,
  commands: CommandListing,
): { entry: ListedCommand; request: Args; keys: number[] } {
  const from = args.position
  const request = Args.of(...Array.from({ length: args.left }, (_, i) => args.copy(from + i)))
  const container = commands.find(request, 0)
  const hasSubcommand = container?.subcommands !== undefined && request.count > 1
  const entry = hasSubcommand ? container.subcommands.find(request, 1) : container
  if (hasSubcommand) request.position = 2
  if (entry === undefined) throw new ReplyError('ERR Invalid command specified')
  const { arity, keys } = entry.command
  const hasKeys = (keys.first > 0 || keys.find !== undefined) && !areChannels(entry.fullName)
  if (!hasKeys) throw new ReplyError('ERR The command has no key arguments')
  if (arity > 0 ? request.count !== arity : request.count < -arity) {
    throw new ReplyError('ERR Invalid number of arguments specified for command')
  }
  return { entry, request, keys: findKeys(entry, request) }
}

/** Shard channels stand where keys would, so that clusters route them, but are none. */
function areChannels(fullName: string): boolean {
  const specs = keySpecsOf(fullName)
  return specs.length > 0 && specs.every((spec) => spec.flags.includes('not_key'))
}

function findKeys({ command, fullName }: ListedCommand, request: Args): number[] {
  const found = lacksKeys(fullName, request) ? [] : keyIndexes(command, request)
  if (found.length === 0 && !command.flags.includes('no_mandatory_keys')) throw invalidKeyArguments()
  return found
}

function replyFlags(reply: Reply, flags: readonly string[]): void {
  reply.set(flags.length)
  for (const flag of flags) reply.simple(flag)
}
