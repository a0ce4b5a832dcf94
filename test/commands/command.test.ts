import { expect, test } from 'vitest'
import { parseSyntax } from '../../src/commands/syntax.ts'
import { commandTable } from '../../src/commands/table.ts'
import { TestBroker } from '../support/in-process.ts'

const getInfo =
  '["get", :2, [+"readonly", +"fast"], :1, :1, :1, [+"@read", +"@string", +"@fast"], [], ' +
  '[["flags", [+"RO", +"access"], "begin_search", ["type", "index", "spec", ["index", :1]], ' +
  '"find_keys", ["type", "range", "spec", ["lastkey", :0, "keystep", :1, "limit", :0]]]], []]'

test('COMMAND INFO answers ten elements a command, and null for an unknown one', () => {
  expect(new TestBroker().client().call('COMMAND INFO get nosuch')).toBe(`[${getInfo}, $-1]`)
})

test('COMMAND INFO uses sets and maps in RESP3', () => {
  const client = new TestBroker().client()
  client.call('HELLO 3')
  expect(client.call('COMMAND INFO xlen nosuch')).toBe(
    '[["xlen", :2, ~[+"readonly", +"fast"], :1, :1, :1, ~[+"@read", +"@stream", +"@fast"], ~[], ' +
      '~[{"flags": ~[+"RO"], "begin_search": {"type": "index", "spec": {"index": :1}}, ' +
      '"find_keys": {"type": "range", "spec": {"lastkey": :0, "keystep": :1, "limit": :0}}}], ~[]], _]',
  )
})

test('COMMAND and COMMAND INFO without names tell of every command', () => {
  const client = new TestBroker().client()
  expect(client.call('COMMAND')).toBe(client.call('COMMAND INFO'))
  expect(client.call('COMMAND COUNT')).toBe(`:${commandTable.length}`)
})

test('COMMAND DOCS gives the arguments as a tree and leaves out unknown commands', () => {
  const client = new TestBroker().client()
  client.call('HELLO 3')
  expect(client.call('COMMAND DOCS setex nosuch')).toMatch(
    /^\{"setex": \{"summary": "[^"]+", "since": "2\.0\.0", "group": "string", "complexity": "[^"]+", "arguments": \[\{"name": "key", "type": "key", "key_spec_index": :0\}, \{"name": "seconds", "type": "integer"\}, \{"name": "value", "type": "string"\}\]\}\}$/,
  )
})

test.each([
  ['COMMAND LIST FILTERBY PATTERN xgroup|*', ['xgroup|create', 'xgroup|destroy']],
  ['COMMAND LIST FILTERBY ACLCAT transaction', ['multi', 'exec']],
])('%s lists what the filter lets through', (line, expected) => {
  const answer = new TestBroker().client().call(line) ?? ''
  for (const name of expected) expect(answer).toContain(`"${name}"`)
  expect(answer).not.toContain('"get"')
})

test('COMMAND LIST names subcommands, too', () => {
  const names = JSON.parse(new TestBroker().client().call('COMMAND LIST') ?? '') as string[]
  expect(names).toContain('client')
  expect(names).toContain('client|list')
  expect(new Set(names).size).toBe(names.length)
})

test.each([
  ['COMMAND LIST x', '-ERR syntax error'],
  ['COMMAND LIST FILTERBY x y', '-ERR syntax error'],
  ['COMMAND LIST FILTERBY MODULE x', '[]'],
  ['COMMAND LIST FILTERBY ACLCAT nosuch', '[]'],
  ['COMMAND GETKEYS get', "-ERR wrong number of arguments for 'command|getkeys' command"],
  ['COMMAND GETKEYS set key', '-ERR Invalid number of arguments specified for command'],
  ['COMMAND GETKEYS nosuch key', '-ERR Invalid command specified'],
  ['COMMAND GETKEYS ping key', '-ERR The command has no key arguments'],
  ['COMMAND GETKEYS lmpop x a LEFT', '-ERR Invalid arguments specified for command'],
  ['COMMAND nosuch', "-ERR unknown subcommand 'nosuch'. Try COMMAND HELP."],
])('%s answers %s', (line, answer) => {
  expect(new TestBroker().client().call(line)).toBe(answer)
})

test('every syntax can be read', () => {
  const names = commandTable.flatMap((command) => [command, ...(command.subcommands ?? [])])
  for (const { name, syntax } of names) expect(() => parseSyntax(name, syntax)).not.toThrow()
})

test.each([
  ['a [b', 'is missing'],
  ['a ]', 'is broken'],
  ['a | b', 'is broken'],
])('the syntax %s is a mistake', (syntax, complaint) => {
  expect(() => parseSyntax('x', syntax)).toThrow(complaint)
})

test('in a syntax a token takes the names behind it and dots repeat', () => {
  expect(parseSyntax('sort', '[LIMIT offset count] [GET pattern [GET pattern ...]]')).toEqual([
    {
      name: 'limit',
      type: 'block',
      token: 'LIMIT',
      flags: ['optional'],
      members: [
        { name: 'offset', type: 'integer', flags: [] },
        { name: 'count', type: 'integer', flags: [] },
      ],
    },
    { name: 'pattern', type: 'pattern', token: 'GET', keySpec: 1, flags: ['optional', 'multiple', 'multiple_token'] },
  ])
})
