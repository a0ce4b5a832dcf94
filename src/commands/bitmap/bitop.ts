/** BITOP: strings combined bit by bit; shorter ones go on with zeros. */
import type { Args } from '../../../protocol/resp/args.ts'
import { notOfOneKey, syntaxError } from '../../broker/errors.ts'
import type { Database } from '../../keyspace/database.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofBitmap } from './bitmap-facts.ts'

type Operation = 'AND' | 'OR' | 'XOR' | 'NOT'

const operations = ['AND', 'OR', 'XOR', 'NOT'] as const

/** Sources are brought here piece by piece, so that they can be read as words wherever they lie. */
const pieceBytes = 16 * 1024
const piece = new Uint8Array(pieceBytes)
const pieceWords = new Int32Array(piece.buffer)

export const bitop = defineCommand({
  ...ofBitmap,
  name: 'bitop',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: { first: 2, last: -1, step: 1 },
  since: '2.6.0',
  summary: 'Combines strings bit by bit (AND, OR, XOR, NOT) and stores the result.',
  complexity: 'O(N) with N bytes of all strings',
  syntax: 'operation destkey key [key ...]',
  run(call) {
    const { args, db, keyspace } = call
    const operation = operations.find((each) => args.token(each))
    if (operation === undefined) throw syntaxError()
    if (operation === 'NOT' && args.count !== 4) throw notOfOneKey()
    const target = args.next()
    const sources = Array.from({ length: args.left }, () => sourceEntry(call, args.next()))
    const size = Math.max(...sources.map((entry) => (entry < 0 ? 0 : db.stringSize(entry))))
    if (size > 0) {
      const entry = db.setString(args, target, combined(db, operation, sources, size), 0, size)
      db.strings.setForm(entry, stringForm.raw)
      keyspace.changed(db, args, target)
      keyspace.notify(db, notifyClass.string, 'set', args, target)
      call.logAsReceived()
    } else removeTarget(call, args, target)
    call.reply.integer(size)
  },
})

function sourceEntry({ args, db }: Call, key: number): number {
  const entry = db.lookup(args, key)
  if (entry >= 0) db.requireString(entry)
  return entry
}

/** No bytes are no string. */
function removeTarget(call: Call, args: Args, target: number): void {
  const { db, keyspace } = call
  const entry = db.find(args, target)
  if (entry < 0) return
  db.remove(entry)
  keyspace.changed(db, args, target)
  keyspace.notify(db, notifyClass.generic, 'del', args, target)
  call.logAsReceived()
}

function combined(db: Database, operation: Operation, sources: readonly number[], size: number): Uint8Array {
  const words = new Int32Array(Math.ceil(size / 4))
  const result = new Uint8Array(words.buffer, 0, size)
  for (const [i, entry] of sources.entries()) {
    const sourceSize = entry < 0 ? 0 : db.stringSize(entry)
    const start = entry < 0 ? 0 : db.stringStart(entry)
    if (i === 0) {
      if (entry >= 0) result.set(db.stringChunk(entry).subarray(start, start + sourceSize))
      continue
    }
    for (let at = 0; at < sourceSize; at += pieceBytes) {
      const part = Math.min(pieceBytes, sourceSize - at)
      piece.set(db.stringChunk(entry).subarray(start + at, start + at + part))
      piece.fill(0, part, part + 3)
      combinePiece(operation, words, at / 4, Math.ceil(part / 4))
    }
    if (operation === 'AND') result.fill(0, sourceSize)
  }
  if (operation === 'NOT') for (let i = 0; i < words.length; i++) words[i] = ~words[i]!
  return result
}

function combinePiece(operation: Operation, words: Int32Array, from: number, count: number): void {
  if (operation === 'AND') for (let i = 0; i < count; i++) words[from + i]! &= pieceWords[i]!
  else if (operation === 'OR') for (let i = 0; i < count; i++) words[from + i]! |= pieceWords[i]!
  else for (let i = 0; i < count; i++) words[from + i]! ^= pieceWords[i]!
}
