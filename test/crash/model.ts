/**
 * A naive model of the few commands that one connection uses on keys that nobody else touches. The keys must come back
 * from a crash exactly as they were after the first k of its steps, for a k that is at least the number of acknowledged
 * steps and at most the number of sent ones: which says at once that nothing acknowledged is lost, nothing is torn, the
 * order is kept, and nothing was invented.
 */
import type { RespClient } from '../support/resp-client.ts'
import type { Reply } from '../support/resp-reply.ts'

/** An entry of a stream. The id is undefined while only the server knows which one it chose. */
export interface ModelEntry {
  id: string | undefined
  readonly fields: readonly string[]
}

/** `pending` holds id, consumer and how often it was delivered, by rising id. */
export interface ModelGroup {
  lastDeliveredId: string
  pending: [id: string, consumer: string, deliveredCount: number][]
}

/** `expiries` holds the times of those fields that have one. */
export interface ModelHash {
  type: 'hash'
  fields: Record<string, string>
  expiries: Record<string, number>
}

export type ModelValue =
  | { type: 'string'; text: string; expiresAtMs?: number }
  | { type: 'list'; items: string[] }
  | ModelHash
  | { type: 'set'; members: Record<string, true> }
  | { type: 'zset'; scores: Record<string, number> }
  | { type: 'library'; code: string }
  | { type: 'stream'; entries: ModelEntry[]; groups: Record<string, ModelGroup> }

/** Keys and their values; a key whose collection is empty is not there. Libraries of functions are no keys, and stand here
 *  under names that no key has. */
export type ModelState = Record<string, ModelValue>

export function listAt(state: ModelState, key: string): string[] {
  state[key] ??= { type: 'list', items: [] }
  const value = state[key]
  if (value.type !== 'list') throw new Error(`${key} is no list`)
  return value.items
}

export function streamAt(state: ModelState, key: string): Extract<ModelValue, { type: 'stream' }> {
  state[key] ??= { type: 'stream', entries: [], groups: {} }
  const value = state[key]
  if (value.type !== 'stream') throw new Error(`${key} is no stream`)
  return value
}

export function hashAt(state: ModelState, key: string): ModelHash {
  state[key] ??= { type: 'hash', fields: {}, expiries: {} }
  const value = state[key]
  if (value.type !== 'hash') throw new Error(`${key} is no hash`)
  return value
}

export function membersAt(state: ModelState, key: string): Record<string, true> {
  state[key] ??= { type: 'set', members: {} }
  const value = state[key]
  if (value.type !== 'set') throw new Error(`${key} is no set`)
  return value.members
}

export function scoresAt(state: ModelState, key: string): Record<string, number> {
  state[key] ??= { type: 'zset', scores: {} }
  const value = state[key]
  if (value.type !== 'zset') throw new Error(`${key} is no sorted set`)
  return value.scores
}

export function textAt(state: ModelState, key: string): string | undefined {
  const value = state[key]
  if (value !== undefined && value.type !== 'string') throw new Error(`${key} is no string`)
  return value?.text
}

/** What the server holds under these keys, in the model's form. */
export async function readState(client: RespClient, keys: readonly string[]): Promise<ModelState> {
  const state: ModelState = {}
  const types = await client.pipeline(...keys.map((key) => ['TYPE', key]))
  for (const [index, key] of keys.entries()) {
    const type = textOf(types[index]!)
    if (type === 'string') state[key] = await readString(client, key)
    else if (type === 'list') state[key] = { type, items: textsOf(await client.call('LRANGE', key, '0', '-1')) }
    else if (type === 'hash') state[key] = await readHash(client, key)
    else if (type === 'set') state[key] = { type, members: await readMembers(client, key) }
    else if (type === 'zset') state[key] = { type, scores: await readScores(client, key) }
    else if (type === 'stream') state[key] = await readStream(client, key)
    else if (type !== 'none') throw new Error(`${key} is a ${type}`)
  }
  return state
}

/** Whether the server's state is this one; ids that the model does not know may be any that rise. */
export function agrees(model: ModelState, recovered: ModelState): boolean {
  const keys = Object.keys(model).filter((key) => !isGone(model[key]!))
  if (keys.length !== Object.keys(recovered).length) return false
  return keys.every((key) => recovered[key] !== undefined && valueAgrees(model[key]!, recovered[key]))
}

/** Where two states differ, for whoever has to find out why. */
export function describeDifference(model: ModelState, recovered: ModelState): string {
  const keys = [...new Set([...Object.keys(model), ...Object.keys(recovered)])]
  const differing = keys.filter((key) => {
    const expected = model[key]
    const found = recovered[key]
    if (expected === undefined || isGone(expected)) return found !== undefined
    return found === undefined || !valueAgrees(expected, found)
  })
  const show = (value: ModelValue | undefined) => JSON.stringify(value)?.slice(-600) ?? 'nothing'
  return differing
    .map((key) => `  ${key}\n    due:   ${show(model[key])}\n    found: ${show(recovered[key])}`)
    .join('\n')
}

