/**
 * Where replies may differ between redis-server and another server, or between two runs of redis-server, and why.
 * Everything that is not listed here must be equal to the byte. Reviewers: each line weakens the oracle; a reason that
 * is only convenience is no reason.
 */

import { redisCommandCategories } from '../../src/commands/facts/redis-commands.ts'
import { openLibraries } from '../../src/scripting/library-payload.ts'
import { printReply } from '../support/notation.ts'
import type { Reply } from '../support/resp-reply.ts'
import { isOutOfBand } from '../support/stage.ts'
import type { Words } from './family.ts'

/** One reason for which replies to some commands are compared by less than their bytes. */
export type Relaxation = {
  readonly name: string
  readonly reason: string
  appliesTo(command: Words): boolean
  /** Whether the two replies agree; the first is redis-server's. */
  agree(reference: Reply, subject: Reply, command: Words): boolean
}

const name = (command: Words): string => (command[0] ?? '').toLowerCase()
const subname = (command: Words): string => `${name(command)} ${(command[1] ?? '').toLowerCase()}`
const is =
  (...names: string[]): ((command: Words) => boolean) =>
  (command) =>
    names.includes(name(command))
const isSub =
  (...names: string[]): ((command: Words) => boolean) =>
  (command) =>
    names.includes(subname(command))

