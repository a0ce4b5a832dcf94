/** OBJECT ENCODING FREQ HELP IDLETIME REFCOUNT: what Redis would say of how it keeps a value. */
import { frequencyNotTracked, idleTimeNotTracked } from '../../broker/errors.ts'
import type { Database } from '../../keyspace/database.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { Hash } from '../../keyspace/hash.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { parseInt64 } from '../../lib/bytes.ts'
import type { Call } from '../call.ts'
import { type Command, defineCommand, defineContainer, noKeys, secondKey } from '../command.ts'
import { helpCommand } from '../help.ts'
import { ofKey } from './key-facts.ts'

/** Strings of more bytes are kept apart from their header (Redis 7.0, `OBJ_ENCODING_EMBSTR_SIZE_LIMIT`). */
const embeddedBytesMax = 44
/** References that Redis counts for the integers it keeps one object for all of. */
const sharedIntegersEnd = 10_000n
const sharedReferences = 0x7fffffff

const subcommandFacts = { ...ofKey, arity: 3, flags: ['readonly'], keys: secondKey, syntax: 'key' } as const

const encoding = defineCommand({
  ...subcommandFacts,
  name: 'encoding',
  since: '2.2.3',
  summary: 'Names the encoding that Redis would give to a value.',
  run(call) {
    const entry = replyUnlessThere(call)
    if (entry >= 0) call.reply.text(encodingOf(call.db, entry))
  },
})

const freq = defineCommand({
  ...subcommandFacts,
  name: 'freq',
  since: '4.0.0',
  summary: 'Answers with the counter of how often a key is used.',
  run(call) {
    const entry = replyUnlessThere(call)
    if (entry < 0) return
    if (!call.keyspace.accessRules.countsUses) throw frequencyNotTracked()
    call.reply.integer(call.db.accesses.frequency(entry, call.nowMs))
  },
})

const help = helpCommand(
  'object',
  'generic',
  '6.2.0',
  ['keyspace'],
  [
    { usage: 'ENCODING <key>', lines: ['Name the encoding that Redis would give to the value.'] },
    { usage: 'FREQ <key>', lines: ['Tell the counter of how often the key is used, while the policy goes by it.'] },
    { usage: 'IDLETIME <key>', lines: ['Tell how many seconds ago the key was last read or written.'] },
    { usage: 'REFCOUNT <key>', lines: ['Tell how many references Redis would count for the value.'] },
  ],
)

const idletime = defineCommand({
  ...subcommandFacts,
  name: 'idletime',
  since: '2.2.3',
  summary: 'Answers with the seconds since a key was last read or written.',
  run(call) {
    const entry = replyUnlessThere(call)
    if (entry < 0) return
    if (call.keyspace.accessRules.countsUses) throw idleTimeNotTracked()
    call.reply.integer(call.db.accesses.idleS(entry, call.nowMs))
  },
})

const refcount = defineCommand({
  ...subcommandFacts,
  name: 'refcount',
  since: '2.2.3',
  summary: 'Answers with the references that Redis would count for a value.',
  run(call) {
    const entry = replyUnlessThere(call)
    if (entry < 0) return
    const value = integerOf(call.db, entry)
    const isSmall = value !== undefined && value >= 0n && value < sharedIntegersEnd
    const mayShare = call.keyspace.accessRules.sharesIntegers && call.db.strings.form(entry) === stringForm.shortest
    const isShared = isSmall && mayShare
    call.reply.integer(isShared ? sharedReferences : 1)
  },
})

export const object: Command = defineContainer(
  {
    ...ofKey,
    name: 'object',
    arity: -2,
    flags: [],
    categories: [],
    keys: noKeys,
    since: '2.2.3',
    summary: 'Tells how a value is kept.',
    complexity: 'Depends on the subcommand',
    syntax: '',
  },
  [encoding, freq, help, idletime, refcount],
)

/** The entry of the next argument; -1 when there is none, which is answered. To ask is no access, and no event. */
function replyUnlessThere({ args, db, reply }: Call): number {
  const entry = db.peek(args, args.next(), true)
  if (entry < 0) reply.null()
  return entry
}

export function encodingOf(db: Database, entry: number): string {
  const object = db.objectAt(entry)
  if (object instanceof SetValue) return object.encoding
  const kind = db.kind(entry)
  if (kind === 'list') return 'quicklist'
  if (object instanceof SortedSet) return object.isCompact && !object.wasSorted ? 'listpack' : 'skiplist'
  if (kind === 'hash') return db.objectOf(Hash, entry).encoding
  if (kind !== 'string') return kind
  if (integerOf(db, entry) !== undefined) return 'int'
  if (db.strings.form(entry) === stringForm.raw) return 'raw'
  return db.stringSize(entry) <= embeddedBytesMax ? 'embstr' : 'raw'
}

/** The string's value if Redis would keep it as an integer. */
function integerOf(db: Database, entry: number): bigint | undefined {
  if (db.kind(entry) !== 'string' || db.strings.form(entry) > stringForm.unshared) return undefined
  const start = db.stringStart(entry)
  return parseInt64(db.stringChunk(entry), start, start + db.stringSize(entry))
}
