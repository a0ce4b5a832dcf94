/** SCRIPT: the scripts that EVALSHA knows. */
import { noDebugger, scriptDebugOption, scriptFlushOption } from '../../broker/scripting-errors.ts'
import { type CommandFlag, defineCommand, defineContainer, noKeys } from '../command.ts'
import { type HelpEntry, helpCommand } from '../help.ts'

const shared = {
  categories: ['scripting'],
  keys: noKeys,
  group: 'scripting',
} as const

const noscript: readonly CommandFlag[] = ['noscript']

const load = defineCommand({
  ...shared,
  name: 'load',
  arity: 3,
  flags: ['noscript', 'stale'],
  since: '2.6.0',
  summary: 'Compiles a script for EVALSHA and answers its SHA1.',
  complexity: 'O(N) with the length of the script.',
  syntax: 'script',
  run({ args, server, reply }) {
    reply.text(server.scripts.load(args, 2))
  },
})

const exists = defineCommand({
  ...shared,
  name: 'exists',
  arity: -3,
  flags: noscript,
  since: '2.6.0',
  summary: 'Says of each script whether it is known.',
  complexity: 'O(N) with N scripts asked for',
  syntax: 'sha1 [sha1 ...]',
  run({ args, server, reply }) {
    reply.array(args.left)
    while (args.left > 0) reply.integer(server.scripts.has(args, args.next()) ? 1 : 0)
  },
})

const flush = defineCommand({
  ...shared,
  name: 'flush',
  arity: -2,
  flags: noscript,
  since: '2.6.0',
  summary: 'Forgets all scripts.',
  complexity: 'O(N) with N scripts',
  syntax: '[ASYNC | SYNC]',
  run({ args, server, reply }) {
    const isGiven = args.left > 0
    if (args.left > 1 || (isGiven && !args.token('SYNC') && !args.token('ASYNC'))) {
      throw scriptFlushOption()
    }
    server.scripts.flush()
    reply.ok()
  },
})

const kill = defineCommand({
  ...shared,
  name: 'kill',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  since: '2.6.0',
  summary: 'Ends the running script, unless it has written.',
  complexity: 'O(1)',
  syntax: '',
  run({ server, reply }) {
    server.scripts.kill()
    reply.ok()
  },
})

const debug = defineCommand({
  ...shared,
  name: 'debug',
  arity: 3,
  flags: noscript,
  since: '3.2.0',
  summary: 'Turns the debugger for scripts off; there is none to turn on.',
  complexity: 'O(1)',
  syntax: '<YES | SYNC | NO>',
  run({ args, reply }) {
    if (args.token('NO')) return reply.ok()
    if (args.token('YES') || args.token('SYNC')) throw noDebugger()
    throw scriptDebugOption()
  },
})

const help: readonly HelpEntry[] = [
  { usage: 'DEBUG (YES|SYNC|NO)', lines: ['Turn the debugger off; there is none to turn on.'] },
  { usage: 'EXISTS <sha1> [<sha1> ...]', lines: ['Say which scripts are known.'] },
  { usage: 'FLUSH [ASYNC|SYNC]', lines: ['Forget all scripts.'] },
  { usage: 'KILL', lines: ['End the running script.'] },
  { usage: 'LOAD <script>', lines: ['Compile a script without running it.'] },
]

export const script = defineContainer(
  {
    ...shared,
    name: 'script',
    categories: [],
    arity: -2,
    flags: [],
    since: '2.6.0',
    summary: 'Manages the scripts that EVALSHA knows.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  [load, exists, flush, helpCommand('script', 'scripting', '5.0.0', ['scripting'], help), kill, debug],
)