/** All relaxations; of those that apply to a command it is enough that one lets its replies agree. */
export const relaxations: readonly Relaxation[] = [
  {
    name: 'time to live',
    reason: 'the two servers run the command at different moments',
    appliesTo: is('ttl', 'pttl', 'expiretime', 'pexpiretime'),
    agree: (reference, subject, command) => near(reference, subject, /^p/.test(name(command)) ? 2_000 : 2),
  },
  {
    name: 'idle time of pending entries',
    reason: 'milliseconds since the delivery, which was at different moments; all else in the reply is equal',
    appliesTo: is('xpending'),
    agree: (reference, subject) => alike(reference, subject, idleOfPending, 2_000),
  },
  {
    name: 'idle time of consumers',
    reason: 'milliseconds since the consumer was last seen, which was at different moments',
    appliesTo: isSub('xinfo consumers'),
    agree: (reference, subject) => alike(reference, subject, fieldNamed('idle'), 2_000),
  },
  {
    name: 'lag',
    reason: 'Redis gives nil or a wrong lag after XDEL, XTRIM and SETID, ours is exact (checked in the final state)',
    appliesTo: isSub('xinfo groups', 'xinfo stream'),
    agree: (reference, subject) => alike(reference, subject, streamInternals, 2_000),
  },
  {
    name: 'order of a table',
    reason: 'Redis walks a hash table whose seed differs in each process',
    appliesTo: (command) =>
      is(
        'keys',
        'scan',
        'hkeys',
        'hvals',
        'smembers',
        'sinter',
        'sunion',
        'sdiff',
        'sscan',
        'zscan',
        'srandmember',
        'spop',
      )(command) || isSub('pubsub channels', 'pubsub shardchannels')(command),
    agree: (reference, subject) => printReply(sorted(reference)) === printReply(sorted(subject)),
  },
  {
    name: 'order of pairs in a table',
    reason: 'Redis walks a hash table whose seed differs in each process; a field stays with its value',
    appliesTo: is('hgetall', 'hscan'),
    agree: (reference, subject) => printReply(sortedPairs(reference)) === printReply(sortedPairs(subject)),
  },
  {
    name: 'order of libraries and functions',
    reason: 'Redis walks hash tables whose seed differs in each process; what is told of each is compared',
    appliesTo: isSub('function list'),
    agree: (reference, subject) => printReply(sortedLibraries(reference)) === printReply(sortedLibraries(subject)),
  },
  {
    name: 'order of libraries in a dump',
    reason:
      'Redis walks a hash table whose seed differs in each process; all bytes but the checksum are compared as a set',
    appliesTo: isSub('function dump'),
    agree: (reference, subject) => codesOf(reference) === codesOf(subject),
  },
  {
    name: 'fields by chance',
    reason: 'HRANDFIELD draws; only the shape and how many there are can be compared',
    appliesTo: is('hrandfield'),
    agree: (reference, subject) => sameShape(reference, subject),
  },
  {
    name: 'a foreign cursor',
    reason: 'a cursor that the server did not give out itself may continue anywhere; only the shape is compared',
    appliesTo: (command) =>
      (is('scan')(command) && command[1] !== '0') || (is('sscan', 'hscan', 'zscan')(command) && command[2] !== '0'),
    agree: (reference, subject) => isPage(reference) && isPage(subject),
  },
  {
    name: 'a key by chance',
    reason: 'RANDOMKEY draws; only whether there is a key at all can be compared',
    appliesTo: is('randomkey'),
    agree: (reference, subject) => reference.type === subject.type,
  },
  {
    name: 'members of sorted sets by chance',
    reason: 'ZRANDMEMBER draws; only how many answers there are, and of what types, can be compared',
    appliesTo: is('zrandmember'),
    agree: (reference, subject) => printReply(shapeOf(reference)) === printReply(shapeOf(subject)),
  },
  {
    name: 'the form of dumps',
    reason: 'a value may be written in several forms; that each restores the other is tested by rdb-oracle.test.ts',
    appliesTo: is('dump'),
    agree: (reference, subject) => reference.type === subject.type,
  },
  {
    name: 'the number of a client',
    reason: 'each server counts its own connections; that there is one, and where, is compared',
    appliesTo: isSub('client getredir', 'client trackinginfo'),
    agree: (reference, subject) =>
      (reference.type === 'int' && subject.type === 'int' && Number(reference.text) > 0 && Number(subject.text) > 0) ||
      alike(reference, subject, fieldNamed('redirect'), Number.MAX_SAFE_INTEGER),
  },
  {
    name: 'the words of HELP',
    reason: "they are Redis' prose for people, ours are our own; the line above them and the shape are compared",
    appliesTo: (command) => command.length === 2 && command[1]?.toLowerCase() === 'help',
    agree: (reference, subject) => firstLine(reference) !== undefined && firstLine(reference) === firstLine(subject),
  },
  {
    name: 'order of commands in rules',
    reason:
      'Redis walks a hash table whose seed differs in each process for those that no category describes; what is newer ' +
      'than Redis 7.0 it can not name',
    appliesTo: isSub('acl list', 'acl getuser'),
    agree: (reference, subject) => printReply(withSortedRules(reference)) === printReply(withSortedRules(subject)),
  },
  {
    name: 'age and address of a denial',
    reason: 'the servers denied it at different moments, to clients of different numbers and buffers',
    appliesTo: isSub('acl log'),
    agree: (reference, subject) => alike(reference, subject, denialCircumstances, 0),
  },
  {
    name: 'a password by chance',
    reason: 'ACL GENPASS draws; its length and digits are compared',
    appliesTo: isSub('acl genpass'),
    agree: (reference, subject) => digitCount(reference) > 0 && digitCount(reference) === digitCount(subject),
  },
  {
    name: 'who answers HELLO',
    reason: 'it names the program, its version and the number it gave to the connection',
    appliesTo: is('hello'),
    agree: (reference, subject) => alike(reference, subject, greeting, 0),
  },
  {
    name: 'references of queued arguments',
    reason: 'in EXEC Redis counts the queued command that wrote a value as one who refers to it',
    appliesTo: isSub('object refcount'),
    agree: (reference, subject) => printReply(reference) === ':2' && printReply(subject) === ':1',
  },
  {
    name: 'idle time of objects',
    reason: 'seconds since the last access',
    appliesTo: isSub('object idletime'),
    agree: (reference, subject) => reference.type === 'int' && subject.type === 'int',
  },
]

