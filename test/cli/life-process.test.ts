import { spawn } from 'node:child_process'
import { existsSync, lstatSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { encodeCommand, RespClient } from '../support/resp-client.ts'
import { findMillrace, type RunningServer, type StartOptions, startMillrace } from '../support/servers.ts'

let folder: string
const running: RunningServer[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-life-'))
})

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

async function start(options: StartOptions = {}): Promise<RunningServer> {
  const server = await startMillrace({ dir: folder, ...options })
  running.push(server)
  return server
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Asks for far more than the system's buffers hold, and reads nothing of it. */
async function stall(server: RunningServer): Promise<void> {
  const client = await server.connect()
  await client.call('SET', 'large', 'x'.repeat(4 * 1024 * 1024))
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  socket.write(Buffer.concat(Array.from({ length: 8 }, () => encodeCommand(['GET', 'large']))))
  const isStalled = async (): Promise<boolean> => /tot-mem=\d{7,}|omem=[1-9]\d{6,}/.test(await list(client))
  while (!(await isStalled()));
}

async function list(client: RespClient): Promise<string> {
  const reply = await client.call('CLIENT', 'LIST')
  return 'text' in reply ? reply.text : ''
}

describe('traces in the file system', () => {
  test('its process id and its unix socket stand there while it runs, its messages for longer', async () => {
    const [pid, log, socket] = ['pid', 'log', 'socket'].map((name) => join(folder, name))
    const traces = ['--pidfile', pid!, '--logfile', log!, '--unixsocket', socket!, '--unixsocketperm', '700']
    const server = await start({ flags: [...traces, '--loglevel', 'notice'] })
    expect(await readFile(pid!, 'utf8')).toBe(`${server.pid}\n`)
    expect(lstatSync(socket!).mode & 0o777).toBe(0o700)
    expect(await (await RespClient.open({ path: socket! })).call('PING')).toEqual({ type: 'simple', text: 'PONG' })
    const client = await server.connect()
    expect(await client.call('CONFIG', 'SET', 'loglevel', 'warning')).toEqual({ type: 'simple', text: 'OK' })
    await server.stop()
    expect(await server.exited).toBe(0)
    expect([existsSync(pid!), existsSync(socket!)]).toEqual([false, false])
    const messages = await readFile(log!, 'utf8')
    expect(messages).toContain(`Listening on 127.0.0.1:${server.port} and ${socket}`)
    expect(messages).not.toContain('Received SIGTERM')
    expect(server.output()).toBe('')
  })
})

describe.skipIf(!existsSync('/proc/self/cmdline'))('the title of its process', () => {
  const titleOf = async ({ pid }: RunningServer): Promise<string> =>
    (await readFile(`/proc/${pid}/cmdline`, 'latin1')).split('\0')[0]!

  test('says where it listens, and no password of the command line', async () => {
    const server = await start({ flags: ['--requirepass', 'secret'] })
    expect(await readFile(`/proc/${server.pid}/cmdline`, 'latin1')).not.toContain('secret')
    expect(await titleOf(server)).toBe(`millrace 127.0.0.1:${server.port}`)
  })

  test('is what CONFIG SET makes it', async () => {
    const server = await start()
    const client = await server.connect()
    await client.call('CONFIG', 'SET', 'proc-title-template', 'broker of {port}')
    expect(await titleOf(server)).toBe(`broker of ${server.port}`)
    await client.call('CONFIG', 'SET', 'port', '0')
    expect(await titleOf(server)).toBe('broker of 0')
  })

  test('is the command line if it is not to be set', async () => {
    const server = await start({ flags: ['--set-proc-title', 'no'] })
    expect(await readFile(`/proc/${server.pid}/cmdline`, 'latin1')).toContain('--set-proc-title')
  })
})

describe('signals', () => {
  test('SIGHUP is survived', async () => {
    const server = await start()
    process.kill(server.pid, 'SIGHUP')
    expect(await (await server.connect()).call('PING')).toEqual({ type: 'simple', text: 'PONG' })
  })

  test('a client that takes no answers does not keep it from stopping', async () => {
    const server = await start()
    await stall(server)
    process.kill(server.pid, 'SIGTERM')
    expect(await server.exited).toBe(0)
  })

  test('a second one while it stops ends it at once', async () => {
    const server = await start({ flags: ['--loglevel', 'notice'] })
    await stall(server)
    process.kill(server.pid, 'SIGTERM')
    await until(() => server.output().includes('Received SIGTERM: stopping'))
    process.kill(server.pid, 'SIGINT')
    expect(await server.exited).toBe(1)
    expect(server.output()).toContain('You insist... exiting now.')
  })
})

describe('a bug', () => {
  const bugs = {
    'an exception': 'throw new Error("a planted bug")',
    'a rejection': 'Promise.reject(new Error("a planted bug"))',
  }
  test.each(Object.entries(bugs))('that shows as %s ends it with its stack and code 1', async (_kind, bug) => {
    const planted = `process.on('SIGUSR2', () => { ${bug} })`
    const environment = {
      ...process.env,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(planted).replaceAll("'", '%27')}`,
    }
    const server = await start({ environment })
    process.kill(server.pid, 'SIGUSR2')
    expect(await server.exited).toBe(1)
    expect(server.output()).toMatch(/Error: a planted bug\n {4}at /)
  })
})

test('a server whose standard output nobody reads any more goes on', async () => {
  const port = await freePort()
  const args = [findMillrace()!, '--port', String(port), '--http-port', '0', '--dir', folder, '--appendonly', 'no']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  child.stdout.destroy()
  const client = await RespClient.open({ port })
  // Each of them is worth a message.
  for (const taken of ['240.0.0.1', '240.0.0.2']) {
    expect(await client.call('CONFIG', 'SET', 'bind', taken)).toMatchObject({ type: 'error' })
  }
  expect(await client.call('PING')).toEqual({ type: 'simple', text: 'PONG' })
  child.kill('SIGTERM')
  expect(await exited).toBe(0)
})
