/** FUNCTION: libraries of functions, which are data: they are logged, dumped and there again after a restart. Emptying a
 *  database leaves them alone. */

import { subcommandSyntax } from '../../broker/errors.ts'
import {
  functionFlushOption,
  libraryNotFound,
  loadOptionUnknown,
  restorePolicyInvalid,
} from '../../broker/function-errors.ts'
import type { Call } from '../call.ts'
import { defineCommand, defineContainer } from '../command.ts'
import { type HelpEntry, helpCommand } from '../help.ts'
import { ofFunctions } from './function-facts.ts'
import { list } from './function-list.ts'

/** A library or all of them have changed. */
function noteChange(call: Call): void {
  call.keyspace.dirty++
  call.logAsReceived()
}

const load = defineCommand({
  ...ofFunctions,
  name: 'load',
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  summary: 'Loads a library of functions.',
  complexity: 'O(1), without the time it takes to compile',
  syntax: '[REPLACE] function-code',
  run(call) {
    const { args, reply, server } = call
    let replaces = false
    while (args.left > 1) {
      // As far as C reads it. The word ends the error, which lets go of line ends there.
      if (!args.token('REPLACE')) throw loadOptionUnknown(args.text(args.next()).replace(/\0.*/s, ''))
      replaces = true
    }
    const name = server.functions.load(call, args.next(), replaces)
    noteChange(call)
    reply.text(name)
  },
})

const remove = defineCommand({
  ...ofFunctions,
  name: 'delete',
  arity: 3,
  flags: ['write', 'noscript'],
  summary: 'Deletes a library and its functions.',
  complexity: 'O(1)',
  syntax: 'library-name',
  run(call) {
    const { args, reply, server } = call
    if (!server.functions.delete(args.text(args.next()))) throw libraryNotFound()
    noteChange(call)
    reply.ok()
  },
})

const flush = defineCommand({
  ...ofFunctions,
  name: 'flush',
  arity: -2,
  flags: ['write', 'noscript'],
  summary: 'Deletes all libraries.',
  complexity: 'O(N) with N functions deleted',
  syntax: '[ASYNC | SYNC]',
  run(call) {
    const { args, reply, server } = call
    if (args.left > 1) throw subcommandSyntax('function', args.quoted(1))
    if (args.left === 1 && !args.token('SYNC') && !args.token('ASYNC')) {
      throw functionFlushOption()
    }
    server.functions.flush()
    noteChange(call)
    reply.ok()
  },
})

const dump = defineCommand({
  ...ofFunctions,
  name: 'dump',
  arity: 2,
  flags: ['noscript'],
  summary: 'Answers all libraries in one string, for FUNCTION RESTORE.',
  complexity: 'O(N) with N functions',
  syntax: '',
  run({ reply, server }) {
    reply.bulk(server.functions.dump())
  },
})

const policies = ['append', 'replace', 'flush'] as const

const restore = defineCommand({
  ...ofFunctions,
  name: 'restore',
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  summary: 'Loads all libraries that FUNCTION DUMP answered.',
  complexity: 'O(N) with N functions in the string',
  syntax: 'serialized-value [FLUSH | APPEND | REPLACE]',
  run(call) {
    const { args, reply, server } = call
    if (args.left > 2) throw subcommandSyntax('function', args.quoted(1))
    const payload = args.next()
    const policy = args.left === 0 ? 'append' : policies.find((each) => args.token(each.toUpperCase()))
    if (policy === undefined) {
      throw restorePolicyInvalid()
    }
    server.functions.restore(call, payload, policy)
    noteChange(call)
    reply.ok()
  },
})

const kill = defineCommand({
  ...ofFunctions,
  name: 'kill',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  summary: 'Ends the running function, unless it has written.',
  complexity: 'O(1)',
  syntax: '',
  run({ reply, server }) {
    server.functions.kill()
    reply.ok()
  },
})

const stats = defineCommand({
  ...ofFunctions,
  name: 'stats',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  summary: 'Tells of the running function, and how many there are.',
  complexity: 'O(1)',
  syntax: '',
  run({ reply, server }) {
    const { functionCount, libraryCount, running } = server.functions
    reply.map(2)
    reply.text('running_script')
    if (running === undefined) reply.null()
    else {
      reply.map(3)
      reply.text('name')
      reply.text(running.name)
      reply.text('command')
      reply.array(running.command.length)
      for (const word of running.command) reply.bulk(word)
      reply.text('duration_ms')
      reply.integer(running.durationMs)
    }
    reply.text('engines')
    reply.map(1)
    reply.text('LUA')
    reply.map(2)
    reply.text('libraries_count')
    reply.integer(libraryCount)
    reply.text('functions_count')
    reply.integer(functionCount)
  },
})

const help: readonly HelpEntry[] = [
  { usage: 'DELETE <library-name>', lines: ['Delete a library and its functions.'] },
  { usage: 'DUMP', lines: ['Answer all libraries in one string.'] },
  { usage: 'FLUSH [ASYNC|SYNC]', lines: ['Delete all libraries.'] },
  { usage: 'KILL', lines: ['End the running function.'] },
  { usage: 'LIST [LIBRARYNAME <pattern>] [WITHCODE]', lines: ['Tell which libraries there are.'] },
  { usage: 'LOAD [REPLACE] <code>', lines: ['Load a library; REPLACE takes the place of one with its name.'] },
  {
    usage: 'RESTORE <string> [FLUSH|APPEND|REPLACE]',
    lines: [
      'Load what DUMP answered. APPEND (the default) refuses libraries that are there already,',
      'REPLACE replaces them, FLUSH deletes all others.',
    ],
  },
  { usage: 'STATS', lines: ['Tell of the running function, and how many there are.'] },
]

export const functionContainer = defineContainer(
  {
    ...ofFunctions,
    name: 'function',
    categories: [],
    arity: -2,
    flags: [],
    summary: 'Manages the libraries of functions that FCALL runs.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  [
    restore,
    dump,
    helpCommand('function', 'scripting', '7.0.0', ['scripting'], help),
    kill,
    load,
    flush,
    remove,
    list,
    stats,
  ],
)
