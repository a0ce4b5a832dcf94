/** CLIENT LIST, KILL, UNBLOCK, PAUSE, UNPAUSE and MONITOR: a client that looks at others or stops them. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { noSuchClient, subcommandSyntax, syntaxError } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { defineCommand, noKeys } from '../command.ts'
import { adminFacts } from './client-facts.ts'
import type { ClientFilter, ClientType } from './client-server.ts'

function clientType(args: Args, i: number): ClientType {
  if (args.is(i, 'NORMAL')) return 'normal'
  if (args.is(i, 'PUBSUB')) return 'pubsub'
  if (args.is(i, 'MASTER')) return 'master'
  if (args.is(i, 'SLAVE') || args.is(i, 'REPLICA')) return 'replica'
  throw new ReplyError(`ERR Unknown client type '${args.text(i)}'`)
}

const list = defineCommand({
  ...adminFacts({
    name: 'list',
    arity: -2,
    since: '2.4.0',
    summary: 'One line about each connection.',
    complexity: 'O(N) with N connections',
    syntax: '[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]',
  }),
  run(call) {
    const { args, reply, server } = call
    const { clients } = server
    let chosen = args.left === 0 ? clients.matching({}) : undefined
    if (args.left === 2 && args.token('TYPE')) chosen = clients.matching({ type: clientType(args, args.next()) })
    else if (args.left > 1 && args.token('ID')) chosen = listedIds(call)
    if (chosen === undefined) throw syntaxError()
    reply.verbatim('txt', chosen.map((each) => `${clients.describe(each)}\n`).join(''))
  },
})

/** The clients with the ids that are left, in that order. */
function listedIds({ args, server }: Call) {
  const ids: bigint[] = []
  while (args.left > 0) ids.push(args.nextInt64('ERR Invalid client ID'))
  return ids.map((each) => server.clients.byId(Number(each))).filter((each) => each !== undefined)
}

const kill = defineCommand({
  ...adminFacts({
    name: 'kill',
    arity: -3,
    since: '2.4.0',
    summary: 'Closes connections.',
    complexity: 'O(N) with N connections',
    syntax:
      '<ip:port | [ID client-id] [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [USER username] [ADDR ip:port] ' +
      '[LADDR ip:port] [SKIPME yes/no]>',
  }),
  run(call) {
    const { args, reply } = call
    if (args.count === 3) {
      if (killAll(call, { address: args.text(args.next()) }) === 0) throw noSuchClient()
      return reply.ok()
    }
    reply.integer(killAll(call, killFilter(call)))
  },
})

function killFilter(call: Call): ClientFilter {
  const { args } = call
  const filter: ClientFilter = { except: call.client }
  while (args.left > 0) {
    if (args.left < 2) throw syntaxError()
    killOption(call, filter, args.next(), args.next())
  }
  return filter
}

function killOption({ args, client, server }: Call, filter: ClientFilter, option: number, value: number): void {
  if (args.is(option, 'ID')) {
    const id = args.int64(value) ?? 0n
    if (id < 1n) throw new ReplyError('ERR client-id should be greater than 0')
    filter.id = Number(id)
  } else if (args.is(option, 'TYPE')) filter.type = clientType(args, value)
  else if (args.is(option, 'ADDR')) filter.address = args.text(value)
  else if (args.is(option, 'LADDR')) filter.localAddress = args.text(value)
  else if (args.is(option, 'USER')) {
    filter.user = args.text(value)
    if (!server.acl.hasUser(filter.user)) throw new ReplyError(`ERR No such user '${filter.user}'`)
  } else if (args.is(option, 'SKIPME') && args.is(value, 'YES')) filter.except = client
  else if (args.is(option, 'SKIPME') && args.is(value, 'NO')) delete filter.except
  else throw syntaxError()
}

/** Closes who fits; the running client is closed last, behind its answer. Returns how many. */
function killAll({ client, server: { clients } }: Call, filter: ClientFilter): number {
  const victims = clients.matching(filter)
  for (const each of victims) {
    if (each === client) clients.closeAfterReply(each)
    else clients.kill(each)
  }
  return victims.length
}

const unblock = defineCommand({
  ...adminFacts({
    name: 'unblock',
    arity: -3,
    since: '5.0.0',
    summary: "Ends another connection's blocking command.",
    complexity: 'O(log N) with N connections',
    syntax: 'client-id [TIMEOUT | ERROR]',
  }),
  run({ args, reply, server }) {
    if (args.count > 4) throw subcommandSyntax('client', args.text(1))
    const id = args.next()
    let withError = false
    if (args.left > 0) {
      withError = args.token('ERROR')
      if (!withError && !args.token('TIMEOUT')) {
        throw new ReplyError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR')
      }
    }
    const number = args.int64(id)
    if (number === undefined) throw new ReplyError('ERR value is not an integer or out of range')
    reply.integer(server.clients.unblock(Number(number), withError) ? 1 : 0)
  },
})

const pause = defineCommand({
  ...adminFacts({
    name: 'pause',
    arity: -3,
    since: '2.9.50',
    summary: 'Lets the requests of all connections, or those that write, wait for some time.',
    syntax: 'timeout [WRITE | ALL]',
  }),
  run({ args, nowMs, reply, server }) {
    if (args.count > 4) throw subcommandSyntax('client', args.text(1))
    const timeout = args.next()
    const onlyWrites = args.token('WRITE')
    if (!onlyWrites && args.left > 0 && !args.token('ALL')) {
      throw new ReplyError('ERR CLIENT PAUSE mode must be WRITE or ALL')
    }
    const durationMs = args.int64(timeout)
    if (durationMs === undefined) throw new ReplyError('ERR timeout is not an integer or out of range')
    if (durationMs < 0n) throw new ReplyError('ERR timeout is negative')
    // A sum beyond 64 bits is a moment long ago, in Redis too: nobody can be locked out for ever by mistake.
    const untilMs = Number(BigInt.asIntN(64, BigInt(nowMs) + durationMs))
    server.clients.pause(untilMs, onlyWrites ? 'write' : 'all')
    reply.ok()
  },
})

const unpause = defineCommand({
  ...adminFacts({
    name: 'unpause',
    arity: 2,
    since: '6.2.0',
    summary: 'Ends a pause: requests that waited are run.',
    complexity: 'O(N) with N connections that wait',
  }),
  run({ reply, server }) {
    server.clients.unpause()
    reply.ok()
  },
})

export const clientAdminCommands = [list, kill, unblock, pause, unpause]

export const monitor = defineCommand({
  ...adminFacts({
    name: 'monitor',
    arity: 1,
    since: '1.0.0',
    summary: 'Shows every command that the server runs from here on.',
    complexity: 'None',
  }),
  categories: [],
  keys: noKeys,
  group: 'server',
  run({ client, mayBlock, reply, server }) {
    if (!mayBlock) throw new ReplyError("ERR MONITOR isn't allowed for DENY BLOCKING client")
    // Whoever sees everything already gets no answer, as in Redis.
    if (server.clients.monitor(client)) reply.ok()
  },
})
