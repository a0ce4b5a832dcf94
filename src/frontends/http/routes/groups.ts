/** Consumer groups: what they are, what is pending, and the work of a consumer. */
import type { FastifyInstance } from 'fastify'
import { answerBytesMax, JsonWriter } from '../../json/json-writer.ts'
import { readHeader, writeReply } from '../../json/reply-json.ts'
import type { Rooms } from '../application.ts'
import { answerWith, ask, askJson, openSession } from '../ask.ts'
import { sendJson } from '../refused.ts'
import * as schemas from '../schemas.ts'
import { entriesBody, readEntries } from './streams.ts'

const pendingDefault = '100'

const groupPath = schemas.pathOf('key', 'group')
const tags = ['groups']
const failures = schemas.failures
const name = { type: 'string', minLength: 1 }
const ids = { type: 'array', items: schemas.entryId, minItems: 1, maxItems: 10_000 }
const whole = (description: string) => ({ type: 'integer', minimum: 0, maximum: 2 ** 48, description })

function body(required: readonly string[], properties: Readonly<Record<string, object>>) {
  return { type: 'object', required, properties, additionalProperties: false }
}

interface GroupPath {
  readonly key: string
  readonly group: string
}

export async function groupRoutes(app: FastifyInstance, rooms: Rooms): Promise<void> {
  describeGroups(app, rooms)
  describePending(app, rooms)
  read(app, rooms)
  claim(app, rooms)
  settle(app, rooms)
}

function describeGroups(app: FastifyInstance, rooms: Rooms): void {
  const response = { 200: schemas.result, ...failures }
  const params = schemas.pathOf('key')
  const querystring = schemas.databaseQuery
  const list = { summary: 'Groups of a stream, as XINFO GROUPS tells them', tags, params, querystring, response }
  app.get('/v1/streams/:key/groups', { schema: list }, (request, reply) =>
    answerWith(rooms, request, reply, ['XINFO', 'GROUPS', (request.params as GroupPath).key]),
  )

  const creation = {
    summary: 'Makes a group',
    tags,
    params,
    querystring,
    body: body(['group'], {
      group: name,
      after: {
        type: 'string',
        pattern: '^(\\$|\\d{1,20}(-\\d{1,20})?)$',
        description: '$, the default, for what comes',
      },
      makeStream: { type: 'boolean', description: 'Makes the stream, too' },
    }),
    response,
  }
  app.post('/v1/streams/:key/groups', { schema: creation }, (request, reply) => {
    const { key } = request.params as GroupPath
    const { group, after = '$', makeStream } = request.body as { group: string; after?: string; makeStream?: boolean }
    const words = ['XGROUP', 'CREATE', key, group, after, ...(makeStream === true ? ['MKSTREAM'] : [])]
    return answerWith(rooms, request, reply, words)
  })

  const consumers = { summary: 'Consumers of a group', tags, params: groupPath, querystring, response }
  app.get('/v1/streams/:key/groups/:group/consumers', { schema: consumers }, (request, reply) => {
    const { key, group } = request.params as GroupPath
    return answerWith(rooms, request, reply, ['XINFO', 'CONSUMERS', key, group])
  })
}

function describePending(app: FastifyInstance, rooms: Rooms): void {
  const writer = new JsonWriter(answerBytesMax)
  const schema = {
    summary: 'Pending entries of a group: how many, and a list',
    tags,
    params: groupPath,
    querystring: schemas.queryOf({
      after: schemas.entryId,
      count: schemas.count,
      consumer: { ...name, description: 'Those of this consumer alone' },
      idle: schemas.digitsOf('Those alone that nobody has touched for so many milliseconds'),
    }),
    response: { 200: schemas.pending, ...failures },
  }
  app.get('/v1/streams/:key/groups/:group/pending', { schema }, async (request, reply) => {
    const { key, group } = request.params as GroupPath
    const query = request.query as { after?: string; count?: string; consumer?: string; idle?: string }
    const { session } = await openSession(rooms, request, reply)
    const lower = query.after === undefined ? '-' : `(${query.after}`
    const details = [
      ...(query.idle === undefined ? [] : ['IDLE', query.idle]),
      ...[lower, '+', query.count ?? pendingDefault],
      ...(query.consumer === undefined ? [] : [query.consumer]),
    ]
    const [summary, list] = await Promise.all([
      askJson(session, ['XPENDING', key, group]),
      ask(session, ['XPENDING', key, group, ...details]),
    ])
    const [total] = JSON.parse(summary) as [number]
    writePending(writer, list)
    return sendJson(reply, 200, `{"total":${total},"entries":${writer.takeText()}}`)
  })
}

const pendingNames = ['{"id":', ',"consumer":', ',"idleMs":', ',"deliveries":']