/** Whether two replies to one command agree, by their bytes or by a relaxation. */
export function repliesAgree(referenceReply: Reply, subjectReply: Reply, command: Words): boolean {
  if (printReply(referenceReply) === printReply(subjectReply)) return true
  const isStreams = name(command).startsWith('x')
  const reference = isStreams ? withoutClockIds(referenceReply) : referenceReply
  const subject = isStreams ? withoutClockIds(subjectReply) : subjectReply
  if (printReply(reference) === printReply(subject)) return true
  if (subject.type === 'error' || reference.type === 'error') return isStaleReason(reference, subject, command)
  return relaxations.some((each) => each.appliesTo(command) && each.agree(reference, subject, command))
}

/**
 * XADD ms-* when all sequences of that ms are used up: Redis refuses without saying why and then reads the reason of
 * some earlier failure (errno), so it gives either text; ours is always the one that fits.
 */
function isStaleReason(reference: Reply, subject: Reply, command: Words): boolean {
  if (name(command) !== 'xadd' || reference.type !== 'error' || subject.type !== 'error') return false
  return /^ERR Elements are too large/.test(reference.text) && /equal or smaller than the target/.test(subject.text)
}

/**
 * Out-of-band frames in an order that does not depend on hash tables: UNSUBSCRIBE without names, and the patterns that
 * one message matches, go through a table in Redis. Neighbours of one kind are sorted by name; counts stay in place.
 */
export function sortedMessages(frames: readonly Reply[]): string[] {
  const texts: string[] = []
  for (let at = 0; at < frames.length; ) {
    const kind = kindOf(frames[at]!)
    let end = at + 1
    while (kind !== undefined && end < frames.length && kindOf(frames[end]!) === kind) end++
    const run = frames.slice(at, end)
    if (kind === 'pmessage') texts.push(...run.map((reply) => printReply(reply)).sort())
    else if (kind?.endsWith('unsubscribe')) texts.push(...unsubscriptions(run))
    else texts.push(...run.map((reply) => printReply(reply)))
    at = end
  }
  return texts
}

function kindOf(reply: Reply): string | undefined {
  if (!isOutOfBand(reply) || !('items' in reply)) return undefined
  const kind = reply.items[0]
  return kind?.type === 'bulk' ? kind.text : undefined
}

function unsubscriptions(run: readonly Reply[]): string[] {
  const parts = run.map((reply) => ('items' in reply ? reply.items : []))
  const names = parts.map((items) => printReply(items[1]!)).sort()
  return parts.map(
    (items, index) => `${run[index]!.type} ${printReply(items[0]!)} ${names[index]} ${printReply(items[2]!)}`,
  )
}

type Rule = 'equal' | 'near' | 'any'
/** Says how the value at a path (keys of maps, indexes of arrays) is compared. */
type Ruler = (path: readonly (string | number)[]) => Rule

const fieldNamed =
  (...names: string[]): Ruler =>
  (path) =>
    names.includes(String(path[path.length - 1])) ? 'near' : 'equal'

/** `[[id, consumer, idle, count], …]`: the third of each. */
const idleOfPending: Ruler = (path) => (path.length === 2 && path[1] === 2 ? 'near' : 'equal')

const streamInternals: Ruler = (path) => {
  const last = path[path.length - 1]
  // The radix tree is Redis' way to store a stream; its size is no part of any promise.
  if (last === 'lag' || last === 'radix-tree-keys' || last === 'radix-tree-nodes') return 'any'
  if (last === 'seen-time' || last === 'active-time') return 'near'
  // XINFO STREAM FULL: a group's pending is [[id, consumer, delivered-at, count]], a consumer's [[id, delivered-at, count]].
  const at = path.lastIndexOf('pending')
  const ofConsumer = path.includes('consumers')
  return at >= 0 && path.length === at + 3 && last === (ofConsumer ? 1 : 2) ? 'near' : 'equal'
}

