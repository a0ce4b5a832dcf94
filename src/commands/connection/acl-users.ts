/** ACL SETUSER, GETUSER, DELUSER, LIST, USERS, WHOAMI, LOAD, SAVE: the users themselves. */
import type { Reply } from '../../../protocol/resp/reply.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { aclFacts, adminFlags } from './acl-facts.ts'
import type { SelectorFacts } from './acl-server.ts'

const whoami = defineCommand({
  ...aclFacts({ name: 'whoami', arity: 2, summary: 'The user that the connection speaks for.' }),
  run({ client, reply, server }) {
    reply.bulk(latin1Bytes(server.acl.userOf(client)))
  },
})

const users = defineCommand({
  ...aclFacts({
    name: 'users',
    arity: 2,
    flags: adminFlags,
    summary: 'The names of all users.',
    complexity: 'O(N) with N users',
  }),
  run({ reply, server }) {
    replyTexts(reply, server.acl.userNames)
  },
})

const list = defineCommand({
  ...aclFacts({
    name: 'list',
    arity: 2,
    flags: adminFlags,
    summary: 'All users with their rules.',
    complexity: 'O(N) with N users',
  }),
  run({ reply, server }) {
    replyTexts(reply, server.acl.userLines)
  },
})

const getuser = defineCommand({
  ...aclFacts({
    name: 'getuser',
    arity: 3,
    flags: adminFlags,
    summary: "A user's rules.",
    complexity: 'O(N) with N rules and passwords',
    syntax: 'username',
  }),
  run({ args, reply, server }) {
    const user = server.acl.describe(args.text(args.next()))
    if (user === undefined) return reply.null()
    reply.map(6)
    reply.text('flags')
    reply.set(user.flags.length)
    for (const each of user.flags) reply.text(each)
    reply.text('passwords')
    replyTexts(reply, user.passwords)
    replySelector(reply, user)
    reply.text('selectors')
    reply.array(user.selectors.length)
    for (const each of user.selectors) {
      reply.map(3)
      replySelector(reply, each)
    }
  },
})

const setuser = defineCommand({
  ...aclFacts({
    name: 'setuser',
    arity: -3,
    flags: adminFlags,
    summary: 'Makes or changes a user, by rules that apply all or not at all.',
    complexity: 'O(N) with N rules',
    syntax: 'username [rule [rule ...]]',
  }),
  run(call) {
    const name = call.args.text(call.args.next())
    if (/[ \t\n\v\f\r\0]/.test(name)) throw new ReplyError("ERR Usernames can't contain spaces or null characters")
    const refusal = call.server.acl.setUser(name, restTexts(call))
    if (refusal !== undefined) throw new ReplyError(refusal)
    call.reply.ok()
  },
})

const deluser = defineCommand({
  ...aclFacts({
    name: 'deluser',
    arity: -3,
    flags: adminFlags,
    summary: 'Deletes users and closes their connections.',
    complexity: 'O(N) with N connections',
    syntax: 'username [username ...]',
  }),
  run(call) {
    call.reply.integer(call.server.acl.deleteUsers(restTexts(call), call.client))
  },
})

const load = defineCommand({
  ...aclFacts({
    name: 'load',
    arity: 2,
    flags: adminFlags,
    summary: 'Reads the users from the ACL file, in the place of those that there are.',
    complexity: 'O(N) with N users and connections',
  }),
  run({ client, reply, server }) {
    server.acl.load(client)
    reply.ok()
  },
})

const save = defineCommand({
  ...aclFacts({
    name: 'save',
    arity: 2,
    flags: adminFlags,
    summary: 'Writes the users into the ACL file.',
    complexity: 'O(N) with N users',
  }),
  run({ reply, server }) {
    server.acl.save()
    reply.ok()
  },
})

export const aclUserCommands = [deluser, getuser, list, load, save, setuser, users, whoami]

function replySelector(reply: Reply, { commands, keys, channels }: SelectorFacts): void {
  reply.text('commands')
  reply.bulk(latin1Bytes(commands))
  reply.text('keys')
  reply.bulk(latin1Bytes(keys))
  reply.text('channels')
  reply.bulk(latin1Bytes(channels))
}

function replyTexts(reply: Reply, texts: readonly string[]): void {
  reply.array(texts.length)
  for (const each of texts) reply.bulk(latin1Bytes(each))
}

function restTexts({ args }: Call): string[] {
  const texts: string[] = []
  while (args.left > 0) texts.push(args.text(args.next()))
  return texts
}
