/** ACL, as far as there is one user: who am I, who is there, and which commands belong to which category. Users of one's
 *  own are not there yet; the subcommands that would make them are unknown. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { subcommandSyntax } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { type CommandFacts, type CommandFlag, defineCommand, defineContainer, noKeys } from '../command.ts'
import { aclCategories, aclCategoryNames } from '../facts/acl-categories.ts'
import { helpCommand } from '../help.ts'
import type { CommandListing } from '../server/ports.ts'

const open: readonly CommandFlag[] = ['noscript', 'loading', 'stale']
const admin: readonly CommandFlag[] = ['admin', ...open]
const userName = 'default'

const facts = (given: Pick<CommandFacts, 'name' | 'arity' | 'summary'> & Partial<CommandFacts>): CommandFacts => ({
  flags: open,
  categories: [],
  keys: noKeys,
  since: '6.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  ...given,
})

const whoami = defineCommand({
  ...facts({ name: 'whoami', arity: 2, summary: 'The user that the connection speaks for.' }),
  run({ reply }) {
    reply.text(userName)
  },
})

const users = defineCommand({
  ...facts({ name: 'users', arity: 2, flags: admin, summary: 'The names of all users.' }),
  run({ reply }) {
    reply.array(1)
    reply.text(userName)
  },
})

const list = defineCommand({
  ...facts({ name: 'list', arity: 2, flags: admin, summary: 'All users with their rules.' }),
  run({ reply, server }) {
    const { flags, passwords } = server.clients.describeUser()
    reply.array(1)
    reply.text(['user', userName, ...flags, ...passwords.map((each) => `#${each}`), '~*', '&*', '+@all'].join(' '))
  },
})

const getuser = defineCommand({
  ...facts({ name: 'getuser', arity: 3, flags: admin, summary: "A user's rules.", syntax: 'username' }),
  run({ args, reply, server }) {
    if (!server.clients.hasUser(args.text(args.next()))) return reply.null()
    const { flags, passwords } = server.clients.describeUser()
    reply.map(6)
    reply.text('flags')
    reply.set(flags.length)
    for (const each of flags) reply.text(each)
    reply.text('passwords')
    reply.array(passwords.length)
    for (const each of passwords) reply.text(each)
    reply.text('commands')
    reply.text('+@all')
    reply.text('keys')
    reply.text('~*')
    reply.text('channels')
    reply.text('&*')
    reply.text('selectors')
    reply.array(0)
  },
})

const cat = defineCommand({
  ...facts({
    name: 'cat',
    arity: -2,
    summary: 'The categories of commands, or the commands of one.',
    syntax: '[categoryname]',
  }),
  run({ args, reply, server }: Call) {
    if (args.left > 1) throw subcommandSyntax('acl', args.text(1))
    const category = args.left === 0 ? undefined : args.text(args.next())
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

export const acl = defineContainer(
  facts({
    name: 'acl',
    arity: -2,
    flags: [],
    summary: 'Commands about users and their rights.',
    complexity: 'Depends on the subcommand.',
  }),
  [
    whoami,
    users,
    list,
    getuser,
    cat,
    helpCommand(
      'acl',
      'server',
      '6.0.0',
      [],
      [
        { usage: 'CAT [<category>]', lines: ['The categories, or the commands of one.'] },
        { usage: 'GETUSER <username>', lines: ["A user's rules."] },
        { usage: 'LIST', lines: ['All users with their rules.'] },
        { usage: 'USERS', lines: ['The names of all users.'] },
        { usage: 'WHOAMI', lines: ['The user that the connection speaks for.'] },
      ],
    ),
  ],
)
