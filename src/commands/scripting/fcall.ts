/** FCALL and its read-only twin. What a function writes is logged as the commands that it ran, as with EVAL. */
import { type Command, defineCommand } from '../command.ts'
import { runFlags, scriptKeys } from './eval.ts'

function fcallCommand(name: string, isReadonly: boolean, summary: string): Command {
  return defineCommand({
    name,
    arity: -3,
    flags: runFlags(isReadonly),
    categories: ['scripting'],
    keys: { first: 0, last: 0, step: 0, find: scriptKeys },
    since: '7.0.0',
    group: 'scripting',
    summary,
    complexity: 'Depends on the function.',
    syntax: 'function numkeys [key [key ...]] [arg [arg ...]]',
    run(call) {
      call.server.functions.call(call, isReadonly)
    },
  })
}

export const fcallCommands = [
  fcallCommand('fcall', false, 'Runs a function of a library.'),
  fcallCommand('fcall_ro', true, 'Runs a function that must not write.'),
]
