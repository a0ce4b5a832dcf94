/** The reference of all directives, `protocol/configuration.md`, made from the list so that it can't say anything else. */

import type { Directive } from './directive.ts'
import { directives, directiveTopics } from './directives.ts'

/** The whole text of the file. */
export function configurationReference(): string {
  const honoured = directives.filter((directive) => directive.effect === 'honoured')
  const others = directives.filter((directive) => directive.redisInitial !== undefined)
  return `# Configuration

Millrace knows every directive of Redis 7.0, and a few of its own for HTTP, in a file with redis.conf's syntax, on the command line (\`--port 7000\`), and through CONFIG GET,
SET and REWRITE. Of ${directives.length} directives ${honoured.length} are _honoured_: the broker acts on them. The others are _accepted_: checked, kept, listed and rewritten, but
nothing depends on them, for the reason given. Where a value would ask for something that isn't there (a replica, a cluster), it
is refused at start and by CONFIG SET.

_Changes_ says when a value may change: _at run time_ by CONFIG SET; _guarded_ at start only, too, but CONFIG SET
refuses it with Redis' words for a protected directive, or, where \`enable-protected-configs\` would allow the change, because the data file
is open; _at start_ only. Sizes are in bytes and may be given with a unit (\`k m g\` count in 1000s, \`kb mb gb\` in 1024s).

Also read from files: \`include FILE\` (\`*\`, \`?\` and \`[\` in it stand for all files that match, or none) and \`rename-command OLD NEW\`
(\`""\` takes the command away). The log keeps to the commands' own names, so that it can be read under any renaming. \`user NAME RULE …\`
makes an ACL user, unless there is an \`aclfile\`. \`loadmodule\` is refused. Relative paths start from the working directory, also where Redis would have moved to \`dir\`.

CONFIG SET of \`port\`, \`tls-port\` or \`bind\` opens the new addresses, then closes the old ones; connections stay. It is refused inside a transaction and
while the data is being read, since the client has to wait for it. CONFIG REWRITE keeps the mode of the file.

A signal: SIGTERM and SIGINT stop the server, a second one at once; SIGHUP is ignored. A message that can't be written, to a closed pipe or
a full disk, is lost: the server goes on. A bug stops it with its stack on the standard error and exit code 1.

This file is generated from \`src/server/config/directives.ts\`.

## Defaults that differ from Redis'

${table(
  ['directive', 'here', 'in Redis'],
  others.map((item) => [item.name, code(item.initial), wordsOrCode(item.redisInitial!)]),
)}
${directiveTopics.map((topic) => section(topic.title, topic.directives)).join('')}`
}

function section(title: string, items: readonly Directive[]): string {
  return `
## ${title}

${table(['directive', 'value', 'default', 'changes', 'effect'], items.map(row))}
`
}

function row(item: Directive): string[] {
  const name = item.alias === undefined ? item.name : `${item.name} (also ${item.alias})`
  const changes = { free: 'at run time', guarded: 'guarded', fixed: 'at start' }[item.change]
  const shown = item.hidden === true ? ' Not listed for patterns.' : ''
  return [name, item.kind.label, code(item.initial), changes, `_${item.effect}_: ${item.reason}.${shown}`]
}

/** A table with columns of equal width, as the formatter wants it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')
}

function code(value: string): string {
  return value === '' ? '(empty)' : `\`${value}\``
}

/** A default that depends on the place is described in words, not quoted. */
function wordsOrCode(value: string): string {
  return value.startsWith('the ') ? value : code(value)
}
