/** HGETDEL and HGETEX: values, and then the fields go or get another time. */
import { fieldCountInvalid } from '../../broker/hash-errors.ts'
import { Hash } from '../../keyspace/hash.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { isPast, placeOf, readFieldCount } from './field-args.ts'
import { type FieldChanges, fieldsChanged, noChanges } from './field-changes.ts'
import { type FieldGrammar, readFieldOptions } from './field-options.ts'
import { ofHash } from './hash-facts.ts'

/** HGETDEL key FIELDS numfields field [field ...] */
export const hgetdel = defineCommand({
  ...ofHash,
  name: 'hgetdel',
  arity: -5,
  flags: ['write', 'fast'],
  since: '8.0.0',
  summary: 'Answers with the values of fields and removes them.',
  complexity: 'O(N) with N fields',
  syntax: 'key FIELDS numfields field [field ...]',
  run(call) {
    const { args, db } = call
    const entry = db.find(args, args.next())
    const hash = entry < 0 ? undefined : db.objectOf(Hash, entry)
    readFieldCount(args, fieldCountInvalid)
    answerAndChange(call, entry, hash, [args.position, args.count], 0, (place, field, changes) => {
      hash?.remove(place)
      changes.removed.push(field)
    })
  },
})

const grammar: FieldGrammar = { command: 'hgetex', argumentsPerField: 1, withoutTime: 'PERSIST', conditions: [] }

/** HGETEX key [EX seconds | PX milliseconds | EXAT … | PXAT … | PERSIST] FIELDS numfields field [field ...] */
export const hgetex = defineCommand({
  ...ofHash,
  name: 'hgetex',
  arity: -5,
  flags: ['write', 'fast'],
  since: '8.0.0',
  summary: 'Answers with the values of fields and changes when they expire.',
  complexity: 'O(N) with N fields',
  syntax:
    'key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] FIELDS numfields field [field ...]',
  run(call) {
    const { args, db } = call
    const entry = db.find(args, args.next())
    const hash = entry < 0 ? undefined : db.objectOf(Hash, entry)
    const options = readFieldOptions(call, grammar)
    const atMs = options.isWithoutTime ? persists : options.atMs
    if (hash !== undefined && atMs !== undefined && atMs > 0) {
      db.beforeChange(entry)
      hash.prepareExpiry()
    }
    const { firstField, endOfFields } = options
    answerAndChange(call, entry, hash, [firstField, endOfFields], atMs ?? 0, (place, field, changes) => {
      if (hash === undefined || atMs === undefined) return
      if (atMs === persists) {
        if (hash.expiresAtMs(place) > 0) changes.persisted.push(field)
        hash.setExpiry(place, 0)
      } else if (isPast(call, atMs)) {
        hash.remove(place)
        changes.removed.push(field)
      } else {
        hash.setExpiry(place, atMs)
        changes.timed.push(field)
      }
    })
  },
})

/** In place of a time: fields shall stay. */
const persists = -1

/** Answers with the value of each field that is there, of those in the arguments `[first, end)`, and then lets `change`
 *  change it. */
function answerAndChange(
  call: Call,
  entry: number,
  hash: Hash | undefined,
  [first, end]: readonly [first: number, end: number],
  atMs: number,
  change: (place: number, field: number, changes: FieldChanges) => void,
): void {
  const { args, db, reply } = call
  reply.array(end - first)
  const changes = noChanges()
  let isSaved = false
  for (let i = first; i < end; i++) {
    const place = hash === undefined ? -1 : placeOf(args, hash, i)
    if (hash === undefined || place < 0) {
      reply.null()
      continue
    }
    hash.answerValue(reply, place)
    if (!isSaved) db.beforeChange(entry)
    isSaved = true
    change(place, i, changes)
  }
  if (hash !== undefined) fieldsChanged(call, entry, hash, changes, atMs)
}
