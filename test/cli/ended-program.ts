/** Runs Millrace with arguments with which it ends by itself. */
import { spawn } from 'node:child_process'
import { findMillrace } from '../support/servers.ts'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program that has not ended by then is killed, and its code is null. */
const patienceMs = 20_000

export function runMillrace(args: readonly string[], cwd: string): Promise<Ended> {
  const path = findMillrace()
  if (path === undefined) throw new Error('Millrace is not built: run `npm run build`')
  const child = spawn(process.execPath, [path, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patienceMs,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}
