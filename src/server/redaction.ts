/** Which arguments are nobody's business: passwords must not show up in SLOWLOG or MONITOR. */
import type { Args } from '../../protocol/resp/args.ts'
import type { IndexedCommand } from './command-index.ts'
import { findDirective } from './config/directives.ts'

const none: ReadonlySet<number> = new Set()

/** The indexes of the arguments to hide. */
export function redactedArguments(entry: IndexedCommand, args: Args): ReadonlySet<number> {
  switch (entry.fullName) {
    case 'auth':
      return from(1, args.count)
    case 'acl|setuser':
    case 'acl|deluser':
    case 'acl|getuser':
      return from(2, args.count)
    case 'hello':
      return authOption(args)
    case 'config|set':
      return secretValues(args)
    case 'migrate':
      return migrationSecrets(args)
    default:
      return none
  }
}

/** HELLO protover AUTH user password. */
function authOption(args: Args): ReadonlySet<number> {
  for (let i = 2; i + 2 < args.count; i++) if (args.is(i, 'AUTH')) return new Set([i + 1, i + 2])
  return none
}

/** MIGRATE … AUTH password, or AUTH2 user password. */
function migrationSecrets(args: Args): ReadonlySet<number> {
  const hidden = new Set<number>()
  for (let i = 6; i + 1 < args.count && !args.is(i, 'KEYS'); i++) {
    if (args.is(i, 'AUTH')) hidden.add(++i)
    else if (args.is(i, 'AUTH2')) hidden.add(++i).add(++i)
  }
  return hidden
}

function secretValues(args: Args): ReadonlySet<number> {
  const hidden = new Set<number>()
  for (let i = 2; i + 1 < args.count; i += 2) {
    if (findDirective(args.textStart(i))?.secret === true) hidden.add(i + 1)
  }
  return hidden
}

function from(first: number, end: number): ReadonlySet<number> {
  return new Set(Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i))
}
