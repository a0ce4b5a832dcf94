/** The light ones: XLEN, XDEL, XTRIM, XSETID. */

import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { noSuchKey } from '../../broker/errors.ts'
import { Stream } from '../../broker/stream.ts'
import { StreamId, smallestId } from '../../broker/stream-id.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { defineCommand, firstKey } from '../command.ts'
import { idList, readId, readIds } from './stream-args.ts'
import { logTrim, TrimReader, trimStream } from './trim-args.ts'

export const xlen = defineCommand({
  name: 'xlen',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '5.0.0',
  group: 'stream',
  summary: 'Counts the entries of a stream.',
  complexity: 'O(1)',
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.read(Stream, args, args.next())?.length ?? 0)
  },
})

export const xdel = defineCommand({
  name: 'xdel',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '5.0.0',
  group: 'stream',
  summary: 'Deletes entries by their ids.',
  complexity: 'O(log N) for each id',
  syntax: 'key id [id ...]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) return reply.integer(0)
    const stream = db.objectOf(Stream, entry)
    const idCount = readIds(args)
    db.beforeChange(entry)
    let count = 0
    for (let k = 0; k < idCount; k++) if (stream.delete(idList[k]!)) count++
    if (count > 0) {
      call.logAsReceived()
      keyspace.changed(db, args, key)
      keyspace.notify(db, notifyClass.stream, 'xdel', args, key)
    }
    reply.integer(count)
  },
})

export const xtrim = defineCommand({
  name: 'xtrim',
  arity: -4,
  flags: ['write'],
  categories: ['stream'],
  keys: firstKey,
  since: '5.0.0',
  group: 'stream',
  summary: 'Deletes the oldest entries of a stream.',
  complexity: 'O(N) with N entries deleted',
  syntax: 'key <MAXLEN | MINID> [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const reader = new TrimReader()
    while (args.left > 0) if (!reader.read(args)) args.finish()
    const trim = reader.finish(true)
    const entry = db.find(args, key)
    if (entry < 0) return reply.integer(0)
    const stream = db.objectForChange(Stream, entry)
    const count = trimStream(call, stream, trim)
    if (count > 0) {
      logTrim(call, key, stream, trim.policy)
      keyspace.notify(db, notifyClass.stream, 'xtrim', args, key)
      keyspace.changed(db, args, key)
    }
    reply.integer(count)
  },
})

export const xsetid = defineCommand({
  name: 'xsetid',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '5.0.0',
  group: 'stream',
  summary: "Sets a stream's last id and, if given, its counters.",
  complexity: 'O(1)',
  syntax: 'key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const id = readId(args, args.next())
    let entriesAdded: bigint | undefined
    let maxDeletedId: StreamId | undefined
    while (args.left > 0) {
      if (args.left > 1 && args.token('ENTRIESADDED')) {
        entriesAdded = args.nextInt64()
        if (entriesAdded < 0n) throw new ReplyError('ERR entries_added must be positive')
      } else if (args.left > 1 && args.token('MAXDELETEDID')) {
        maxDeletedId = readId(args, args.next())
        if (id.compare(maxDeletedId) < 0) {
          throw new ReplyError('ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id')
        }
      } else args.finish()
    }
    const entry = db.find(args, key)
    if (entry < 0) throw noSuchKey()
    const stream = db.objectOf(Stream, entry)
    if (stream.length > 0) {
      const last = new StreamId()
      stream.lastLiveId(last)
      if (id.compare(last) < 0) {
        throw new ReplyError('ERR The ID specified in XSETID is smaller than the target stream top item')
      }
      if (entriesAdded !== undefined && entriesAdded < BigInt(stream.length)) {
        throw new ReplyError('ERR The entries_added specified in XSETID is smaller than the target stream length')
      }
    }
    db.beforeChange(entry)
    stream.setLastId(id)
    // An empty stream may begin anew with lower ids.
    stream.keptBefore.set(smallestId)
    if (stream.trimmedId.compare(id) > 0) stream.trimmedId.set(id)
    if (entriesAdded !== undefined) {
      // Who copies a stream says so what the other one had lost.
      if (entriesAdded > stream.entriesAdded) stream.presumeTrimmed()
      stream.entriesAdded = entriesAdded
    }
    if (maxDeletedId !== undefined && maxDeletedId.compare(smallestId) > 0) stream.maxDeletedId.set(maxDeletedId)
    call.logAsReceived()
    // No change to WATCH in Redis 7.0: only entries and the key itself are.
    keyspace.dirty++
    reply.ok()
    keyspace.notify(db, notifyClass.stream, 'xsetid', args, key)
  },
})
