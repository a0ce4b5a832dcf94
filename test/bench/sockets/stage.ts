/** The three contenders, all running the whole time: redis-server with its gateway, the relay, Millrace. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort, type Mode, type Peer, startPeer } from '../peer.ts'
import type { Contender, SocketItem } from './orders.ts'

/** Where a contender takes WebSockets. */
export interface Place {
  readonly socketPort: number
  /** The relay has none. */
  readonly respPort: number
  /** The process that has the sockets, and before it those that it stands on. */
  readonly pids: readonly number[]
}

export interface Stage {
  readonly places: Readonly<Record<Contender, Place>>
  stop(): Promise<void>
}

/** Starts all three. Rejects with what the one said that did not start, and leaves none behind. */
export async function setStage(mode: Mode, kind: SocketItem['kind']): Promise<Stage> {
  const peers: Peer[] = []
  const programs: Program[] = []
  const stop = async (): Promise<void> => {
    await Promise.all([...programs.map((program) => program.stop()), ...peers.map((peer) => peer.stop())])
  }
  try {
    const httpPort = await freePort()
    peers.push(await startPeer('redis', mode), await startPeer('millrace', mode, { httpPort }))
    const [redis, millrace] = peers as [Peer, Peer]
    programs.push(await startProgram('./gateway.js', { redisPort: redis.port, kind }), await startProgram('./relay.js'))
    const [gateway, relay] = programs as [Program, Program]
    return {
      places: {
        redis: { socketPort: gateway.port, respPort: redis.port, pids: [redis.pid, gateway.pid] },
        relay: { socketPort: relay.port, respPort: 0, pids: [relay.pid] },
        millrace: { socketPort: httpPort, respPort: millrace.port, pids: [millrace.pid] },
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Program {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a program of this folder; resolves when it has said its port. */
async function startProgram(file: string, order?: object): Promise<Program> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const options = order === undefined ? [] : [JSON.stringify(order)]
  const child = spawn(process.execPath, [path, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => ['nothing'])])
  const port = Number(String(line))
  if (!(port > 0)) throw new Error(`${file} did not start`)
  return { port, pid: child.pid!, stop: () => stopProgram(child) }
}

async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
