/** LLEN, LRANGE, LINDEX: reading without searching. */
import { List } from '../../broker/list.ts'
import { ListElement } from '../../broker/list-chunk.ts'
import { defineCommand, firstKey } from '../command.ts'
import { nextIndex } from './indexes.ts'

/** The element at hand; only within one call. */
const element = new ListElement()

/** LLEN key */
export const llen = defineCommand({
  name: 'llen',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['list'],
  keys: firstKey,
  since: '1.0.0',
  group: 'list',
  summary: 'Tells how many elements a list has.',
  complexity: 'O(1)',
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.read(List, args, args.next())?.length ?? 0)
  },
})

/** LRANGE key start stop */
export const lrange = defineCommand({
  name: 'lrange',
  arity: 4,
  flags: ['readonly'],
  categories: ['list'],
  keys: firstKey,
  since: '1.0.0',
  group: 'list',
  summary: 'Reads the elements between two indexes.',
  complexity: 'O(C+N) with C chunks passed over and N elements read',
  syntax: 'key start stop',
  run({ args, db, reply }) {
    const key = args.next()
    const start = nextIndex(args)
    const stop = nextIndex(args)
    const list = db.read(List, args, key)
    const length = list?.length ?? 0
    const first = start < 0 ? Math.max(0, start + length) : start
    const last = Math.min(stop < 0 ? stop + length : stop, length - 1)
    if (list === undefined || first > last) return reply.array(0)
    reply.array(last - first + 1)
    list.answerRange(reply, first, last - first + 1)
  },
})

/** LINDEX key index */
export const lindex = defineCommand({
  name: 'lindex',
  arity: 3,
  flags: ['readonly'],
  categories: ['list'],
  keys: firstKey,
  since: '1.0.0',
  group: 'list',
  summary: 'Reads the element at an index.',
  complexity: 'O(C) with C chunks passed over',
  syntax: 'key index',
  run({ args, db, reply }) {
    const list = db.read(List, args, args.next())
    if (list === undefined) return reply.null()
    const index = nextIndex(args)
    const fromFront = index < 0 ? index + list.length : index
    if (fromFront < 0 || fromFront >= list.length) return reply.null()
    list.at(fromFront, element)
    reply.wire(element.bytes, element.start, element.end)
  },
})
