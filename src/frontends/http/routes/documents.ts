/** The OpenAPI document, which is made from the routes' schemas, and a page that shows it. */
import type { FastifyInstance } from 'fastify'
import { readerPage, readerScript, readerStyle } from '../reader.ts'

export async function documentRoutes(app: FastifyInstance): Promise<void> {
  const hidden = { schema: { hide: true } }
  app.get('/openapi.json', hidden, async () => app.swagger())
  app.get('/reader', hidden, async (_request, reply) => reply.type('text/html; charset=utf-8').send(readerPage))
  app.get('/reader.css', hidden, async (_request, reply) => reply.type('text/css; charset=utf-8').send(readerStyle))
  app.get('/reader.js', hidden, async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(readerScript),
  )
}
