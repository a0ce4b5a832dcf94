/** Whether the process lives, and whether it should get work. Nobody needs a password to ask. */
import type { FastifyInstance } from 'fastify'
import { serverFlag } from '../../../server/server-state.ts'
import type { Rooms } from '../application.ts'
import { sendError } from '../refused.ts'

export async function healthRoutes(app: FastifyInstance, { broker }: Rooms): Promise<void> {
  app.get(
    '/healthz',
    { schema: { summary: 'Whether the process lives', tags: ['operation'] } },
    async (_request, reply) => reply.type('application/json').send('{"status":"alive"}'),
  )

  app.get(
    '/readyz',
    { schema: { summary: 'Whether it should get work', tags: ['operation'] } },
    async (_request, reply) => {
      reply.type('application/json')
      if (broker.state.has(serverFlag.loading)) {
        return sendError(reply, 503, 'LOADING', 'LOADING The data is being read.')
      }
      if (broker.state.has(serverFlag.refusing)) {
        return sendError(reply, 503, 'MISCONF', 'MISCONF The log can not be written, so writes are refused.')
      }
      return reply.send('{"status":"ready"}')
    },
  )
}
