/** EVAL, EVALSHA and their read-only twins. What a script writes is one log record, as in a transaction: the commands
 *  that it runs log their effects, the script itself is not logged. */
import type { Args } from '../../../protocol/resp/args.ts'
import { keyCountNegative, keyCountTooLarge, notInteger } from '../../broker/errors.ts'
import { type Command, type CommandFlag, defineCommand } from '../command.ts'

/** How many keys there are (argument 2 says it); throws what is wrong with it. */
export function readKeyCount(args: Args): number {
  const small = args.smallInteger(2)
  if (small >= 0 && small <= args.count - 3) return small
  const count = args.int64(2)
  if (count === undefined) throw notInteger()
  if (count > args.count - 3) throw keyCountTooLarge()
  if (count < 0n) throw keyCountNegative()
  return Number(count)
}

/** The keys of EVAL and FCALL, for COMMAND GETKEYS and ACL. Redis reads their number with `atoi` there: up to the first
 *  byte that is no digit. */
export function scriptKeys(args: Args): number[] {
  const count = Number.parseInt(args.textStart(2), 10)
  if (!(count >= 1 && count <= args.count - 3)) return []
  return Array.from({ length: count }, (_, i) => i + 3)
}

/** The flags of what runs a script or a function. */
export function runFlags(isReadonly: boolean): readonly CommandFlag[] {
  const flags = ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'] as const
  return isReadonly ? ['readonly', ...flags] : flags
}

function evalCommand(name: string, since: string, isReadonly: boolean, summary: string): Command {
  const isBySha = name.startsWith('evalsha')
  return defineCommand({
    name,
    arity: -3,
    flags: runFlags(isReadonly),
    categories: ['scripting'],
    keys: { first: 0, last: 0, step: 0, find: scriptKeys },
    since,
    group: 'scripting',
    summary,
    complexity: 'Depends on the script.',
    syntax: `${isBySha ? 'sha1' : 'script'} numkeys [key [key ...]] [arg [arg ...]]`,
    run(call) {
      if (isBySha) call.server.scripts.evalSha(call, isReadonly)
      else call.server.scripts.eval(call, isReadonly)
    },
  })
}

export const evalCommands = [
  evalCommand('eval', '2.6.0', false, 'Runs a Lua script.'),
  evalCommand('evalsha', '2.6.0', false, 'Runs a Lua script that is known by the SHA1 of its text.'),
  evalCommand('eval_ro', '7.0.0', true, 'Runs a Lua script that must not write.'),
  evalCommand('evalsha_ro', '7.0.0', true, 'Runs a known Lua script that must not write.'),
]
