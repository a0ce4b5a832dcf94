/**
 * The two servers that the benchmark compares, started side by side with the same flags.
 *
 * Rewriting the append-only file is switched off in both: it would fall into one run and not into its neighbour.
 * Both keep their files in a temporary folder on the same disk, removed at the end.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeRequest, Pipe } from './pipe.ts'

/** How much of the log both servers promise: nothing on disk, a sync each second, or a sync before each answer. */
export type Mode = 'no' | 'everysec' | 'always'

export type PeerName = 'redis' | 'millrace'

/** A running server; `stop` ends it and removes its files. */
export interface Peer {
  readonly name: PeerName
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** Linux' USER_HZ is 100 wherever Node runs. */
const tickUs = 10_000

export interface PeerOptions {
  /** Where Millrace takes WebSockets; 0, the default, is nowhere. */
  readonly httpPort?: number
}

const startMsMax = 30_000
const stopMsMax = 30_000
const millraceCli = fileURLToPath(new URL('../../src/cli.js', import.meta.url))

/**
 * Starts one server and resolves when it answers PING. Rejects with the server's own output when it ends or stays
 * silent. MILLRACE_COMMAND and REDIS_COMMAND replace the commands, to compare branches or to profile.
 */
export async function startPeer(name: PeerName, mode: Mode, { httpPort = 0 }: PeerOptions = {}): Promise<Peer> {
  const [program, ...leading] = commandOf(name)
  const folder = await mkdtemp(join(tmpdir(), `millrace-bench-${name}-`))
  const port = await freePort()
  const child = spawn(program!, [...leading, ...flagsOf(name, mode, port, folder, httpPort)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // An interrupted benchmark leaves no server behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => keepTail(output, chunk))
  try {
    await answersPing(child, port)
  } catch (error) {
    kill()
    await rm(folder, { recursive: true, force: true })
    throw new Error(`${name} did not start (${error}): ${program} ${leading.join(' ')}\n${output.join('')}`)
  }
  return { name, port, pid: child.pid!, stop: () => stop(child, folder) }
}

/** Resident bytes of a process, from /proc; the figure that `ps` prints as RSS. */
export function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  if (kilobytes === undefined) throw new Error(`process ${pid} has no VmRSS`)
  return Number(kilobytes) * 1024
}

/** Processor time a process has used so far in all its threads, user and system, in microseconds; to 10 ms. */
export function processorUs(pid: number): number {
  // Behind the name, which may hold anything: field 3 is the state, 14 and 15 are ticks of user and system time.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')
  return (Number(fields[14 - 3]) + Number(fields[15 - 3])) * tickUs
}

function commandOf(name: PeerName): string[] {
  const replaced = name === 'redis' ? process.env.REDIS_COMMAND : process.env.MILLRACE_COMMAND
  if (replaced !== undefined && replaced !== '') return replaced.split(/\s+/)
  if (name === 'redis') return ['redis-server']
  if (!existsSync(millraceCli)) throw new Error(`${millraceCli} is missing: run "npm run build" first`)
  return [process.execPath, millraceCli]
}

function flagsOf(name: PeerName, mode: Mode, port: number, folder: string, httpPort: number): string[] {
  const log = mode === 'no' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', mode]
  const noSnapshots = name === 'redis' || process.env.MILLRACE_COMMAND?.includes('redis-server') ? ['--save', ''] : []
  const noRewrites = ['--auto-aof-rewrite-percentage', '0']
  const http = name === 'millrace' && noSnapshots.length === 0 ? ['--http-port', String(httpPort)] : []
  return [
    ...http,
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    ...log,
    ...noRewrites,
    ...noSnapshots,
  ]
}

function keepTail(output: string[], chunk: Buffer): void {
  output.push(chunk.toString())
  if (output.length > 40) output.shift()
}

async function answersPing(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + startMsMax
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`)
    try {
      const pipe = await Pipe.connect(port)
      const reply = await pipe.ask(encodeRequest(['PING']))
      pipe.close()
      if (reply.startsWith('+PONG')) return
    } catch {
      // Not listening yet; the deadline decides.
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`no PONG within ${startMsMax} ms`)
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    const impatience = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
    child.kill('SIGTERM')
    await exited
    clearTimeout(impatience)
  }
  await rm(folder, { recursive: true, force: true })
}

/** A TCP port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
