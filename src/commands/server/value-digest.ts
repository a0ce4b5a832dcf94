/** A fingerprint of what a key holds, for DEBUG DIGEST-VALUE: equal values have equal digests, however they came about.
 *  The digests are not those of Redis, which depend on its representations. */
import { createHash, type Hash } from 'node:crypto'
import { List } from '../../broker/list.ts'
import { Stream } from '../../broker/stream.ts'
import type { Database } from '../../keyspace/database.ts'
import { Hash as HashValue } from '../../keyspace/hash.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { ByteRange } from '../../lib/wire-items.ts'
import { hashStream } from './stream-digest.ts'

/** The digest of a key that is not there. */
export const noDigest = '0'.repeat(40)

/** Forty hexadecimal digits for the value and its time to live. */
export function valueDigest(db: Database, entry: number): string {
  const hash = createHash('sha1')
  hash.update(`${db.kind(entry)} ${db.expiresAtMs(entry)}\n`)
  const object = db.objectAt(entry)
  if (object === undefined) {
    const start = db.stringStart(entry)
    hash.update(db.stringChunk(entry).subarray(start, start + db.stringSize(entry)))
  } else if (object instanceof List) hashList(hash, object)
  else if (object instanceof Stream) hashStream(hash, object)
  else if (object instanceof SetValue) hashSet(hash, object)
  else if (object instanceof SortedSet) hashSortedSet(hash, object)
  else if (object instanceof HashValue) hashPairs(hash, object)
  else throw new Error(`no digest of a ${object.kind}`)
  return hash.digest('hex')
}

/** The digest of all databases: of what keys there are and what they hold, in whatever order they came. */
export function keyspaceDigest(databases: readonly Database[]): string {
  const sum = new Uint8Array(20)
  for (const db of databases) {
    for (let entry = 0; entry < db.entryLimit; entry++) {
      if (!db.has(entry)) continue
      const hash = createHash('sha1')
        .update(`${db.index}\n`)
        .update(db.key(entry))
        .update(`\n${valueDigest(db, entry)}`)
      addTo(sum, hash)
    }
  }
  return Buffer.from(sum).toString('hex')
}

function hashList(hash: Hash, list: List): void {
  for (const { bytes, start, end } of list.freeze().chunks) hash.update(bytes.subarray(start, end))
}

/** Members in whatever order add up to the same. */
function hashSet(hash: Hash, set: SetValue): void {
  const sum = new Uint8Array(20)
  set.visit((bytes, start, end) => {
    addTo(sum, createHash('sha1').update(bytes.subarray(start, end)))
    return true
  })
  hash.update(sum)
}

function hashSortedSet(hash: Hash, set: SortedSet): void {
  set.members.visit(0, set.size, false, (bytes, start, end, score) => {
    hash.update(`${score} ${end - start} `)
    hash.update(bytes.subarray(start, end))
  })
}

/** Fields have no order. */
function hashPairs(hash: Hash, value: HashValue): void {
  const range = new ByteRange()
  const sum = new Uint8Array(20)
  for (let place = value.first(); place >= 0; place = value.next(place)) {
    const pair = createHash('sha1')
    value.readField(place, range)
    pair
      .update(`${value.expiresAtMs(place)} ${range.end - range.start}\n`)
      .update(range.bytes.subarray(range.start, range.end))
    value.readValue(place, range)
    pair.update(range.bytes.subarray(range.start, range.end))
    addTo(sum, pair)
  }
  hash.update(sum)
}

/** Adds a digest to a sum that does not tell in which order it was added to. */
function addTo(sum: Uint8Array, hash: Hash): void {
  hash.digest().forEach((byte, i) => {
    sum[i]! ^= byte
  })
}