/** Rows of id, consumer, time and count as objects. */
function writePending(writer: JsonWriter, bytes: Buffer): void {
  const { count, next } = readHeader(bytes, 0)
  let at = next
  writer.raw('[')
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.raw(',')
    at = readHeader(bytes, at).next
    for (const each of pendingNames) {
      writer.raw(each)
      at = writeReply(writer, bytes, at)
    }
    writer.raw('}')
  }
  writer.raw(']')
}

function read(app: FastifyInstance, rooms: Rooms): void {
  const reading = {
    summary: 'Reads entries as a consumer',
    description: 'New entries, or with `after` those again that the consumer has not acknowledged.',
    tags,
    params: groupPath,
    querystring: schemas.databaseQuery,
    body: body(['consumer'], {
      consumer: name,
      count: whole('How many, at most; 10 where it is left out'),
      blockMs: { ...whole('Waits so long for the first one'), minimum: 1, maximum: 60_000 },
      after: schemas.entryId,
      noAck: { type: 'boolean', description: 'They count as acknowledged at once' },
    }),
    response: { 200: schemas.entries, ...failures },
  }
  app.post('/v1/streams/:key/groups/:group/read', { schema: reading }, async (request, reply) => {
    const { key, group } = request.params as GroupPath
    const asked = request.body as {
      consumer: string
      count?: number
      blockMs?: number
      after?: string
      noAck?: boolean
    }
    const { session } = await openSession(rooms, request, reply)
    const words = [
      ...['XREADGROUP', 'GROUP', group, asked.consumer, 'COUNT', String(asked.count ?? 10)],
      ...(asked.blockMs === undefined ? [] : ['BLOCK', String(asked.blockMs)]),
      ...(asked.noAck === true ? ['NOACK'] : []),
      ...['STREAMS', key, asked.after ?? '>'],
    ]
    return sendJson(reply, 200, entriesBody(await ask(session, words), readEntries))
  })
}

function claim(app: FastifyInstance, rooms: Rooms): void {
  const writer = new JsonWriter(answerBytesMax)
  const claiming = {
    summary: 'Takes over entries that others have had for long',
    description: 'Those with the ids, or without ids whatever is found; then `next` says where to go on.',
    tags,
    params: groupPath,
    querystring: schemas.databaseQuery,
    body: body(['consumer', 'minIdleMs'], {
      consumer: name,
      minIdleMs: whole('For how long nobody has touched them'),
      ids,
      after: schemas.entryId,
      count: whole('How many, at most, without ids; 100 where it is left out'),
    }),
    response: { 200: schemas.claimed, ...failures },
  }
  app.post('/v1/streams/:key/groups/:group/claim', { schema: claiming }, async (request, reply) => {
    const { key, group } = request.params as GroupPath
    const asked = request.body as {
      consumer: string
      minIdleMs: number
      ids?: string[]
      after?: string
      count?: number
    }
    const { session } = await openSession(rooms, request, reply)
    const who = [key, group, asked.consumer, String(asked.minIdleMs)]
    if (asked.ids !== undefined) {
      return sendJson(reply, 200, entriesBody(await ask(session, ['XCLAIM', ...who, ...asked.ids])))
    }
    const scan = ['XAUTOCLAIM', ...who, asked.after ?? '0-0', 'COUNT', String(asked.count ?? 100)]
    const bytes = await ask(session, scan)
    const list = writeReply(writer, bytes, readHeader(bytes, 0).next)
    const next = writer.takeText()
    const body = entriesBody(bytes.subarray(list))
    return sendJson(reply, 200, `${body.slice(0, -1)},"next":${next}}`)
  })
}

function settle(app: FastifyInstance, rooms: Rooms): void {
  const querystring = schemas.databaseQuery
  const response = { 200: schemas.result, ...failures }
  const acknowledging = {
    summary: 'Acknowledges entries',
    tags,
    params: groupPath,
    querystring,
    body: body(['ids'], { ids }),
    response,
  }
  app.post('/v1/streams/:key/groups/:group/ack', { schema: acknowledging }, (request, reply) => {
    const { key, group } = request.params as GroupPath
    const asked = request.body as { ids: string[] }
    return answerWith(rooms, request, reply, ['XACK', key, group, ...asked.ids])
  })

  const returning = {
    summary: 'Hands entries back, for others to take at once',
    tags,
    params: groupPath,
    querystring,
    body: body(['ids'], {
      ids,
      mode: {
        type: 'string',
        enum: ['silent', 'fail', 'fatal'],
        description: 'Whether the delivery counts: not at all, as one (the default), or as the last',
      },
    }),
    response,
  }
  app.post('/v1/streams/:key/groups/:group/nack', { schema: returning }, (request, reply) => {
    const { key, group } = request.params as GroupPath
    const asked = request.body as { ids: string[]; mode?: string }
    const words = ['XNACK', key, group, (asked.mode ?? 'fail').toUpperCase(), 'IDS', String(asked.ids.length)]
    return answerWith(rooms, request, reply, [...words, ...asked.ids])
  })
}
