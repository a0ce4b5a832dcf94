/** SORT and SORT_RO: the elements of a list, a set or a sorted set in another order, or what keys named after them hold. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { notInteger, syntaxError } from '../../broker/errors.ts'
import { List } from '../../broker/list.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { sliceBytes } from '../../lib/bytes.ts'
import { sortPartially } from '../../lib/partial-sort.ts'
import { ByteRange, wireEnd } from '../../lib/wire-items.ts'
import { WireRun } from '../../lib/wire-run.ts'
import type { Call } from '../call.ts'
import { defineCommand, firstKey } from '../command.ts'
import { ofKey } from './key-facts.ts'
import {
  compareContents,
  compareScores,
  compareTexts,
  compareWeights,
  elementsOf,
  type Sortable,
  type SortElement,
  scoreOf,
  sizeOf,
  sortable,
} from './sort-elements.ts'
import { SortPattern } from './sort-pattern.ts'

/** Elements of one RPUSH in the log: a request has a limit. */
const loggedElementsMax = 1024

const sortFacts = {
  ...ofKey,
  arity: -2,
  categories: ['set', 'sortedset', 'list', 'dangerous'],
  complexity: 'O(N+M*log(M)) with N elements and M answered',
} as const

/** SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA] [STORE destination] */
export const sort = defineCommand({
  ...sortFacts,
  name: 'sort',
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: { ...firstKey, find: findKeys },
  since: '1.0.0',
  summary: 'Sorts the elements of a list, a set or a sorted set, and answers or stores them, or what their keys hold.',
  syntax:
    'key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] [STORE destination]',
  run(call) {
    runSort(call, true)
  },
})

/** SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA] */
export const sortRo = defineCommand({
  ...sortFacts,
  name: 'sort_ro',
  flags: ['readonly', 'movablekeys'],
  keys: { ...firstKey, find: () => [1] },
  since: '7.0.0',
  summary: 'Sorts as SORT does, and stores nothing.',
  syntax: 'key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]',
  run(call) {
    runSort(call, false)
  },
})

interface Options {
  by: SortPattern | undefined
  readonly gets: SortPattern[]
  offset: number
  /** Negative for no limit. */
  count: number
  isDescending: boolean
  isAlpha: boolean
  /** The argument that names the destination; 0 for none. */
  store: number
}

function runSort(call: Call, mayStore: boolean): void {
  const { args, db } = call
  const key = args.next()
  const options = readOptions(call, mayStore)
  const entry = db.lookup(args, key)
  const source = entry < 0 ? new List() : sortable(db.objectAt(entry))
  if (source instanceof SortedSet) source.wasSorted = true
  const elements = sorted(call, source, options)
  if (options.store > 0) store(call, source, elements, options)
  else answer(call, elements, options.gets)
}

function readOptions(call: Call, mayStore: boolean): Options {
  const { args } = call
  const options: Options = {
    by: undefined,
    gets: [],
    offset: 0,
    count: -1,
    isDescending: false,
    isAlpha: false,
    store: 0,
  }
  while (args.left > 0) {
    if (args.token('ASC')) options.isDescending = false
    else if (args.token('DESC')) options.isDescending = true
    else if (args.token('ALPHA')) options.isAlpha = true
    else if (args.left > 2 && args.token('LIMIT')) {
      options.offset = nextNumber(args)
      options.count = nextNumber(args)
    } else if (mayStore && args.left > 1 && args.token('STORE')) options.store = args.next()
    else if (args.left > 1 && args.token('BY')) {
      options.by = new SortPattern(args.copy(args.next()))
      if (options.by.hasStar) mustReadAllKeys(call, 'BY')
    } else if (args.left > 1 && args.token('GET')) {
      mustReadAllKeys(call, 'GET')
      options.gets.push(new SortPattern(args.copy(args.next())))
    } else throw syntaxError()
  }
  return options
}

/** Patterns lead to keys that the request does not name. */
function mustReadAllKeys(call: Call, option: 'BY' | 'GET'): void {
  if (call.server.acl.mayReadAllKeys(call)) return
  throw new ReplyError(`ERR ${option} option of SORT denied due to insufficient ACL permissions.`)
}

/** Beyond 2^53 only the size matters. */
function nextNumber(args: Args): number {
  const value = args.int64(args.next())
  if (value === undefined) throw notInteger()
  return Number(value)
}

/** The elements that are asked for, in order. */
function sorted(call: Call, source: Sortable, options: Options): SortElement[] {
  const size = sizeOf(source)
  const first = Math.min(Math.max(options.offset, 0), size)
  const count = options.count < 0 ? size - first : Math.min(options.count, size - first)
  const isSorted = options.by === undefined || options.by.hasStar
  // A set has no order that one could store.
  const isSetToStore = !isSorted && source instanceof SetValue && (options.store > 0 || call.isScript)
  if (!isSorted && !isSetToStore) return elementsOf(source, first, count, options.isDescending)
  const elements = elementsOf(source, 0, size, false)
  const by = isSetToStore ? undefined : options.by
  const isAlpha = isSetToStore || options.isAlpha
  weigh(call, elements, by, isAlpha)
  const ascending = comparison(by !== undefined, isAlpha, options.store > 0)
  const compare = options.isDescending ? (a: SortElement, b: SortElement) => -ascending(a, b) : ascending
  if (by !== undefined && count < size) sortPartially(elements, compare, first, first + count - 1)
  else elements.sort(compare)
  return elements.slice(first, first + count)
}

