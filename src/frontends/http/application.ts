/** The HTTP application: what all answers have in common, and the routes. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import fastifySwagger from '@fastify/swagger'
import { type FastifyError, type FastifyInstance, fastify } from 'fastify'
import type { Broker } from '../../server/broker.ts'
import { asRefusal, CommandFailed, statusOf } from './ask.ts'
import type { Gate } from './gate.ts'
import { Refused, sendError } from './refused.ts'
import { channelRoutes } from './routes/channels.ts'
import { commandRoutes } from './routes/commands.ts'
import { consoleRoutes } from './routes/console.ts'
import { documentRoutes } from './routes/documents.ts'
import { eventRoutes } from './routes/events.ts'
import { groupRoutes } from './routes/groups.ts'
import { healthRoutes } from './routes/health.ts'
import { metricRoutes } from './routes/metrics.ts'
import { streamRoutes } from './routes/streams.ts'

/** A path's parameter, percent-decoded: a key, a channel, a group. */
const parameterCharactersMax = 4096
const requestMsMax = 60_000
const headersMsMax = 20_000
const keepAliveMsMax = 75_000

/** What routes need. */
export interface Rooms {
  readonly broker: Broker
  readonly gate: Gate
}

export interface ApplicationOptions extends Rooms {
  readonly createServer: (handler: (request: IncomingMessage, response: ServerResponse) => void) => HttpServer
}

/** Pages come from here alone, and nothing frames them. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const allRoutes = [
  consoleRoutes,
  healthRoutes,
  metricRoutes,
  documentRoutes,
  commandRoutes,
  streamRoutes,
  groupRoutes,
  channelRoutes,
  eventRoutes,
]

/** What the document says beside the routes. */
function openApi(version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      description: 'A message broker over HTTP: every command, streams with consumer groups, channels, and events.',
      version,
    },
    components: {
      securitySchemes: {
        password: { type: 'http' as const, scheme: 'basic' },
        token: { type: 'http' as const, scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
    security: [{}, { password: [] }, { token: [] }],
  }
}

export async function createApplication(options: ApplicationOptions): Promise<FastifyInstance> {
  const { broker, gate } = options
  const app = fastify({
    bodyLimit: broker.config.settings.http.bodyBytesMax,
    forceCloseConnections: true,
    logger: false,
    routerOptions: { maxParamLength: parameterCharactersMax },
    serverFactory: (handler) => {
      const server = options.createServer(handler)
      server.requestTimeout = requestMsMax
      server.headersTimeout = headersMsMax
      server.keepAliveTimeout = keepAliveMsMax
      return server
    },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    // What is wrong with a path or a header is answered as all else is.
    frameworkErrors: (error, _request, reply) => {
      void sendError(reply.headers(securityHeaders), 400, 'BADREQUEST', error.message)
    },
  })
  answerAlike(app, gate)
  readJsonAlone(app)
  await app.register(fastifySwagger, { openapi: openApi(broker.administration.millraceVersion), hideUntagged: true })
  for (const routes of allRoutes) await app.register(routes, options)
  return app
}

/** What holds for every answer. */
function answerAlike(app: FastifyInstance, gate: Gate): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    gate.admit(request.raw, request.ip)
    const { origin } = request.headers
    if (origin === undefined || !gate.origins.isForeignAllowed(origin)) return
    reply.header('access-control-allow-origin', origin).header('vary', 'origin')
    reply.header('cross-origin-resource-policy', 'cross-origin')
    if (request.method !== 'OPTIONS') return
    reply.header('access-control-allow-methods', 'GET, POST').header('access-control-max-age', '600')
    reply.header('access-control-allow-headers', 'authorization, content-type, last-event-id')
    return reply.code(204).send()
  })
  app.addHook('onSend', async (_request, reply) => {
    // Files say for how long they are good.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  app.setNotFoundHandler((_request, reply) => {
    void sendError(reply, 404, 'NOTFOUND', 'There is nothing here.')
  })
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const refused = asRefusal(error)
    if (refused !== undefined) return sendError(reply, refused.status, refused.code, refused.message)
    if (error instanceof CommandFailed) {
      return sendError(reply, statusOf(error.fault), error.fault.code, error.message)
    }
    const { statusCode } = error
    if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
      return sendError(reply, statusCode, 'BADREQUEST', error.message)
    }
    // A bug: it ends the process, like all others.
    queueMicrotask(() => {
      throw error
    })
    return sendError(reply, 500, 'ERR', 'The server found a bug in itself.')
  })
}

/** Forms and plain text are what pages may send to strangers without being asked: only JSON is read. */
function readJsonAlone(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string))
    } catch (error) {
      done(new Refused(400, 'BADREQUEST', `The body is not JSON: ${(error as Error).message}`))
    }
  })
}
