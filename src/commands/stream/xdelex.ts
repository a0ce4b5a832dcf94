/** XDELEX and XACKDEL: entries go, and what groups know of them goes too, stays, or forbids it. */
import type { Reply } from '../../../protocol/resp/reply.ts'
import { Stream } from '../../broker/stream.ts'
import { dropReferences, isReferenced } from '../../broker/stream-references.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand, firstKey } from '../command.ts'
import { readPolicyAndIds } from './ids-block.ts'
import { findGroup, idList } from './stream-args.ts'

/** What became of each id. */
const outcome = { missing: -1, deleted: 1, kept: 2 } as const

const facts = {
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '8.2.0',
  group: 'stream',
  complexity: 'O(G log N) for each id, with G groups',
} as const

export const xdelex = defineCommand({
  ...facts,
  name: 'xdelex',
  arity: -5,
  summary: 'Deletes entries by their ids, and says what becomes of what groups know of them.',
  syntax: 'key [KEEPREF | DELREF | ACKED] IDS numids id [id ...]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    const stream = entry < 0 ? undefined : db.objectOf(Stream, entry)
    const { policy, ids } = readPolicyAndIds(args)
    if (stream === undefined) return replyMissing(reply, ids.count)
    const idCount = ids.finish(args)
    db.beforeChange(entry)
    let deleted = 0
    let hasDropped = false
    reply.array(idCount)
    for (let k = 0; k < idCount; k++) {
      const id = idList[k]!
      // A reference goes even when its entry went before.
      if (policy === 'delref' && dropReferences(stream, id)) hasDropped = true
      if (!stream.has(id)) reply.integer(outcome.missing)
      else if (policy === 'acked' && isReferenced(stream, id)) reply.integer(outcome.kept)
      else {
        stream.delete(id)
        deleted++
        reply.integer(outcome.deleted)
      }
    }
    if (deleted === 0 && !hasDropped) return
    call.logAsReceived()
    if (deleted > 0) noteDeleted(call, key)
    else keyspace.dirty++
  },
})

export const xackdel = defineCommand({
  ...facts,
  name: 'xackdel',
  arity: -6,
  summary: 'Acknowledges entries and deletes them, and says what becomes of what other groups know of them.',
  syntax: 'key group [KEEPREF | DELREF | ACKED] IDS numids id [id ...]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const groupName = args.next()
    const entry = db.find(args, key)
    const stream = entry < 0 ? undefined : db.objectOf(Stream, entry)
    const group = findGroup(stream, args, groupName)
    const { policy, ids } = readPolicyAndIds(args)
    if (stream === undefined || group === undefined) return replyMissing(reply, ids.count)
    const idCount = ids.finish(args)
    db.beforeChange(entry)
    let acknowledged = 0
    let deleted = 0
    reply.array(idCount)
    for (let k = 0; k < idCount; k++) {
      const id = idList[k]!
      if (!group.acknowledge(id)) {
        reply.integer(outcome.missing)
        continue
      }
      acknowledged++
      if (policy === 'acked' && isReferenced(stream, id)) {
        reply.integer(outcome.kept)
        continue
      }
      if (policy === 'delref') dropReferences(stream, id)
      if (stream.delete(id)) deleted++
      reply.integer(outcome.deleted)
    }
    if (acknowledged === 0) return
    call.logAsReceived()
    keyspace.dirty += acknowledged
    if (deleted > 0) noteDeleted(call, key)
  },
})

/** Where nothing can have them, nobody looks whether they are ids. */
function replyMissing(reply: Reply, idCount: number): void {
  reply.array(idCount)
  for (let k = 0; k < idCount; k++) reply.integer(outcome.missing)
}

function noteDeleted({ args, db, keyspace }: Call, key: number): void {
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.stream, 'xdel', args, key)
}
