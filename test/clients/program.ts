/** Other people's programs as processes: the workers and clients of job systems, in the folder of their scripts. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const folder = 'test/clients'
const stopMsMax = 10_000
const runMsMax = 60_000

/** A worker that runs until it is stopped. */
export class Program {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#exited = once(child, 'close')
  }

  /** Starts a program that finds the server's port in its environment. Rejects when it can't be started. */
  static async start(path: string, words: readonly string[], port: number): Promise<Program> {
    const child = spawn(path, words, { cwd: folder, env: environment(port), stdio: 'ignore' })
    const program = new Program(child)
    await once(child, 'spawn')
    return program
  }

  /** Runs a program to its end and resolves with what it printed. Rejects, with all it said, unless it ends well. */
  static async run(path: string, words: readonly string[], port: number, input = ''): Promise<string> {
    const child = spawn(path, words, { cwd: folder, env: environment(port), timeout: runMsMax })
    let printed = ''
    let complaints = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaints += chunk.toString()
    })
    child.stdin.end(input)
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`${path} ${words.join(' ')} ended with ${code}:\n${complaints}${printed}`)
    return printed
  }

  /** Asks it to end, or makes it by SIGKILL, and waits until it has. Calling it twice is harmless. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#child.kill(signal)
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), stopMsMax)
    await this.#exited
    clearTimeout(patience)
  }
}

function environment(port: number): NodeJS.ProcessEnv {
  return { ...process.env, PORT: String(port), PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' }
}
