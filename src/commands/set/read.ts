/** SMEMBERS, SISMEMBER, SMISMEMBER, SCARD, SSCAN. */
import { SetValue } from '../../keyspace/set-value.ts'
import { WireRun } from '../../lib/wire-run.ts'
import { defineCommand } from '../command.ts'
import { matchesPattern, readScanCursor, readScanOptions } from '../scan-options.ts'
import { ofSet } from './set-facts.ts'

/** SMEMBERS key */
export const smembers = defineCommand({
  ...ofSet,
  name: 'smembers',
  arity: 2,
  flags: ['readonly'],
  since: '1.0.0',
  summary: 'Lists all members of a set.',
  complexity: 'O(N) with N members',
  syntax: 'key',
  run({ args, db, reply }) {
    const set = db.read(SetValue, args, args.next())
    reply.set(set?.size ?? 0)
    set?.answer(reply)
  },
})

/** SISMEMBER key member */
export const sismember = defineCommand({
  ...ofSet,
  name: 'sismember',
  arity: 3,
  flags: ['readonly', 'fast'],
  since: '1.0.0',
  summary: 'Tells whether a set has a member.',
  syntax: 'key member',
  run({ args, db, reply }) {
    const set = db.read(SetValue, args, args.next())
    const member = args.next()
    reply.integer(set?.has(args.bytes, args.starts[member]!, args.ends[member]!) === true ? 1 : 0)
  },
})

/** SMISMEMBER key member [member ...] */
export const smismember = defineCommand({
  ...ofSet,
  name: 'smismember',
  arity: -3,
  flags: ['readonly', 'fast'],
  since: '6.2.0',
  summary: 'Tells of each of several members whether a set has it.',
  complexity: 'O(1) for every member',
  syntax: 'key member [member ...]',
  run({ args, db, reply }) {
    const set = db.read(SetValue, args, args.next())
    reply.array(args.left)
    while (args.left > 0) {
      const member = args.next()
      reply.integer(set?.has(args.bytes, args.starts[member]!, args.ends[member]!) === true ? 1 : 0)
    }
  },
})

/** SCARD key */
export const scard = defineCommand({
  ...ofSet,
  name: 'scard',
  arity: 2,
  flags: ['readonly', 'fast'],
  since: '1.0.0',
  summary: 'Tells how many members a set has.',
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.read(SetValue, args, args.next())?.size ?? 0)
  },
})

/** SSCAN key cursor [MATCH pattern] [COUNT count] */
export const sscan = defineCommand({
  ...ofSet,
  name: 'sscan',
  arity: -3,
  flags: ['readonly'],
  since: '2.8.0',
  summary: 'Lists some members and a cursor to go on from; a member that stays is listed by the time the cursor is 0.',
  complexity: 'O(1) for every call, O(N) for all N members',
  syntax: 'key cursor [MATCH pattern] [COUNT count]',
  run({ args, db, reply }) {
    const key = args.next()
    const position = readScanCursor(args, args.next())
    const set = db.read(SetValue, args, key)
    if (set === undefined) {
      // Whoever finds no set is not told of wrong options.
      reply.array(2)
      reply.text('0')
      return reply.array(0)
    }
    const { count, pattern } = readScanOptions(args, false)
    const members = new WireRun()
    let met = 0
    const next = set.scan(position, count, (bytes, start, end) => {
      if (!matchesPattern(pattern, bytes, start, end)) return
      members.bulk(bytes, start, end)
      met++
    })
    reply.array(2)
    reply.text(String(next))
    reply.array(met)
    const { size } = members
    reply.wire(members.take(), 0, size)
  },
})
