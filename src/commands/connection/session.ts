/** PING, ECHO, AUTH, HELLO, RESET, QUIT: a connection's own affairs. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { syntaxError, wrongArity } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { type CommandFlag, defineCommand, noKeys } from '../command.ts'
import { clientName } from './names.ts'

/** The Redis release whose commands and replies we have: clients choose by it what to send. */
export const redisVersion = '7.0.15'
const early: readonly CommandFlag[] = ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy']

const wrongPassword = (): ReplyError => new ReplyError('WRONGPASS invalid username-password pair or user is disabled.')

export const ping = defineCommand({
  name: 'ping',
  arity: -1,
  flags: ['fast'],
  categories: ['connection'],
  keys: noKeys,
  since: '1.0.0',
  group: 'connection',
  summary: 'Answers PONG, or the message.',
  complexity: 'O(1)',
  syntax: '[message]',
  run({ args, client, reply }) {
    if (args.count > 2) throw wrongArity('ping')
    const message = args.left > 0 ? args.next() : -1
    if (client.isSubscribed && client.protocol === 2) {
      reply.array(2)
      reply.text('pong')
      if (message < 0) reply.text('')
    } else if (message < 0) reply.simple('PONG')
    if (message >= 0) reply.bulk(args.bytes, args.starts[message]!, args.ends[message]!)
  },
})

export const echo = defineCommand({
  name: 'echo',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  keys: noKeys,
  since: '1.0.0',
  group: 'connection',
  summary: 'Answers the message.',
  complexity: 'O(1)',
  syntax: 'message',
  run({ args, reply }) {
    const message = args.next()
    reply.bulk(args.bytes, args.starts[message]!, args.ends[message]!)
  },
})

export const auth = defineCommand({
  name: 'auth',
  arity: -2,
  flags: early,
  categories: ['connection'],
  keys: noKeys,
  since: '1.0.0',
  group: 'connection',
  summary: 'Shows that the client knows the password.',
  complexity: 'O(1)',
  syntax: '[username] password',
  run(call) {
    const { args, reply } = call
    const { clients } = call.server
    if (args.count > 3) throw syntaxError()
    if (args.count === 2 && !clients.needsPassword) {
      throw new ReplyError(
        'ERR AUTH <password> called without any password configured for the default user. ' +
          'Are you sure your configuration is correct?',
      )
    }
    const user = args.count === 3 ? args.text(args.next()) : 'default'
    if (!clients.authenticate(call, user, args.copy(args.next()))) throw wrongPassword()
    reply.ok()
  },
})

export const hello = defineCommand({
  name: 'hello',
  arity: -1,
  flags: early,
  categories: ['connection'],
  keys: noKeys,
  since: '6.0.0',
  group: 'connection',
  summary: 'Greets the server: chooses the version of RESP, authenticates and names the connection.',
  complexity: 'O(1)',
  syntax: '[protover [AUTH username password] [SETNAME clientname]]',
  run(call) {
    const { args, client, server } = call
    const protocol = args.left > 0 ? helloProtocol(call) : client.protocol
    helloOptions(call)
    if (!server.clients.isAuthenticated(client)) {
      throw new ReplyError(
        'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> ' +
          'option can be used to authenticate the client and select the RESP protocol version at the same time',
      )
    }
    server.clients.setProtocol(client, protocol)
    greet(call)
  },
})

function helloProtocol({ args }: Call): number {
  const protocol = args.nextInt64('ERR Protocol version is not an integer or out of range')
  if (protocol !== 2n && protocol !== 3n) throw new ReplyError('NOPROTO unsupported protocol version')
  return Number(protocol)
}

/** Options take effect as they are read, as in Redis: one that is refused leaves those before it in force. */
function helloOptions(call: Call): void {
  const { args, client, server } = call
  while (args.left > 0) {
    const option = args.next()
    if (args.is(option, 'AUTH') && args.left >= 2) {
      const user = args.text(args.next())
      if (!server.clients.authenticate(call, user, args.copy(args.next()))) throw wrongPassword()
    } else if (args.is(option, 'SETNAME') && args.left >= 1) {
      client.name = clientName(args, args.next())
    } else {
      throw new ReplyError(`ERR Syntax error in HELLO option '${args.quoted(option)}'`)
    }
  }
}

function greet({ client, reply }: Call): void {
  reply.map(7)
  reply.text('server')
  reply.text('redis')
  reply.text('version')
  reply.text(redisVersion)
  reply.text('proto')
  reply.integer(client.protocol)
  reply.text('id')
  reply.integer(client.id)
  reply.text('mode')
  reply.text('standalone')
  reply.text('role')
  reply.text('master')
  reply.text('modules')
  reply.array(0)
}

export const reset = defineCommand({
  name: 'reset',
  arity: 1,
  flags: early,
  categories: ['connection'],
  keys: noKeys,
  since: '6.2.0',
  group: 'connection',
  summary: 'Makes the connection as new: no transaction, subscriptions, name or password, database 0, RESP2.',
  complexity: 'O(N) with N watched keys and subscriptions',
  syntax: '',
  run({ channels, client, reply, server }) {
    if (client.transaction !== undefined) server.transactions.close(client)
    else server.transactions.unwatch(client)
    channels.forget(client)
    client.dbIndex = 0
    server.clients.reset(client)
    reply.simple('RESET')
  },
})

export const quit = defineCommand({
  name: 'quit',
  arity: -1,
  flags: early,
  categories: ['connection'],
  keys: noKeys,
  since: '1.0.0',
  group: 'connection',
  summary: 'Closes the connection once everything before it was answered.',
  complexity: 'O(1)',
  syntax: '',
  run({ client, reply, server }) {
    reply.ok()
    server.clients.closeAfterReply(client)
  },
})

export const sessionCommands = [ping, echo, auth, hello, reset, quit]
