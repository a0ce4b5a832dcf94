/** A Millrace that keeps its log, and that is killed and comes back on the same port with the same data. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { type RunningServer, startMillrace } from '../support/servers.ts'

/** Whoever uses it comes back at the same moment, and all of that may be one busy machine. */
const startTimeoutMs = 30_000

export class KillableMillrace {
  readonly port: number
  readonly #dir: string
  readonly #flags: readonly string[]
  #running: RunningServer | undefined

  private constructor(port: number, dir: string, flags: readonly string[]) {
    this.port = port
    this.#dir = dir
    this.#flags = flags
  }

  static async start(...flags: readonly string[]): Promise<KillableMillrace> {
    const dir = await mkdtemp(join(tmpdir(), 'millrace-test-killed-'))
    const millrace = new KillableMillrace(await freePort(), dir, flags)
    await millrace.restart()
    return millrace
  }

  async kill(): Promise<void> {
    await this.#running?.stop('SIGKILL')
  }

  async killAndRestart(): Promise<void> {
    await this.kill()
    await this.restart()
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
    await rm(this.#dir, { recursive: true, force: true })
  }

  async restart(): Promise<void> {
    const flags = ['--appendonly', 'yes', '--appendfsync', 'always', ...this.#flags]
    this.#running = await startMillrace({ dir: this.#dir, port: this.port, flags, startTimeoutMs })
  }
}
