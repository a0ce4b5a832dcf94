/**
 * Starts the two kinds of server that tests talk to, each in a temporary folder of its own, on a free port of the
 * loopback interface, and stops them by process id. Both take flags as redis-server does.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from './free-port.ts'
import { RespClient } from './resp-client.ts'

/** A server that answered PING. */
export type RunningServer = {
  readonly kind: 'redis' | 'millrace'
  readonly port: number
  readonly pid: number
  /** The temporary folder that is its working directory and `dir`; removed by `stop` unless it was handed in. */
  readonly dir: string
  /** Everything it has written to stdout and stderr so far. */
  output(): string
  connect(): Promise<RespClient>
  /** Sends SIGTERM (or `signal`), waits for the exit, removes the folder. Calling it twice is harmless. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Resolves with the exit code, or the signal's name, when the process has ended. */
  readonly exited: Promise<number | string>
}

/** How to start a server; `flags` come last and so override ours. */
export type StartOptions = {
  readonly flags?: readonly string[]
  readonly port?: number
  /** A folder that already exists and that `stop` leaves alone, for tests that start a second server on the same data. */
  readonly dir?: string
  readonly environment?: NodeJS.ProcessEnv
  /** For Millrace: its first argument. */
  readonly configFile?: string
  readonly startTimeoutMs?: number
}

const defaultStartTimeoutMs = 10_000
const stopTimeoutMs = 5_000
const pingPauseMs = 10

/** Where redis-server is, or undefined when the PATH has none; REDIS_SERVER names another one. */
export function findRedisServer(): string | undefined {
  const named = process.env.REDIS_SERVER
  if (named !== undefined && named !== '') return named
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'redis-server')
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}

/** The built entry file of Millrace, or undefined when it has not been built. */
export function findMillrace(): string | undefined {
  const path = join(process.cwd(), 'dist', 'src', 'cli.js')
  return existsSync(path) ? path : undefined
}

/** Starts redis-server without persistence. Throws when there is none or it does not come up. */
export function startRedis(options: StartOptions = {}): Promise<RunningServer> {
  const path = findRedisServer()
  if (path === undefined) throw new Error('no redis-server on the PATH')
  return start('redis', path, ['--save', '', '--appendonly', 'no'], options)
}

/** Starts Millrace as built in dist/, with nothing on disk unless the flags say otherwise. */
export function startMillrace(options: StartOptions = {}): Promise<RunningServer> {
  const path = findMillrace()
  if (path === undefined) throw new Error('Millrace is not built: run `npm run build`')
  const file = options.configFile === undefined ? [] : [options.configFile]
  return start('millrace', process.execPath, [path, ...file, '--http-port', '0', '--appendonly', 'no'], options)
}

async function start(
  kind: 'redis' | 'millrace',
  program: string,
  ownArguments: readonly string[],
  options: StartOptions,
): Promise<RunningServer> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), `millrace-test-${kind}-`)))
  const port = options.port ?? (await freePort())
  const flags = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--loglevel', 'warning']
  const all = [...orderedFlags(ownArguments, flags), '--enable-debug-command', 'yes', ...(options.flags ?? [])]
  const child = spawn(program, all, {
    cwd: process.cwd(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.environment ?? process.env,
  })
  const server = new ServerProcess(kind, port, dir, options.dir === undefined, child)
  try {
    await server.waitForPing(options.startTimeoutMs ?? defaultStartTimeoutMs)
  } catch (error) {
    const output = server.output()
    await server.stop('SIGKILL')
    throw new Error(`${kind} did not start: ${error instanceof Error ? error.message : error}\n${output}`)
  }
  return server
}

/** The script's path and the configuration file come first; everything else may follow in any order. */
function orderedFlags(own: readonly string[], flags: readonly string[]): string[] {
  const paths = own.slice(
    0,
    own.findIndex((word) => word.startsWith('--')),
  )
  return [...paths, ...flags, ...own.slice(paths.length)]
}

class ServerProcess implements RunningServer {
  readonly kind: 'redis' | 'millrace'
  readonly port: number
  readonly pid: number
  readonly dir: string
  readonly exited: Promise<number | string>
  readonly #child: ChildProcess
  readonly #ownsDir: boolean
  #output = ''
  #ended = false
  #spawnError: Error | undefined

  constructor(kind: 'redis' | 'millrace', port: number, dir: string, ownsDir: boolean, child: ChildProcess) {
    this.kind = kind
    this.port = port
    this.dir = dir
    this.pid = child.pid ?? 0
    this.#child = child
    this.#ownsDir = ownsDir
    const keep = (chunk: Buffer): void => {
      this.#output += chunk.toString()
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#ended = true
        resolve(code ?? signal ?? -1)
      })
      child.once('error', (error) => {
        this.#spawnError = error
        this.#ended = true
        resolve(-1)
      })
    })
  }

  output(): string {
    return this.#output
  }

  connect(): Promise<RespClient> {
    return RespClient.open({ port: this.port })
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.#ended) {
      this.#child.kill(signal)
      const patience = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs)
      await this.exited
      clearTimeout(patience)
    }
    if (this.#ownsDir) await rm(this.dir, { recursive: true, force: true })
  }

  async waitForPing(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      if (this.#spawnError !== undefined) throw this.#spawnError
      if (this.#ended) throw new Error('the process ended')
      if (Date.now() > deadline) throw new Error('no answer to PING in time')
      if (await this.#answersPing()) return
      await new Promise((resolve) => setTimeout(resolve, pingPauseMs))
    }
  }

  async #answersPing(): Promise<boolean> {
    let client: RespClient | undefined
    try {
      client = await this.connect()
      const reply = await client.call('PING')
      // Any answer but LOADING is an answer: a server that asks for a password is up, too.
      return !(reply.type === 'error' && reply.text.startsWith('LOADING'))
    } catch {
      return false
    } finally {
      client?.reset()
    }
  }
}
