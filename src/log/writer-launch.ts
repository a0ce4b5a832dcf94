/** Starting the writer thread, and waiting for it to have the file. */

import { Worker } from 'node:worker_threads'
import { builtFile } from '../lib/built-file.ts'
import { LogUnavailableError, reviveError } from './log-errors.ts'
import type { FromWriter, WriterStart } from './messages.ts'

/** Resolves once the log is open; the worker is unreferenced. Rejects with the reason when it can't be opened. */
export async function launchWriter(start: WriterStart): Promise<{ worker: Worker; lastPosition: number }> {
  // Not the process' own flags: `--input-type` and the like would keep the thread from starting.
  const worker = new Worker(builtFile(import.meta.url, 'writer-thread'), {
    workerData: start,
    name: 'log writer',
    execArgv: [],
  })
  const lastPosition = await opened(worker)
  worker.unref()
  return { worker, lastPosition }
}

/** Resolves with the log's last position. */
function opened(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', () => reject(new LogUnavailableError('The writer thread ended before the log was open')))
    worker.once('message', (message: FromWriter) => {
      // By name: without a name it takes away listeners of Node's own too, and messages stop.
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
      if (message.kind === 'opened') resolve(message.lastPosition)
      else if (message.kind === 'notOpened') reject(reviveError(message.error))
      else reject(new LogUnavailableError(`The writer thread began with "${message.kind}"`))
    })
  })
}