const denialCircumstances: Ruler = (path) =>
  ['age-seconds', 'client-info'].includes(String(path[path.length - 1])) ? 'any' : 'equal'

const greeting: Ruler = (path) => (['server', 'version', 'id'].includes(String(path[0])) ? 'any' : 'equal')

function alike(reference: Reply, subject: Reply, ruler: Ruler, tolerance: number): boolean {
  return alikeAt(reference, subject, ruler, tolerance, [])
}

function alikeAt(a: Reply, b: Reply, ruler: Ruler, tolerance: number, path: readonly (string | number)[]): boolean {
  const rule = ruler(path)
  if (rule === 'any') return true
  if (rule === 'near') return near(a, b, tolerance)
  const left = children(a)
  const right = children(b)
  if (left === undefined || right === undefined) return printReply(a) === printReply(b)
  return (
    a.type === b.type &&
    left.length === right.length &&
    left.every(([key, value], index) => {
      const [otherKey, otherValue] = right[index]!
      return key === otherKey && alikeAt(value, otherValue, ruler, tolerance, [...path, key])
    })
  )
}

/** The fields of a map, or of a flat array that reads like one (RESP2), by name; the items of an array by index. */
function children(reply: Reply): [string | number, Reply][] | undefined {
  if (reply.type === 'map') return reply.entries.map(([key, value]) => ['text' in key ? key.text : '', value])
  if (!('items' in reply)) return undefined
  const { items } = reply
  const names = items.filter((item, index) => index % 2 === 0 && item.type === 'bulk' && /^[a-z-]+$/.test(item.text))
  if (items.length >= 4 && items.length % 2 === 0 && names.length === items.length / 2) {
    return names.map((item, index) => ['text' in item ? item.text : '', items[index * 2 + 1]!])
  }
  return items.map((item, index) => [index, item])
}

function near(a: Reply, b: Reply, tolerance: number): boolean {
  if (a.type !== 'int' || b.type !== 'int') return false
  const left = Number(a.text)
  const right = Number(b.text)
  // Negative answers are codes (-1 no expiry, -2 no key).
  return left < 0 || right < 0 ? left === right : Math.abs(left - right) <= tolerance
}

/** The pairs of a map, of a flat array, or of a page of HSCAN, in an order of their own. */
function sortedPairs(reply: Reply): Reply {
  const byText = (a: Reply, b: Reply): number => (printReply(a) < printReply(b) ? -1 : 1)
  if (reply.type === 'map') {
    return { type: 'map', entries: reply.entries.toSorted(([a], [b]) => byText(a, b)) }
  }
  if (!('items' in reply)) return reply
  const { items } = reply
  if (items.some((item) => 'items' in item)) return { type: reply.type, items: items.map(sortedPairs) }
  const pairs: Reply[] = []
  for (let i = 0; i < items.length; i += 2) pairs.push({ type: 'array', items: items.slice(i, i + 2) })
  return { type: reply.type, items: pairs.sort(byText) }
}

const byPrint = (a: Reply, b: Reply): number => (printReply(a) < printReply(b) ? -1 : 1)

/** FUNCTION LIST with the libraries, and the functions of each, in an order of their own. */
function sortedLibraries(reply: Reply): Reply {
  if (!('items' in reply)) return reply
  return { type: reply.type, items: reply.items.map(withSortedFunctions).sort(byPrint) }
}

function withSortedFunctions(library: Reply): Reply {
  const inOrder = (reply: Reply): Reply =>
    'items' in reply ? { type: reply.type, items: reply.items.toSorted(byPrint) } : reply
  if (library.type === 'map') {
    return { type: 'map', entries: library.entries.map(([name, value]) => [name, inOrder(value)]) }
  }
  return 'items' in library ? { type: library.type, items: library.items.map(inOrder) } : library
}

