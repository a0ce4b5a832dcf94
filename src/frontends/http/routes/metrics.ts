/** For Prometheus: everybody who may run INFO may read it. */
import type { FastifyInstance } from 'fastify'
import type { Rooms } from '../application.ts'
import { ask, askJson, openSession } from '../ask.ts'
import { Metrics, readMetric, type Sample } from '../metrics.ts'
import { failures, queryOf } from '../schemas.ts'

const streamsMax = 100

const schema = {
  summary: 'Metrics in the text format of Prometheus',
  description:
    'Groups are told of the streams that `stream` names, once for each: looking for all there are would take a while.',
  tags: ['operation'],
  querystring: queryOf({
    stream: {
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, maxItems: streamsMax }],
      description: 'Streams whose groups are told',
    },
  }),
  response: {
    200: { description: 'Metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
    ...failures,
  },
}

export async function metricRoutes(app: FastifyInstance, rooms: Rooms): Promise<void> {
  const metrics = new Metrics(rooms.broker)
  app.get('/metrics', { schema }, async (request, reply) => {
    const { session } = await openSession(rooms, request, reply)
    // The rights are those of INFO.
    await ask(session, ['INFO', 'server'])
    const { stream = [] } = request.query as { stream?: string | string[] }
    const samples = { lag: [] as Sample[], pending: [] as Sample[], length: [] as Sample[] }
    for (const key of typeof stream === 'string' ? [stream] : stream) {
      const groups = JSON.parse(await askJson(session, ['XINFO', 'GROUPS', key])) as Record<string, unknown>[]
      samples.length.push({ value: Number(await askJson(session, ['XLEN', key])), labels: { stream: key } })
      for (const { name, lag, pending } of groups) {
        const labels = { stream: key, group: String(name) }
        samples.pending.push({ value: Number(pending), labels })
        if (lag !== null) samples.lag.push({ value: Number(lag), labels })
      }
    }
    const more = [
      readMetric(
        'millrace_stream_entries',
        'gauge',
        'Entries of the streams that were asked for.',
        () => samples.length,
      ),
      readMetric('millrace_stream_group_lag', 'gauge', 'Entries that a group has not read.', () => samples.lag),
      readMetric('millrace_stream_group_pending', 'gauge', 'Entries that wait for XACK.', () => samples.pending),
    ]
    return reply.type(metrics.contentType).send(await metrics.text(samples.length.length === 0 ? [] : more))
  })
}
