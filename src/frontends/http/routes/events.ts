/** Server-sent events: what `EventSource` in a browser and `curl -N` understand.
 *
 *  A stream is followed by its ids, so that a client that comes back misses nothing, and one that reads slowly costs a
 *  cursor and not a buffer. A channel remembers nothing: who does not read is cut. */
import type { FastifyInstance } from 'fastify'
import { normalId } from '../../entry-ids.ts'
import { AnswerTooLong, answerBytesMax, JsonWriter } from '../../json/json-writer.ts'
import { readHeader, writeReply } from '../../json/reply-json.ts'
import type { Rooms } from '../application.ts'
import { asRefusal, CommandFailed, openSession } from '../ask.ts'
import type { Identity } from '../authenticator.ts'
import { alive, EventStream, eventText, heartbeatMs } from '../event-stream.ts'
import { Refused } from '../refused.ts'
import { entryId, eventStream, pathOf, queryOf } from '../schemas.ts'
import { StreamTail } from '../stream-tail.ts'

const streamSchema = {
  summary: 'The entries of a stream as they come',
  description:
    'Each entry is an event whose id is that of the entry. `gap` tells that entries are missing, since they were trimmed before they were sent, or that the stream began anew. The user needs XREAD.',
  tags: ['streams'],
  params: pathOf('key'),
  querystring: queryOf({ after: { ...entryId, description: 'Begins behind this entry; without it, with what comes' } }),
  headers: {
    type: 'object',
    properties: { 'last-event-id': { type: 'string', description: 'As after, which it wins over' } },
  },
  response: eventStream,
}

const channelSchema = {
  summary: 'The messages of a channel as they come',
  tags: ['channels'],
  params: pathOf('channel'),
  querystring: {
    type: 'object',
    properties: {
      pattern: { type: 'string', enum: ['true', 'false'], description: 'The channel is a pattern of channels' },
    },
  },
  response: eventStream,
}

export async function eventRoutes(app: FastifyInstance, rooms: Rooms): Promise<void> {
  app.get('/v1/streams/:key/events', { schema: streamSchema }, async (request, reply) => {
    const { key } = request.params as { key: string }
    const lastEventId = request.headers['last-event-id']
    const after = lastEventId === undefined ? (request.query as { after?: string }).after : String(lastEventId)
    const id = after === undefined ? undefined : normalId(after)
    if (after !== undefined && id === undefined) {
      throw new Refused(400, 'BADREQUEST', 'Last-Event-ID is not the id of an entry.')
    }
    const { session, identity } = await openSession(rooms, request, reply)
    const tail = await StreamTail.open(session, key, { after: id, isResumed: lastEventId !== undefined })
    const events = new EventStream(reply)
    endWithToken(rooms, events, identity)
    // A client that is cut before the first entry comes back to this place, too.
    events.write(`id: ${tail.cursor}\n\n`)
    await follow(tail, events)
  })

  app.get('/v1/channels/:channel/events', { schema: channelSchema }, async (request, reply) => {
    const { channel } = request.params as { channel: string }
    const isPattern = (request.query as { pattern?: string }).pattern === 'true'
    let events: EventStream | undefined
    const { hardBytes } = rooms.broker.config.settings.outputBufferLimits.pubsub
    const { session, identity } = await openSession(rooms, request, reply, {
      onPush: (bytes, start) => {
        if (events === undefined) return
        const text = messageText(bytes, start)
        // Whoever misses a message comes back, so that it knows.
        if (text === undefined) return events.end()
        events.write(text)
        if (hardBytes > 0 && events.pendingBytes > hardBytes) events.cut()
      },
      onClose: () => events?.end(),
    })
    const fault = await session.subscribe(isPattern ? 'PSUBSCRIBE' : 'SUBSCRIBE', channel)
    if (fault !== undefined) throw new CommandFailed(fault)
    events = new EventStream(reply)
    events.keepAlive()
    endWithToken(rooms, events, identity)
  })
}

async function follow(tail: StreamTail, events: EventStream): Promise<void> {
  try {
    while (!events.isClosed) {
      const { gap, entries } = await tail.next(heartbeatMs)
      const texts = entries.map(({ id, json }) => eventText(json, { id }))
      if (gap !== undefined) texts.unshift(eventText(JSON.stringify(gap), { name: 'gap' }))
      await events.send(texts.length === 0 ? alive : texts.join(''))
    }
  } catch (error) {
    // The key became something else, rights were taken away, the token has ended, or the session was closed: whoever comes
    // back is told.
    if (!(error instanceof CommandFailed || asRefusal(error) !== undefined)) throw error
    events.end()
  }
}

function endWithToken({ broker }: Rooms, events: EventStream, { expiresAtMs }: Identity): void {
  if (expiresAtMs !== undefined) events.endIn(expiresAtMs - broker.clockMs())
}

/** A pushed message as an event, undefined when it is too long for one. */
function messageText(bytes: Buffer, start: number): string | undefined {
  try {
    return eventText(messageJson(bytes, start))
  } catch (error) {
    if (error instanceof AnswerTooLong) return undefined
    throw error
  }
}

const writer = new JsonWriter(answerBytesMax)

/** `{"channel":…,"message":…}` from a pushed message; one that came by a pattern names it. */
function messageJson(bytes: Buffer, start: number): string {
  const { count, next } = readHeader(bytes, start)
  const names = count === 4 ? ['"pattern":', '"channel":', '"message":'] : ['"channel":', '"message":']
  // Behind the header comes the kind of message.
  let at = writeReply(writer, bytes, next)
  writer.clear()
  for (const [index, name] of names.entries()) {
    writer.raw(`${index === 0 ? '{' : ','}${name}`)
    at = writeReply(writer, bytes, at)
  }
  writer.raw('}')
  return writer.takeText()
}
