/** Hashes, sets and sorted sets in the format of RDB. We write plain sequences, which Redis packs anew when it loads them;
 *  we read those and all packed forms. What is there twice, or empty, is damaged. */
import { readListpack } from '../../protocol/rdb/listpack.ts'
import { readIntset, readZiplist, readZipmap } from '../../protocol/rdb/packed-forms.ts'
import { RdbError } from '../../protocol/rdb/rdb-error.ts'
import type { RdbReader } from '../../protocol/rdb/rdb-reader.ts'
import type { RdbWriter } from '../../protocol/rdb/rdb-writer.ts'
import { ByteRange } from '../lib/wire-items.ts'
import { WireRun } from '../lib/wire-run.ts'
import type { CollectionSettings } from './collection-settings.ts'
import { fieldExpiryMsMax, Hash } from './hash.ts'
import { SetValue } from './set-value.ts'
import { SortedSet } from './sorted-set.ts'
import type { StoredObject } from './stored-object.ts'

const collectionType = {
  set: 2,
  sortedSetText: 3,
  hash: 4,
  sortedSet: 5,
  hashZipmap: 9,
  setIntset: 11,
  sortedSetZiplist: 12,
  hashZiplist: 13,
  hashListpack: 16,
  sortedSetListpack: 17,
  setListpack: 20,
  hashTimed: 24,
  hashTimedListpack: 25,
} as const

/** The version of the format that has fields with times (Redis 7.4). */
const timedVersion = 12

// Writing: the type's byte and the content.

/** Where fields expire, each stands behind its time: 0 for never, otherwise counted from 1 at the earliest. */
export function writeHash(writer: RdbWriter, hash: Hash): void {
  const range = new ByteRange()
  const earliestMs = hash.nextExpiryAtMs
  const isTimed = earliestMs !== Number.POSITIVE_INFINITY
  writer.byte(isTimed ? collectionType.hashTimed : collectionType.hash)
  if (isTimed) {
    writer.version = timedVersion
    writer.int64(BigInt(earliestMs))
  }
  writer.length(hash.length)
  for (let place = hash.first(); place >= 0; place = hash.next(place)) {
    const atMs = hash.expiresAtMs(place)
    if (isTimed) writer.length(atMs === 0 ? 0 : atMs - earliestMs + 1)
    hash.readField(place, range)
    writer.string(range.bytes, range.start, range.end)
    hash.readValue(place, range)
    writer.string(range.bytes, range.start, range.end)
  }
}

export function writeSet(writer: RdbWriter, set: SetValue): void {
  writer.byte(collectionType.set)
  writer.length(set.size)
  set.visit((bytes, start, end) => {
    writer.string(bytes, start, end)
    return true
  })
}

/** Highest score first, as Redis writes them. */
export function writeSortedSet(writer: RdbWriter, set: SortedSet): void {
  writer.byte(collectionType.sortedSet)
  writer.length(set.size)
  set.members.visit(0, set.size, true, (bytes, start, end, score) => {
    writer.string(bytes, start, end)
    writer.double(score)
  })
}

// Reading.

/** The collection behind its type's byte; undefined when the type is none of a collection. Throws RdbError. */
export function readCollection(
  reader: RdbReader,
  type: number,
  settings: CollectionSettings,
): StoredObject | undefined {
  switch (type) {
    case collectionType.set:
      return setOf(strings(reader, 1), settings)
    case collectionType.setIntset:
      return setOf(readIntset(reader.string()), settings)
    case collectionType.setListpack:
      return setOf(readListpack(reader.string()), settings)
    case collectionType.hash:
      return hashOf(strings(reader, 2), settings)
    case collectionType.hashTimed:
      return timedHashOf(timedFields(reader), settings)
    case collectionType.hashTimedListpack:
      return timedHashOf(packedTimedFields(reader), settings)
    case collectionType.hashZipmap:
      return hashOf(readZipmap(reader.string()), settings)
    case collectionType.hashZiplist:
      return hashOf(readZiplist(reader.string()), settings)
    case collectionType.hashListpack:
      return hashOf(readListpack(reader.string()), settings)
    case collectionType.sortedSetText:
      return sortedSetOf(
        scored(reader, () => reader.textDouble()),
        settings,
      )
    case collectionType.sortedSet:
      return sortedSetOf(
        scored(reader, () => reader.double()),
        settings,
      )
    case collectionType.sortedSetZiplist:
      return sortedSetOf(packedScores(readZiplist(reader.string())), settings)
    case collectionType.sortedSetListpack:
      return sortedSetOf(packedScores(readListpack(reader.string())), settings)
    default:
      return undefined
  }
}

