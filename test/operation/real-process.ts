/** The built program as an operator meets it: started in a folder, watched on its terminal, killed without warning. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { findMillrace, type RunningServer, type StartOptions, startMillrace } from '../support/servers.ts'

/** Why tests of the built program can't run, undefined when they can. */
export const whyNotRun = findMillrace() === undefined ? 'Millrace is not built: run `npm run build`' : undefined

/** A folder that is gone when the test is over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-operation-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A server that keeps its data in the folder, stopped when the test is over. */
export async function serve(
  folder: string,
  flags: readonly string[] = [],
  options: StartOptions = {},
): Promise<RunningServer> {
  const server = await startMillrace({ ...options, dir: folder, flags: ['--appendonly', 'yes', ...flags] })
  onTestFinished(() => server.stop('SIGKILL'))
  return server
}

/** Starts the program on the folder's data and does not wait until it serves. Killed when the test is over. */
export function startUnready(folder: string, port: number): { output(): string } {
  const { child, output } = launch(['--http-port', '0', '--port', String(port), '--dir', folder])
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return { output }
}

export interface Outcome {
  readonly code: number | null
  /** Everything it wrote, to stdout and stderr. */
  readonly output: string
}

/** Runs the program with these arguments to its end, which should come by itself. */
export function runToEnd(words: readonly string[]): Promise<Outcome> {
  const { child, output } = launch(words)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output: output() })))
}

function launch(words: readonly string[]): { child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, [findMillrace()!, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  return { child, output: () => output }
}

/** A start that should be refused. */
export async function startInVain(folder: string, flags: readonly string[] = []): Promise<Outcome> {
  return runToEnd(['--http-port', '0', '--port', String(await freePort()), '--dir', folder, ...flags])
}
