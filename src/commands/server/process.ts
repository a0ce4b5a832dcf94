/** INFO, TIME, ROLE, LOLWUT, SHUTDOWN, REPLICAOF, MODULE LIST: the server as a process. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { syntaxError } from '../../broker/errors.ts'
import { type CommandFacts, defineCommand, defineContainer, noKeys } from '../command.ts'
import { helpCommand } from '../help.ts'

const portMax = 65535n

const facts = {
  categories: [],
  keys: noKeys,
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
} as const satisfies Partial<CommandFacts>

export const info = defineCommand({
  ...facts,
  name: 'info',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['dangerous'],
  summary: 'Tells how the server is, by sections.',
  syntax: '[section [section ...]]',
  run({ args, server, reply }) {
    const sections: string[] = []
    while (args.left > 0) sections.push(args.text(args.next()).toLowerCase())
    reply.verbatim('txt', server.process.info(sections))
  },
})

export const time = defineCommand({
  ...facts,
  name: 'time',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  since: '2.6.0',
  summary: 'Tells the time in seconds and microseconds.',
  syntax: '',
  run({ nowMs, reply }) {
    const seconds = Math.floor(nowMs / 1000)
    reply.array(2)
    reply.text(String(seconds))
    reply.text(String(Math.floor((nowMs - seconds * 1000) * 1000)))
  },
})

export const role = defineCommand({
  ...facts,
  name: 'role',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  since: '2.8.12',
  summary: 'Tells that this is a master without replicas.',
  syntax: '',
  run({ reply }) {
    reply.array(3)
    reply.text('master')
    reply.integer(0)
    reply.array(0)
  },
})

export const lolwut = defineCommand({
  ...facts,
  name: 'lolwut',
  arity: -1,
  flags: ['readonly', 'fast'],
  since: '5.0.0',
  summary: 'Tells the version.',
  syntax: '[VERSION version]',
  run({ args, server, reply }) {
    if (args.token('VERSION')) args.nextInt64()
    reply.verbatim('txt', `Millrace ver. ${server.process.millraceVersion}\n`)
  },
})

export const shutdown = defineCommand({
  ...facts,
  name: 'shutdown',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  summary: 'Commits everything, answers, and stops the server.',
  complexity: 'O(N) with SAVE, N keys in all databases; otherwise O(1)',
  syntax: '[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]',
  run(call) {
    const { args, server, reply } = call
    let save: 'default' | 'save' | 'nosave' = 'default'
    let now = false
    let force = false
    let abort = false
    while (args.left > 0) {
      if (args.token('NOSAVE')) save = save === 'save' ? refuse() : 'nosave'
      else if (args.token('SAVE')) save = save === 'nosave' ? refuse() : 'save'
      else if (args.token('NOW')) now = true
      else if (args.token('FORCE')) force = true
      else if (args.token('ABORT')) abort = true
      else throw syntaxError()
    }
    if (abort && (save !== 'default' || now || force)) throw syntaxError()
    if (abort) {
      if (!server.process.abortShutdown()) throw new ReplyError('ERR No shutdown in progress.')
      return reply.ok()
    }
    server.scripts.shutdown(save === 'nosave')
    const request = { save, now, force }
    if (!server.process.mayShutDown(request)) throw new ReplyError('ERR Errors trying to SHUTDOWN. Check logs.')
    // The client gets no answer but the closed connection, and nothing more of it runs.
    call.block({
      args: args.clone(),
      keys: [],
      deadlineMs: Number.POSITIVE_INFINITY,
      serve: () => false,
      timeOut: (sink) => sink.error('ERR Errors trying to SHUTDOWN. Check logs.'),
    })
    server.process.shutdown(request)
  },
})

function refuse(): never {
  throw syntaxError()
}

const replicationFacts = {
  ...facts,
  arity: 3,
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  summary: 'NO ONE changes nothing, since this is a master; a host and port are refused.',
  syntax: '<host port | NO ONE>',
} as const satisfies Partial<CommandFacts>

export const replicaOf = defineCommand({ ...replicationFacts, name: 'replicaof', since: '5.0.0', run: runReplicaOf })
export const slaveOf = defineCommand({ ...replicationFacts, name: 'slaveof', run: runReplicaOf })

function runReplicaOf({ args, reply }: Parameters<typeof info.run>[0]): void {
  if (args.is(1, 'NO') && args.is(2, 'ONE')) return reply.ok()
  const port = args.int64(2)
  if (port === undefined || port < 0n || port > portMax) throw new ReplyError('ERR Invalid master port')
  throw new ReplyError('ERR replication is not supported: this server is never a replica')
}

const moduleList = defineCommand({
  ...facts,
  name: 'list',
  arity: 2,
  flags: ['admin', 'noscript'],
  since: '4.0.0',
  summary: 'Lists the modules: there are none.',
  syntax: '',
  run({ reply }) {
    reply.array(0)
  },
})

export const moduleContainer = defineContainer(
  {
    ...facts,
    name: 'module',
    arity: -2,
    flags: [],
    since: '4.0.0',
    summary: 'Tells that there are no modules.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  [
    helpCommand('module', 'server', '5.0.0', [], [{ usage: 'LIST', lines: ['List the modules: there are none.'] }]),
    moduleList,
  ],
)