/** The libraries' codes in what FUNCTION DUMP answered, in an order of their own. */
function codesOf(reply: Reply): string | undefined {
  if (reply.type !== 'bulk') return undefined
  const bytes = Buffer.from(reply.text, 'latin1')
  const codes = Array.from(openLibraries(bytes, 0, bytes.length), (code) => Buffer.from(code).toString('latin1'))
  return JSON.stringify(codes.sort())
}

function sameShape(a: Reply, b: Reply): boolean {
  if (!('items' in a) || !('items' in b)) return a.type === b.type
  const others = b.items
  return a.items.length === others.length && a.items.every((item, index) => sameShape(item, others[index]!))
}

function isPage(reply: Reply): boolean {
  return reply.type === 'array' && reply.items[0]?.type === 'bulk' && reply.items[1]?.type === 'array'
}

/** The first of an array of nothing but simple strings. */
function firstLine(reply: Reply): string | undefined {
  if (reply.type !== 'array' || !reply.items.every((item) => item.type === 'simple')) return undefined
  return reply.items[0] === undefined ? undefined : printReply(reply.items[0])
}

/**
 * XADD * takes the time of the server, so such ids differ, wherever they come back: each is replaced by a number that
 * counts the ids of the reply, so that equal ids stay equal and different ones different. No generator makes up an id
 * of 13 digits.
 */
function withoutClockIds(reply: Reply, seen = new Map<string, string>()): Reply {
  if ('items' in reply) return { type: reply.type, items: reply.items.map((item) => withoutClockIds(item, seen)) }
  if (reply.type === 'map') {
    return { type: 'map', entries: reply.entries.map(([key, value]) => [key, withoutClockIds(value, seen)]) }
  }
  if (reply.type !== 'bulk' || !/^1[6-9]\d{11}-\d+$/.test(reply.text)) return reply
  if (!seen.has(reply.text)) seen.set(reply.text, `clock id ${seen.size}`)
  return { type: 'bulk', text: seen.get(reply.text)! }
}

/** The rules in every text, neighbouring single commands in alphabetical order. */
function withSortedRules(reply: Reply): Reply {
  if ('items' in reply) return { type: reply.type, items: reply.items.map(withSortedRules) }
  if (reply.type === 'map') {
    return { type: 'map', entries: reply.entries.map(([name, value]) => [name, withSortedRules(value)]) }
  }
  return reply.type === 'bulk' ? { type: 'bulk', text: sortedRules(reply.text) } : reply
}

function sortedRules(text: string): string {
  const single = '[+-][a-z][^ )]*'
  return text.replace(new RegExp(`${single}(?: ${single})*`, 'g'), (run) =>
    run.split(' ').filter(isOfRedis).sort().join(' '),
  )
}

function isOfRedis(rule: string): boolean {
  const name = rule.slice(1)
  return redisCommandCategories.has(name) || redisCommandCategories.has(name.split('|')[0]!)
}

/** How many hexadecimal digits the text is made of; 0 when there is anything else in it. */
function digitCount(reply: Reply): number {
  return reply.type === 'bulk' && /^[0-9a-f]+$/.test(reply.text) ? reply.text.length : 0
}

/** The reply with nothing in its strings and numbers. */
function shapeOf(reply: Reply): Reply {
  if ('items' in reply) return { type: reply.type, items: reply.items.map(shapeOf) }
  return reply.type === 'bulk' ? { type: 'bulk', text: '' } : reply.type === 'double' ? { ...reply, text: '' } : reply
}

function sorted(reply: Reply): Reply {
  if (!('items' in reply)) return reply
  const items = reply.items.map(sorted)
  // SCAN's outer pair (cursor, elements) keeps its order.
  if (items.some((item) => 'items' in item)) return { type: reply.type, items }
  return { type: reply.type, items: items.sort((a, b) => (printReply(a) < printReply(b) ? -1 : 1)) }
}
