/** FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE]: what is loaded. */

import type { Reply } from '../../../protocol/resp/reply.ts'
import { libraryPatternMissing, listArgumentUnknown } from '../../broker/function-errors.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import { globMatches } from '../../lib/glob.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofFunctions, quotedAsC } from './function-facts.ts'
import type { KnownFunction, KnownLibrary } from './function-server.ts'

export const list = defineCommand({
  ...ofFunctions,
  name: 'list',
  arity: -2,
  flags: ['noscript'],
  summary: 'Tells which libraries there are, with their functions.',
  complexity: 'O(N) with N functions',
  syntax: '[LIBRARYNAME library-name-pattern] [WITHCODE]',
  run(call) {
    const { reply, server } = call
    const { pattern, withCode } = readOptions(call)
    const libraries = [...server.functions.libraries()].filter(
      ({ name }) => pattern === undefined || globMatches(pattern, latin1Bytes(name), true),
    )
    reply.array(libraries.length)
    for (const library of libraries) writeLibrary(reply, library, withCode)
  },
})

function readOptions({ args }: Call): { pattern: Uint8Array | undefined; withCode: boolean } {
  let pattern: Uint8Array | undefined
  let withCode = false
  while (args.left > 0) {
    if (!withCode && args.token('WITHCODE')) withCode = true
    else if (pattern === undefined && args.token('LIBRARYNAME')) {
      if (args.left === 0) throw libraryPatternMissing()
      pattern = args.copy(args.next())
    } else throw listArgumentUnknown(quotedAsC(args.text(args.next())))
  }
  return { pattern, withCode }
}

function writeLibrary(reply: Reply, { name, code, functions }: KnownLibrary, withCode: boolean): void {
  reply.map(withCode ? 4 : 3)
  reply.text('library_name')
  reply.text(name)
  reply.text('engine')
  reply.text('LUA')
  reply.text('functions')
  reply.array(functions.length)
  for (const each of functions) writeFunction(reply, each)
  if (!withCode) return
  reply.text('library_code')
  reply.bulk(code)
}

function writeFunction(reply: Reply, { name, description, flags }: KnownFunction): void {
  reply.map(3)
  reply.text('name')
  reply.text(name)
  reply.text('description')
  if (description === undefined) reply.null()
  else reply.bulk(latin1Bytes(description))
  reply.text('flags')
  reply.set(flags.length)
  for (const flag of flags) reply.simple(flag)
}
