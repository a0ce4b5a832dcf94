/** Streams: reading a range, adding an entry. */
import type { FastifyInstance } from 'fastify'
import { writeEntries } from '../../json/entries-json.ts'
import { answerBytesMax, JsonWriter } from '../../json/json-writer.ts'
import { readHeader, skipReply } from '../../json/reply-json.ts'
import { type Argument, NotRequest, readArgument } from '../../json/request-json.ts'
import type { Rooms } from '../application.ts'
import { answerWith, ask, openSession } from '../ask.ts'
import { sendJson } from '../refused.ts'
import { count, digitsOf, entries, entryId, failures, pathOf, queryOf, result, value } from '../schemas.ts'

const entriesDefault = '100'

const rangeSchema = {
  summary: 'Entries of a stream',
  tags: ['streams'],
  params: pathOf('key'),
  querystring: queryOf({
    after: { ...entryId, description: 'Entries behind this one alone; a time in milliseconds will do' },
    before: { ...entryId, description: 'Entries before this one alone' },
    count: { ...count, description: `How many, at most; ${entriesDefault} where it is left out` },
    reverse: { type: 'string', enum: ['true', 'false'], description: 'The latest first' },
  }),
  response: { 200: entries, ...failures },
}

const fieldsSchema = {
  anyOf: [
    { type: 'object', additionalProperties: value },
    { type: 'array', items: { type: 'array', items: value, minItems: 2, maxItems: 2 } },
  ],
}
const addSchema = {
  summary: 'Adds an entry',
  description:
    'The body has the fields: an object, or an array of pairs where names come twice. With an id of its own the entry is {"id":…,"fields":…}.',
  tags: ['streams'],
  params: pathOf('key'),
  querystring: queryOf({ maxlen: digitsOf('Trims the stream to about so many entries') }),
  body: {
    anyOf: [
      ...fieldsSchema.anyOf,
      { type: 'object', required: ['fields'], properties: { id: { type: 'string' }, fields: fieldsSchema } },
    ],
  },
  response: { 200: result, ...failures },
}

const writer = new JsonWriter(answerBytesMax)

export async function streamRoutes(app: FastifyInstance, rooms: Rooms): Promise<void> {
  app.get('/v1/streams/:key', { schema: rangeSchema }, async (request, reply) => {
    const { key } = request.params as { key: string }
    const query = request.query as { after?: string; before?: string; count?: string; reverse?: string }
    const lower = query.after === undefined ? '-' : `(${query.after}`
    const upper = query.before === undefined ? '+' : `(${query.before}`
    const range = query.reverse === 'true' ? ['XREVRANGE', key, upper, lower] : ['XRANGE', key, lower, upper]
    const { session } = await openSession(rooms, request, reply)
    return sendJson(reply, 200, entriesBody(await ask(session, [...range, 'COUNT', query.count ?? entriesDefault])))
  })

  const validatorCompiler = acceptAnything
  app.post('/v1/streams/:key', { schema: addSchema, validatorCompiler }, async (request, reply) => {
    const { key } = request.params as { key: string }
    const { maxlen } = request.query as { maxlen?: string }
    const { id, fields } = readEntry(request.body)
    const trim = maxlen === undefined ? [] : ['MAXLEN', '~', maxlen]
    return answerWith(rooms, request, reply, ['XADD', key, ...trim, id, ...fields])
  })
}

/** What is wrong with a body that has many forms is told by its reader; its schema is for the document. */
export function acceptAnything(): () => true {
  return () => true
}

/** Where the list of entries begins in an answer of XREAD about one stream, undefined for none. */
export function readEntries(bytes: Buffer): number | undefined {
  const { count, next } = readHeader(bytes, 0)
  return count === 0 ? undefined : skipReply(bytes, next)
}

/** `{"entries":[…]}` from a list of entries, which begins where `find` says. */
export function entriesBody(bytes: Buffer, find: (bytes: Buffer) => number | undefined = () => 0): string {
  const at = find(bytes)
  if (at === undefined) return '{"entries":[]}'
  writer.raw('{"entries":')
  writeEntries(writer, bytes, at)
  writer.raw('}')
  return writer.takeText()
}

interface NewEntry {
  readonly id: string
  /** Names and values in turn. */
  readonly fields: readonly Argument[]
}

/** Throws NotRequest. */
function readEntry(body: unknown): NewEntry {
  if (!isObject(body) || !isFields(body.fields)) return { id: '*', fields: readFields(body) }
  const { id = '*', fields, ...rest } = body
  const strange = Object.keys(rest)[0]
  if (strange !== undefined) throw new NotRequest(`an entry has an id and fields, and no ${JSON.stringify(strange)}`)
  if (typeof id !== 'string') throw new NotRequest('the id of an entry is a string')
  return { id, fields: readFields(fields) }
}

/** A value may be `{"base64":…}`; fields are another object, or an array. */
function isFields(candidate: unknown): boolean {
  return Array.isArray(candidate) || (isObject(candidate) && typeof candidate.base64 !== 'string')
}

function readFields(fields: unknown): Argument[] {
  if (!Array.isArray(fields) && !isObject(fields)) throw new NotRequest('fields are an object or an array of pairs')
  const pairs: unknown[] = Array.isArray(fields) ? fields : Object.entries(fields)
  return pairs.flatMap((pair, index) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new NotRequest(`field ${index} is not a pair`)
    return [readArgument(pair[0], `the name of field ${index}`), readArgument(pair[1], `the value of field ${index}`)]
  })
}

function isObject(candidate: unknown): candidate is Record<string, unknown> {
  return typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate)
}