function isGone(value: ModelValue): boolean {
  if (value.type === 'list') return value.items.length === 0
  if (value.type === 'hash') return isEmpty(value.fields)
  if (value.type === 'set') return isEmpty(value.members)
  return value.type === 'zset' && isEmpty(value.scores)
}

function isEmpty(names: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(names).length === 0
}

function valueAgrees(model: ModelValue, recovered: ModelValue): boolean {
  if (model.type !== 'stream' || recovered.type !== 'stream') return canonical(model) === canonical(recovered)
  if (model.entries.length !== recovered.entries.length) return false
  const entriesAgree = model.entries.every((entry, index) => {
    const found = recovered.entries[index]!
    const rises = index === 0 || compareIds(recovered.entries[index - 1]!.id!, found.id!) < 0
    return rises && (entry.id ?? found.id) === found.id && canonical(entry.fields) === canonical(found.fields)
  })
  return entriesAgree && canonical(model.groups) === canonical(recovered.groups)
}

/** JSON with the names of objects in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** Negative, zero or positive, as for sort; ids are `ms-seq`. */
export function compareIds(a: string, b: string): number {
  const [aMs, aSeq] = a.split('-').map(Number)
  const [bMs, bSeq] = b.split('-').map(Number)
  return aMs! - bMs! || aSeq! - bSeq!
}

async function readString(client: RespClient, key: string): Promise<ModelValue> {
  const [text, expiry] = await client.pipeline(['GET', key], ['PEXPIRETIME', key])
  const expiresAtMs = Number(textOf(expiry!))
  return { type: 'string', text: textOf(text!), ...(expiresAtMs >= 0 ? { expiresAtMs } : {}) }
}

async function readHash(client: RespClient, key: string): Promise<ModelHash> {
  const facts = factsOf(await client.call('HGETALL', key))
  const names = [...facts.keys()]
  const fields = Object.fromEntries([...facts].map(([name, value]) => [name, textOf(value)]))
  const times = await client.call('HPEXPIRETIME', key, 'FIELDS', String(names.length), ...names)
  // Redis 7.0 does not know the command, and has no fields that expire.
  const expiries = times.type === 'error' ? [] : textsOf(times).map((atMs, i) => [names[i]!, Number(atMs)] as const)
  return { type: 'hash', fields, expiries: Object.fromEntries(expiries.filter(([, atMs]) => atMs >= 0)) }
}

async function readMembers(client: RespClient, key: string): Promise<Record<string, true>> {
  return Object.fromEntries(textsOf(await client.call('SMEMBERS', key)).map((member) => [member, true]))
}

async function readScores(client: RespClient, key: string): Promise<Record<string, number>> {
  const facts = factsOf(await client.call('ZRANGE', key, '0', '-1', 'WITHSCORES'))
  return Object.fromEntries([...facts].map(([member, score]) => [member, Number(textOf(score))]))
}

async function readStream(client: RespClient, key: string): Promise<ModelValue> {
  const entries = itemsOf(await client.call('XRANGE', key, '-', '+')).map((entry) => {
    const [id, fields] = itemsOf(entry)
    return { id: textOf(id!), fields: textsOf(fields!) }
  })
  const groups: Record<string, ModelGroup> = {}
  for (const group of itemsOf(await client.call('XINFO', 'GROUPS', key))) {
    const facts = factsOf(group)
    const name = textOf(facts.get('name')!)
    const pending = itemsOf(await client.call('XPENDING', key, name, '-', '+', '1000000')).map((each) => {
      const [id, consumer, , count] = itemsOf(each)
      return [textOf(id!), textOf(consumer!), Number(textOf(count!))] satisfies [string, string, number]
    })
    if (pending.length !== Number(textOf(facts.get('pending')!))) throw new Error(`${key} ${name}: pending miscounted`)
    groups[name] = { lastDeliveredId: textOf(facts.get('last-delivered-id')!), pending }
  }
  return { type: 'stream', entries, groups }
}

/** The text of a reply that has one. */
export function textOf(reply: Reply): string {
  if (!('text' in reply)) throw new Error(`no text in ${JSON.stringify(reply)}`)
  return reply.text
}

/** The items of an array; of a null array none. */
export function itemsOf(reply: Reply): readonly Reply[] {
  if (reply.type === 'null') return []
  if (!('items' in reply)) throw new Error(`no items in ${JSON.stringify(reply)}`)
  return reply.items
}

export function textsOf(reply: Reply): string[] {
  return itemsOf(reply).map(textOf)
}

/** A flat list of names and values, as RESP2 gives a map. */
export function factsOf(reply: Reply): Map<string, Reply> {
  const items = itemsOf(reply)
  const facts = new Map<string, Reply>()
  for (let index = 0; index + 1 < items.length; index += 2) facts.set(textOf(items[index]!), items[index + 1]!)
  return facts
}
