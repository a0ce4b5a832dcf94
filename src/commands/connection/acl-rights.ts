/** ACL CAT, DRYRUN, GENPASS, LOG: what users may do, may not, and were kept from. */
import { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { subcommandSyntax } from '../../broker/errors.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import { defineCommand } from '../command.ts'
import { aclCategories, aclCategoryNames } from '../facts/acl-categories.ts'
import type { CommandListing } from '../server/ports.ts'
import { aclFacts, adminFlags } from './acl-facts.ts'
import type { AclLogEntry } from './acl-server.ts'

const logEntriesByDefault = 10
const passwordBitsByDefault = 256
const passwordBitsMax = 4096

const cat = defineCommand({
  ...aclFacts({
    name: 'cat',
    arity: -2,
    summary: 'The categories of commands, or the commands of one.',
    syntax: '[categoryname]',
  }),
  run({ args, reply, server }) {
    if (args.left > 1) throw subcommandSyntax('acl', args.text(1))
    const category = args.left === 0 ? undefined : args.quoted(args.next())
    const names = category === undefined ? aclCategoryNames : commandsOf(category, server.commands)
    reply.array(names.length)
    for (const name of names) reply.text(name)
  },
})

function commandsOf(category: string, { all }: CommandListing): string[] {
  const name = category.toLowerCase()
  if (!aclCategoryNames.includes(name)) throw new ReplyError(`ERR Unknown category '${category}'`)
  const commands = all.flatMap((each) => [each, ...(each.subcommands?.all ?? [])])
  return commands.filter(({ command }) => aclCategories(command).includes(name)).map((each) => each.fullName)
}

const dryrun = defineCommand({
  ...aclFacts({
    name: 'dryrun',
    arity: -4,
    flags: adminFlags,
    since: '7.0.0',
    summary: 'Says whether a user may run a command, without running it.',
    syntax: 'username command [arg [arg ...]]',
  }),
  run({ args, reply, server }) {
    const name = args.text(args.next())
    const from = args.position
    const request = Args.of(...Array.from({ length: args.left }, (_, i) => args.copy(from + i)))
    const denial = server.acl.dryRun(name, request)
    if (denial === undefined) reply.ok()
    else reply.bulk(latin1Bytes(denial))
  },
})

const genpass = defineCommand({
  ...aclFacts({
    name: 'genpass',
    arity: -2,
    summary: 'A password that nobody can guess.',
    syntax: '[bits]',
  }),
  run({ args, reply, server }) {
    if (args.left > 1) throw subcommandSyntax('acl', args.text(1))
    const bits = args.left === 0 ? BigInt(passwordBitsByDefault) : args.nextInt64()
    if (bits <= 0n || bits > BigInt(passwordBitsMax)) {
      throw new ReplyError(
        `ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${passwordBitsMax}`,
      )
    }
    reply.text(server.acl.generatePassword(Number(bits)))
  },
})

const log = defineCommand({
  ...aclFacts({
    name: 'log',
    arity: -2,
    flags: adminFlags,
    summary: 'Who was kept from what, youngest first.',
    complexity: 'O(N) with N entries',
    syntax: '[count | RESET]',
  }),
  run({ args, reply, server }) {
    if (args.left > 1) throw subcommandSyntax('acl', args.text(1))
    if (args.token('RESET')) {
      server.acl.resetLog()
      return reply.ok()
    }
    const count = args.left === 0 ? logEntriesByDefault : Math.max(0, Number(args.nextInt64()))
    const entries = server.acl.log(count)
    reply.array(entries.length)
    for (const entry of entries) replyEntry(reply, entry)
  },
})

function replyEntry(reply: Reply, entry: AclLogEntry): void {
  reply.map(7)
  reply.text('count')
  reply.integer(entry.count)
  for (const name of ['reason', 'context', 'object', 'username'] as const) {
    reply.text(name)
    reply.bulk(latin1Bytes(entry[name]))
  }
  reply.text('age-seconds')
  reply.double(entry.ageMs / 1000)
  reply.text('client-info')
  reply.bulk(latin1Bytes(entry.clientInfo))
}

export const aclRightCommands = [cat, dryrun, genpass, log]