/** Notes with each element what it is compared by. */
function weigh({ db }: Call, elements: readonly SortElement[], by: SortPattern | undefined, isAlpha: boolean): void {
  const value = new ByteRange()
  for (const element of elements) {
    const { bytes, start, end } = element
    if (by === undefined) {
      if (!isAlpha) element.score = scoreOf(bytes, start, end)
    } else if (by.find(db, bytes, start, end, value)) {
      if (isAlpha) element.weight = sliceBytes(value.bytes, value.start, value.end)
      else element.score = scoreOf(value.bytes, value.start, value.end)
    }
  }
}

function comparison(isBy: boolean, isAlpha: boolean, isStored: boolean): (a: SortElement, b: SortElement) => number {
  if (!isAlpha) return compareScores
  if (isBy) return (a, b) => compareWeights(a, b, !isStored)
  return isStored ? compareContents : compareTexts
}

function answer({ db, reply }: Call, elements: readonly SortElement[], gets: readonly SortPattern[]): void {
  const value = new ByteRange()
  reply.array(elements.length * Math.max(1, gets.length))
  for (const { bytes, wireStart, start, end } of elements) {
    if (gets.length === 0) reply.wire(bytes, wireStart, end + 2)
    for (const get of gets) {
      if (get.find(db, bytes, start, end, value)) reply.bulk(value.bytes, value.start, value.end)
      else reply.null()
    }
  }
}

/** Puts the elements, or what their keys hold, in place of whatever the destination holds. Nothing is stored as no key. */
function store(call: Call, source: Sortable, elements: readonly SortElement[], options: Options): void {
  const { args, db, keyspace, reply } = call
  const run = gathered(call, elements, options.gets)
  const count = elements.length * Math.max(1, options.gets.length)
  const replaced = db.find(args, options.store)
  const isListReplaced = replaced >= 0 && db.kind(replaced) === 'list'
  if (count === 0 && replaced < 0) return reply.integer(0)
  if (count === 0) db.remove(replaced)
  else {
    const list = new List()
    list.appendWire(run, 0, run.length)
    if (replaced >= 0) db.replaceObject(replaced, list)
    else db.addObject(args, options.store, list)
    keyspace.dirty += count - 1
  }
  keyspace.changed(db, args, options.store)
  // Who waits for a number of elements may find as many now.
  if (isListReplaced && count > 0) keyspace.keyReady(db, args, options.store)
  log(call, source, options, count, run)
  if (count > 0) keyspace.notify(db, notifyClass.list, 'sortstore', args, options.store)
  else keyspace.notify(db, notifyClass.generic, 'del', args, options.store)
  reply.integer(count)
}

/** What is to be stored, in wire form; what is not there is an empty string. */
function gathered({ db }: Call, elements: readonly SortElement[], gets: readonly SortPattern[]): Uint8Array {
  const run = new WireRun()
  const value = new ByteRange()
  for (const { bytes, wireStart, start, end } of elements) {
    if (gets.length === 0) run.wire(bytes, wireStart, end + 2)
    for (const get of gets) {
      if (get.find(db, bytes, start, end, value)) run.bulk(value.bytes, value.start, value.end)
      else run.bulk(bytes, start, start)
    }
  }
  return run.take()
}

/** Of equal weights the order is that of the elements, and that of a set is not part of its state: then what was stored
 *  is logged. */
function log(call: Call, source: Sortable, { by, isAlpha, store: key }: Options, count: number, run: Uint8Array): void {
  const { args, db, effects } = call
  if (!(source instanceof SetValue && by?.hasStar === true && isAlpha && count > 0)) return call.logAsReceived()
  effects.command(db.index, 'DEL', args.copy(key))
  for (let at = 0, left = count; left > 0; left -= loggedElementsMax) {
    const part = Math.min(left, loggedElementsMax)
    let end = at
    for (let i = 0; i < part; i++) end = wireEnd(run, end)
    if (!effects.begin(db.index, part + 2)) return
    effects.text('RPUSH')
    effects.argument(args, key)
    effects.wire(run, at, end)
    at = end
  }
}

/** The key and the last destination, however the options stand. */
function findKeys(args: Args): number[] {
  let destination = 0
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, 'LIMIT')) i += 2
    else if (args.is(i, 'GET') || args.is(i, 'BY')) i++
    else if (args.is(i, 'STORE') && i + 1 < args.count) destination = i + 1
  }
  return destination === 0 ? [1] : [1, destination]
}
