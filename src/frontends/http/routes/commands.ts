/** Any command, as JSON. */
import type { FastifyInstance } from 'fastify'
import { refuseConversational } from '../../inner-session.ts'
import { AnswerTooLong, answerBytesMax } from '../../json/json-writer.ts'
import { readRequest } from '../../json/request-json.ts'
import type { Rooms } from '../application.ts'
import { openSession, statusOf } from '../ask.ts'
import { Refused, sendJson } from '../refused.ts'
import { databaseQuery, failures } from '../schemas.ts'

/** Commands of one pipeline. */
const pipelineCommandsMax = 10_000

const argumentSchema = {
  anyOf: [
    { type: 'string' },
    { type: 'number' },
    { type: 'object', required: ['base64'], properties: { base64: { type: 'string' } }, additionalProperties: false },
  ],
}
const commandSchema = { type: 'array', items: argumentSchema, minItems: 1 }

const schema = {
  summary: 'Runs a command, or several as a pipeline',
  description:
    'A command is an array of its name and arguments; a pipeline is an array of commands and runs in one session, in order. One command that fails has a status of its own; a pipeline always has 200 and tells of each command.',
  tags: ['commands'],
  querystring: databaseQuery,
  body: { anyOf: [commandSchema, { type: 'array', items: commandSchema }] },
  response: {
    200: {
      description: 'The result, or the results of a pipeline',
      content: {
        'application/json': {
          schema: {
            anyOf: [
              { type: 'object', properties: { result: {} } },
              { type: 'array', items: { type: 'object', properties: { result: {}, error: { type: 'object' } } } },
            ],
          },
        },
      },
    },
    ...failures,
  },
}

export async function commandRoutes(app: FastifyInstance, rooms: Rooms): Promise<void> {
  // What is wrong with a command is told by the reader of commands, which is exact; the schema is for the document.
  const validatorCompiler = (): (() => true) => () => true
  app.post('/v1/commands', { schema, validatorCompiler }, async (request, reply) => {
    const { body } = request
    const isPipeline = Array.isArray(body) && Array.isArray(body[0])
    if (isPipeline && body.length > pipelineCommandsMax) {
      throw new Refused(413, 'LIMIT', `A pipeline has at most ${pipelineCommandsMax} commands.`)
    }
    const requests = isPipeline ? body.map(readRequest) : [readRequest(body)]
    for (const each of requests) refuseConversational(rooms.broker, each)
    const { session } = await openSession(rooms, request, reply)
    let size = 0
    const answers = await Promise.all(
      requests.map(async (each) => {
        const { json, fault } = await session.callJson(each)
        size += json.length
        // What nobody will get is not kept until all have been answered.
        if (size > answerBytesMax) return { text: '', fault }
        return { text: fault === undefined ? `{"result":${json}}` : json, fault }
      }),
    )
    if (size > answerBytesMax) throw new AnswerTooLong(answerBytesMax)
    if (isPipeline) return sendJson(reply, 200, `[${answers.map(({ text }) => text).join(',')}]`)
    const { text, fault } = answers[0]!
    return sendJson(reply, fault === undefined ? 200 : statusOf(fault), text)
  })
}
