/** The reference of all directives, `protocol/configuration.md`, made from the list so that it can't say anything else. */

import type { Directive } from './directive.ts'
import { directives, directiveTopics } from './directives.ts'

/** The whole text of the file. */
export function configurationReference(): string {
  const honoured = directives.filter((directive) => directive.effect === 'honoured')
  const others = directives.filter((directive) => directive.redisInitial !== undefined)
  return `# Configuration

Millrace knows every directive of Redis 7.0, in a file with redis.conf's syntax, on the command line (\`--port 7000\`), and through CONFIG GET,
SET and REWRITE. Of ${directives.length} directives ${honoured.length} are *honoured*: the broker acts on them. The others are *accepted*: checked, kept, listed and rewritten, but
nothing depends on them, for the reason given. Where a value would ask for something that isn't there (a replica, a cluster, TLS, an ACL
file), it is refused at start and by CONFIG SET.

*Changes* says when a value may change: *at run time* by CONFIG SET; *guarded* at start only, too, but CONFIG SET
refuses it with Redis' words for a protected directive, or, where \`enable-protected-configs\` would allow the change, because the data file
is open; *at start* only. Sizes are in bytes and may be given with a unit (\`k m g\` count in 1000s, \`kb mb gb\` in 1024s).

Also read from files: \`include FILE\` and \`rename-command OLD NEW\`. \`user\` and \`loadmodule\` are refused.

This file is generated from \`src/server/config/directives.ts\`.

## Defaults that differ from Redis'

| directive | here | in Redis |
|---|---|---|
${others.map((item) => `| ${item.name} | ${code(item.initial)} | ${wordsOrCode(item.redisInitial!)} |`).join('\n')}
${directiveTopics.map((topic) => section(topic.title, topic.directives)).join('')}`
}

function section(title: string, items: readonly Directive[]): string {
  return `
## ${title}

| directive | value | default | changes | effect |
|---|---|---|---|---|
${items.map(row).join('\n')}
`
}

function row(item: Directive): string {
  const name = item.alias === undefined ? item.name : `${item.name} (also ${item.alias})`
  const changes = { free: 'at run time', guarded: 'guarded', fixed: 'at start' }[item.change]
  const shown = item.hidden === true ? ' Not listed for patterns.' : ''
  return `| ${name} | ${item.kind.label} | ${code(item.initial)} | ${changes} | *${item.effect}*: ${item.reason}.${shown} |`
}

function code(value: string): string {
  return value === '' ? '(empty)' : `\`${value}\``
}

/** A default that depends on the place is described in words, not quoted. */
function wordsOrCode(value: string): string {
  return value.startsWith('the ') ? value : code(value)
}
