/** What operators and tools ask for: health, metrics, the document. */
import { describe, expect, test } from 'vitest'
import { httpBroker } from '../../support/http-broker.ts'

describe('health', () => {
  test('the process lives and is ready, until its log can not be written', async () => {
    const { frontEnd, test: broker } = await httpBroker(['requirepass', 'x'])
    const ask = async (url: string) => {
      const { statusCode, body } = await frontEnd.app.inject({ url })
      return [statusCode, JSON.parse(body).error?.code ?? JSON.parse(body).status]
    }
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([
      [200, 'alive'],
      [200, 'ready'],
    ])
    broker.broker.refuseWrites('disk full')
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([
      [200, 'alive'],
      [503, 'MISCONF'],
    ])
    broker.broker.refuseWrites(undefined)
    broker.broker.storage.beginLoading(broker.nowMs)
    expect(await ask('/readyz')).toEqual([503, 'LOADING'])
  })
})

describe('metrics', () => {
  const samples = (text: string): Map<string, number> =>
    new Map(
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))] as const),
    )

  test('are what happened, in the names and units of Prometheus', async () => {
    const { frontEnd, test: broker } = await httpBroker()
    broker.usPerLook = 30
    const client = broker.client()
    for (let i = 0; i < 5; i++) client.call('XADD orders * n 1')
    client.call('XGROUP CREATE orders workers 0')
    client.call('XREADGROUP GROUP workers a COUNT 2 STREAMS orders >')
    client.call('GET orders')
    client.call('GET nothing')
    const answer = await frontEnd.app.inject({ url: '/metrics?stream=orders' })
    expect(answer.headers['content-type']).toContain('text/plain')
    expect(answer.body).toContain('# TYPE millrace_commands_total counter')
    expect(answer.body).toContain('# TYPE millrace_command_duration_seconds histogram')
    const found = samples(answer.body)
    const expected: [string, number][] = [
      ['millrace_commands_total{command="xadd"}', 5],
      ['millrace_commands_failed_total{command="get"}', 1],
      ['millrace_errors_total{code="WRONGTYPE"}', 1],
      ['millrace_command_duration_seconds_count{command="xadd"}', 5],
      ['millrace_command_duration_seconds_bucket{command="xadd",le="+Inf"}', 5],
      ['millrace_command_duration_seconds_bucket{command="xadd",le="0.000001032"}', 0],
      ['millrace_command_duration_seconds_bucket{command="xadd",le="0.000066048"}', 5],
      ['millrace_keys{db="0"}', 1],
      ['millrace_keyspace_misses_total', 1],
      ['millrace_stream_entries{stream="orders"}', 5],
      ['millrace_stream_group_lag{stream="orders",group="workers"}', 3],
      ['millrace_stream_group_pending{stream="orders",group="workers"}', 2],
      ['millrace_clients', 2],
      ['millrace_evicted_keys_total', 0],
      ['millrace_log_commit_duration_seconds_count', 0],
    ]
    for (const [name, value] of expected) expect([name, found.get(name)]).toEqual([name, value])
    expect([...found.keys()].filter((name) => name.startsWith('process_cpu'))).not.toEqual([])
    // Names are of one kind each: whoever reads them refuses a text that tells of one twice.
    const types = [...answer.body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
    expect(new Set(types).size).toBe(types.length)
  })

  test('are for those who may run INFO', async () => {
    const { frontEnd, test: broker } = await httpBroker(['requirepass', 'x'])
    const client = broker.client()
    client.call('AUTH x')
    client.call('ACL SETUSER watcher on >w ~* +info')
    client.call('ACL SETUSER other on >o ~* +get')
    const status = async (name?: string) => {
      const authorization = `Basic ${Buffer.from(`${name}:${name?.[0]}`).toString('base64')}`
      const headers = name === undefined ? {} : { authorization }
      return (await frontEnd.app.inject({ url: '/metrics', headers })).statusCode
    }
    expect([await status(), await status('watcher'), await status('other')]).toEqual([401, 200, 403])
  })
})

describe('the document', () => {
  test('tells of every route but those of pages, with its methods and answers', async () => {
    const { frontEnd } = await httpBroker()
    const answer = await frontEnd.app.inject({ url: '/openapi.json' })
    const { openapi, paths } = answer.json()
    expect(openapi).toBe('3.1.0')
    const told = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const groups = '/v1/streams/{key}/groups'
    expect(told.sort()).toEqual(
      [
        ...['GET /healthz', 'GET /readyz', 'GET /metrics', 'POST /v1/commands', 'POST /v1/channels/{channel}'],
        ...['GET /v1/channels/{channel}/events', 'GET /v1/streams/{key}', 'POST /v1/streams/{key}'],
        ...['GET /v1/streams/{key}/events', `GET ${groups}`, `POST ${groups}`, `GET ${groups}/{group}/consumers`],
        ...['GET {}/pending', 'POST {}/read', 'POST {}/claim', 'POST {}/ack', 'POST {}/nack'].map((each) =>
          each.replace('{}', `${groups}/{group}`),
        ),
      ].sort(),
    )
    expect(paths['/v1/commands'].post.requestBody.content['application/json'].schema.anyOf).toHaveLength(2)
    expect(Object.keys(paths['/v1/streams/{key}'].get.responses)).toEqual(['200', '400', '401', '403', '503'])
  })

  test('has a page that loads nothing from elsewhere', async () => {
    const { frontEnd } = await httpBroker()
    const page = await frontEnd.app.inject({ url: '/reader' })
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    const links = [...page.body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link)
    expect(links).toEqual(['reader.css', 'reader.js'])
    for (const link of links) expect((await frontEnd.app.inject({ url: `/${link}` })).statusCode).toBe(200)
    expect(page.body).not.toMatch(/<script>|<style>|style=/)
  })
})
