/** CLIENT: what a connection may ask of itself. Those that reach others are in `client-admin.ts`. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { syntaxError } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { type Command, defineCommand, defineContainer, noKeys } from '../command.ts'
import { clientAdminCommands } from './client-admin.ts'
import { clientFacts } from './client-facts.ts'
import { clientHelp } from './client-help.ts'
import { trackingCommands } from './client-tracking.ts'
import { clientName, isPrintable } from './names.ts'

const id = defineCommand({
  ...clientFacts({ name: 'id', arity: 2, since: '5.0.0', summary: "The connection's number." }),
  run({ client, reply }) {
    reply.integer(client.id)
  },
})

const info = defineCommand({
  ...clientFacts({ name: 'info', arity: 2, since: '6.2.0', summary: "The connection's line of CLIENT LIST." }),
  run({ client, reply, server }) {
    reply.verbatim('txt', `${server.clients.describe(client)}\n`)
  },
})

const setname = defineCommand({
  ...clientFacts({
    name: 'setname',
    arity: 3,
    since: '2.6.9',
    summary: 'Gives the connection a name, or takes it away with an empty one.',
    syntax: 'connection-name',
  }),
  run({ args, client, reply }) {
    client.name = clientName(args, args.next())
    reply.ok()
  },
})

const getname = defineCommand({
  ...clientFacts({ name: 'getname', arity: 2, since: '2.6.9', summary: "The connection's name." }),
  run({ client, reply }) {
    if (client.name === '') reply.null()
    else reply.text(client.name)
  },
})

const setinfo = defineCommand({
  ...clientFacts({
    name: 'setinfo',
    arity: 4,
    since: '7.2.0',
    summary: 'Notes which client library is talking.',
    syntax: '<LIB-NAME libname | LIB-VER libver>',
  }),
  run({ args, client, reply, server }) {
    const option = args.next()
    const value = args.next()
    const part = args.is(option, 'LIB-NAME') ? 'name' : args.is(option, 'LIB-VER') ? 'version' : undefined
    if (part === undefined) throw new ReplyError(`ERR Unrecognized option '${args.text(option)}'`)
    if (!isPrintable(args, value)) {
      const word = args.text(option).toLowerCase()
      throw new ReplyError(`ERR ${word} cannot contain spaces, newlines or special characters.`)
    }
    server.clients.setLibrary(client, part, args.text(value))
    reply.ok()
  },
})

const replyMode = defineCommand({
  ...clientFacts({
    name: 'reply',
    arity: 3,
    since: '3.2.0',
    summary: 'Turns answers off, on again, or off for the next command.',
    syntax: '<ON | OFF | SKIP>',
  }),
  run({ args, client, reply, server: { clients } }) {
    if (args.token('ON')) {
      clients.setReplies(client, 'on')
      reply.ok()
    } else if (args.token('OFF')) clients.setReplies(client, 'off')
    else if (args.token('SKIP')) clients.setReplies(client, 'skip')
    else throw syntaxError()
  },
})

/** ON or OFF as the only argument left. */
function onOrOff({ args }: Call): boolean {
  if (args.token('ON')) return true
  if (args.token('OFF')) return false
  throw syntaxError()
}

const noEvict = defineCommand({
  ...clientFacts({
    name: 'no-evict',
    arity: 3,
    flags: ['admin', 'noscript', 'loading', 'stale'],
    since: '7.0.0',
    summary: 'Keeps the connection out of the eviction of clients.',
    syntax: '<ON | OFF>',
  }),
  run(call) {
    call.server.clients.setEvictionExempt(call.client, onOrOff(call))
    call.reply.ok()
  },
})

const noTouch = defineCommand({
  ...clientFacts({
    name: 'no-touch',
    arity: 3,
    since: '7.2.0',
    summary: "Lets the connection's reads leave access times as they are.",
    syntax: '<ON | OFF>',
  }),
  run(call) {
    call.server.clients.setTouchSuppressed(call.client, onOrOff(call))
    call.reply.ok()
  },
})

export const client: Command = defineContainer(
  {
    name: 'client',
    arity: -2,
    flags: [],
    categories: [],
    keys: noKeys,
    since: '2.4.0',
    group: 'connection',
    summary: 'Commands about connections.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  [
    id,
    info,
    setname,
    getname,
    setinfo,
    replyMode,
    noEvict,
    noTouch,
    ...clientAdminCommands,
    ...trackingCommands,
    clientHelp,
  ],
)
