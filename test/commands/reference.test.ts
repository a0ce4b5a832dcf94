import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commandReference } from '../../src/commands/reference.ts'
import { commandTable } from '../../src/commands/table.ts'

test('protocol/commands.md says what the facts say (`npm run docs` writes it anew)', () => {
  const path = new URL('../../protocol/commands.md', import.meta.url)
  expect(readFileSync(path, 'utf8')).toBe(commandReference(commandTable))
})

test('every command and subcommand has a summary of its own', () => {
  const text = commandReference(commandTable)
  for (const command of commandTable) {
    for (const each of command.subcommands ?? [command]) {
      const name = each === command ? command.name : `${command.name} ${each.name}`
      expect(text).toContain(`### ${name.toUpperCase()}\n`)
      expect(each.summary).toMatch(/^[A-Z].*\.$/)
    }
  }
})
