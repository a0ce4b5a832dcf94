/** HTTL HPTTL HEXPIRETIME HPEXPIRETIME HPERSIST: the times of fields, and doing without them. */
import { fieldCountInvalid } from '../../broker/hash-errors.ts'
import { Hash } from '../../keyspace/hash.ts'
import { type Command, defineCommand } from '../command.ts'
import { placeOf, readFieldCount } from './field-args.ts'
import { fieldsChanged, noChanges } from './field-changes.ts'
import { ofHash } from './hash-facts.ts'

const noField = -2
const noTime = -1
const persisted = 1

export const httl = timeCommand('httl', 1000, false, 'Tells in how many seconds fields expire.')
export const hpttl = timeCommand('hpttl', 1, false, 'Tells in how many milliseconds fields expire.')
export const hexpiretime = timeCommand('hexpiretime', 1000, true, 'Tells when fields expire, in seconds.')
export const hpexpiretime = timeCommand('hpexpiretime', 1, true, 'Tells when fields expire, in milliseconds.')

/** HPERSIST key FIELDS numfields field [field ...] */
export const hpersist = defineCommand({
  ...ofHash,
  name: 'hpersist',
  arity: -5,
  flags: ['write', 'fast'],
  since: '7.4.0',
  summary: 'Lets fields stay that would have expired.',
  complexity: 'O(N) with N fields',
  syntax: 'key FIELDS numfields field [field ...]',
  run(call) {
    const { args, db, reply } = call
    const entry = db.find(args, args.next())
    const hash = entry < 0 ? undefined : db.objectOf(Hash, entry)
    readFieldCount(args, fieldCountInvalid)
    reply.array(args.left)
    const changes = noChanges()
    for (let i = args.position; i < args.count; i++) {
      const place = hash === undefined ? -1 : placeOf(args, hash, i)
      if (hash === undefined || place < 0) reply.integer(noField)
      else if (hash.expiresAtMs(place) === 0) reply.integer(noTime)
      else {
        if (changes.persisted.length === 0) db.beforeChange(entry)
        hash.setExpiry(place, 0)
        changes.persisted.push(i)
        reply.integer(persisted)
      }
    }
    if (hash !== undefined) fieldsChanged(call, entry, hash, changes)
  },
})

function timeCommand(name: string, msPerUnit: number, isAbsolute: boolean, summary: string): Command {
  return defineCommand({
    ...ofHash,
    name,
    arity: -5,
    flags: ['readonly', 'fast'],
    since: '7.4.0',
    summary,
    complexity: 'O(N) with N fields',
    syntax: 'key FIELDS numfields field [field ...]',
    run({ args, db, nowMs, reply }) {
      const hash = db.read(Hash, args, args.next())
      readFieldCount(args, fieldCountInvalid)
      reply.array(args.left)
      for (let i = args.position; i < args.count; i++) {
        const place = hash === undefined ? -1 : placeOf(args, hash, i)
        const atMs = hash === undefined || place < 0 ? noField : hash.expiresAtMs(place)
        if (atMs < 0) reply.integer(noField)
        else if (atMs === 0) reply.integer(noTime)
        else reply.integer(Math.ceil((isAbsolute ? atMs : atMs - nowMs) / msPerUnit))
      }
    },
  })
}
