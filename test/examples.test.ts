/** Each example is run as a user runs it, against Millrace, and against redis-server so that the example is judged, too. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { againstEachServer } from './clients/judges.ts'
import { freePort } from './support/free-port.ts'
import { waitForHttp } from './support/http-ready.ts'
import { startMillrace } from './support/servers.ts'

const runTimeoutMs = 20_000
const testMsMax = 30_000
const linesMax = 60

againstEachServer('the examples', (server) => {
  it('the job queue does every job, those of the dead worker too', async () => {
    const lines = await run('job-queue.mjs', server().port)
    const jobsDone = lines.filter((line) => line.includes(' has done ')).map((line) => line.split(' ').at(-1))
    expect(new Set(jobsDone).size).toBe(12)
    const lost = lines
      .find((line) => line.startsWith('bert dies while it holds '))!
      .split(' ')
      .at(-1)
    expect(lines).toContain(`anna has done resize ${lost}`)
    expect(lines.at(-1)).toBe('12 jobs are done, 0 are left')
  })

  it('the fan-out reaches every service that subscribed', async () => {
    const lines = await run('fan-out.mjs', server().port)
    expect(lines.at(-1)).toBe('mail heard 2, stock 3, audit 4')
  })

  it(
    'the consumer group hands the orders of the dead worker to the other one',
    async () => {
      const lines = await run('consumer-group.mjs', server().port)
      expect(lines).toContain('anna dies and leaves 3 orders pending')
      const orders = lines.filter((line) => / (ships|takes over) /.test(line)).map((line) => line.split(' ').at(-1))
      expect(orders.toSorted((a, b) => Number(a) - Number(b))).toEqual([
        '1',
        '2',
        '3',
        '4',
        '5',
        '6',
        '7',
        '8',
        '9',
        '10',
      ])
      expect(lines.filter((line) => line.startsWith('bert takes over '))).toHaveLength(3)
      expect(lines.at(-1)).toBe('all 10 orders are shipped, 0 are pending')
    },
    testMsMax,
  )
})

it.each(readdirSync('examples'))('%s is short', (name) => {
  expect(readFileSync(`examples/${name}`, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(linesMax)
})

describe('the examples over HTTP', () => {
  it('events by curl go on where they were cut off', async () => {
    const httpPort = await freePort()
    const server = await startMillrace({ flags: ['--http-port', String(httpPort)] })
    onTestFinished(() => server.stop())
    const url = `http://127.0.0.1:${httpPort}`
    await waitForHttp(`${url}/`)
    const { stdout } = await promisify(execFile)('examples/events.sh', {
      env: { ...process.env, MILLRACE_URL: url },
      timeout: runTimeoutMs,
    })
    const lines = stdout.trimEnd().split('\n')
    const titles = lines.map((line) => (line.startsWith('{') ? JSON.parse(line).fields[0][1] : line))
    expect(titles).toEqual(['from the beginning:', 'one', 'two', 'from where it was cut off:', 'three', 'four'])
  })
})

async function run(example: string, port: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [`examples/${example}`], {
    env: { ...process.env, REDIS_URL: `redis://127.0.0.1:${port}` },
    timeout: runTimeoutMs,
  })
  return stdout.trimEnd().split('\n')
}
