/** ACL: users, what they may do, and what they were kept from. */
import { defineContainer } from '../command.ts'
import { helpCommand } from '../help.ts'
import { aclFacts } from './acl-facts.ts'
import { aclRightCommands } from './acl-rights.ts'
import { aclUserCommands } from './acl-users.ts'

const help = helpCommand(
  'acl',
  'server',
  '6.0.0',
  [],
  [
    { usage: 'CAT [<category>]', lines: ['The categories, or the commands of one.'] },
    { usage: 'DELUSER <username> [<username> ...]', lines: ['Delete users and close their connections.'] },
    { usage: 'DRYRUN <username> <command> [<arg> ...]', lines: ['Say whether a user may run a command.'] },
    { usage: 'GENPASS [<bits>]', lines: ['Make up a password of 256 or so many bits.'] },
    { usage: 'GETUSER <username>', lines: ["A user's rules."] },
    { usage: 'LIST', lines: ['All users with their rules.'] },
    { usage: 'LOAD', lines: ['Read the users from the ACL file.'] },
    { usage: 'LOG [<count> | RESET]', lines: ['Tell who was kept from what, or forget it.'] },
    { usage: 'SAVE', lines: ['Write the users into the ACL file.'] },
    { usage: 'SETUSER <username> <rule> [<rule> ...]', lines: ['Make or change a user.'] },
    { usage: 'USERS', lines: ['The names of all users.'] },
    { usage: 'WHOAMI', lines: ['The user that the connection speaks for.'] },
  ],
)

export const acl = defineContainer(
  aclFacts({
    name: 'acl',
    arity: -2,
    flags: [],
    summary: 'Commands about users and their rights.',
    complexity: 'Depends on the subcommand.',
  }),
  [...aclRightCommands, ...aclUserCommands, help],
)