type TimedField = readonly [field: Uint8Array, value: Uint8Array, atMs: number]

function* timedFields(reader: RdbReader): Generator<TimedField> {
  const earliestMs = Number(reader.int64())
  for (let left = reader.count(); left > 0; left--) {
    const offset = Number(reader.bigLength())
    const atMs = offset === 0 ? 0 : earliestMs + offset - 1
    yield [reader.string(), reader.string(), atMs]
  }
}

/** The earliest time is in front, too, but the times are whole. */
function* packedTimedFields(reader: RdbReader): Generator<TimedField> {
  reader.int64()
  const elements = readListpack(reader.string())
  if (elements.length % 3 !== 0) throw new RdbError('a hash has a field without a value or time')
  for (let i = 0; i < elements.length; i += 3) {
    const text = Buffer.from(elements[i + 2]!).toString('latin1')
    yield [elements[i]!, elements[i + 1]!, /^\d+$/.test(text) ? Number(text) : Number.NaN]
  }
}

type Scored = readonly [member: Uint8Array, score: number]

/** Strings behind a count of groups of so many. */
function* strings(reader: RdbReader, perCount: number): Generator<Uint8Array> {
  for (let left = reader.count() * perCount; left > 0; left--) yield reader.string()
}

function* scored(reader: RdbReader, score: () => number): Generator<Scored> {
  for (let left = reader.count(); left > 0; left--) yield [reader.string(), score()]
}

function* packedScores(elements: readonly Uint8Array[]): Generator<Scored> {
  for (let i = 0; i < elements.length; i += 2) yield [elements[i]!, scoreOf(elements[i + 1])]
}

function scoreOf(element: Uint8Array | undefined): number {
  const text = element === undefined ? '' : Buffer.from(element).toString('latin1')
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new RdbError('a score is no number')
  return Number(text)
}

function setOf(members: Iterable<Uint8Array>, settings: CollectionSettings): SetValue {
  const set = new SetValue(settings)
  for (const member of members) {
    if (!set.add(member, 0, member.length)) throw new RdbError('a set has a member twice')
  }
  if (set.size === 0) throw new RdbError('a set has no members')
  return set
}

function hashOf(pairs: Iterable<Uint8Array>, settings: CollectionSettings): Hash {
  const hash = new Hash(settings)
  const run = new WireRun()
  let field: Uint8Array | undefined
  for (const each of pairs) {
    if (field === undefined) {
      field = each
      continue
    }
    if (hash.find(field, 0, field.length) >= 0) throw new RdbError('a hash has a field twice')
    run.bulk(field, 0, field.length)
    run.bulk(each, 0, each.length)
    const pair = run.take()
    hash.add(pair, 0, pair.length)
    field = undefined
  }
  if (field !== undefined) throw new RdbError('a hash has a field without a value')
  if (hash.length === 0) throw new RdbError('a hash has no fields')
  return hash
}

function* withoutTimes(fields: readonly TimedField[]): Generator<Uint8Array> {
  for (const [field, value] of fields) {
    yield field
    yield value
  }
}

function timedHashOf(fields: Iterable<TimedField>, settings: CollectionSettings): Hash {
  const all = [...fields]
  const hash = hashOf(withoutTimes(all), settings)
  hash.prepareExpiry()
  for (const [field, , atMs] of all) {
    if (!(atMs >= 0 && atMs <= fieldExpiryMsMax)) throw new RdbError('a field has a time that none can have')
    if (atMs > 0) hash.setExpiry(hash.find(field, 0, field.length), atMs)
  }
  return hash
}

function sortedSetOf(members: Iterable<Scored>, settings: CollectionSettings): SortedSet {
  const set = new SortedSet(settings)
  for (const [member, score] of members) {
    if (Number.isNaN(score)) throw new RdbError('a score is no number')
    if (set.find(member, 0, member.length) >= 0) throw new RdbError('a sorted set has a member twice')
    set.add(member, 0, member.length, score)
  }
  if (set.size === 0) throw new RdbError('a sorted set has no members')
  return set
}
