/** Publishing. */
import type { FastifyInstance } from 'fastify'
import { readArgument } from '../../json/request-json.ts'
import type { Rooms } from '../application.ts'
import { answerWith } from '../ask.ts'
import { failures, pathOf, result, value } from '../schemas.ts'

const schema = {
  summary: 'Publishes a message',
  description: 'The result is how many subscribers there were.',
  tags: ['channels'],
  params: pathOf('channel'),
  body: { type: 'object', required: ['message'], properties: { message: value }, additionalProperties: false },
  response: { 200: result, ...failures },
}

export async function channelRoutes(app: FastifyInstance, rooms: Rooms): Promise<void> {
  app.post('/v1/channels/:channel', { schema }, (request, reply) => {
    const { channel } = request.params as { channel: string }
    const { message } = request.body as { message: unknown }
    return answerWith(rooms, request, reply, ['PUBLISH', channel, readArgument(message, 'the message')])
  })
}
