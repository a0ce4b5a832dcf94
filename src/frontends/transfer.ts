/** A conversation with another server: all requests at once, an answer of one line to each. */
import { connect } from 'node:net'
import type { Transfer, TransferOutcome } from '../server/host.ts'

const portMax = 65535
/** Longer lines are no answers to what is asked here. */
const lineBytesMax = 64 * 1024

/** Resolves, whatever happens, with the answers that came and with what the rest failed at. */
export function transfer({ host, port, timeoutMs, requests }: Transfer): Promise<TransferOutcome> {
  if (port < 0 || port > portMax) return Promise.resolve({ lines: [], failure: 'connecting' })
  return new Promise((resolve) => {
    const lines: string[] = []
    let stage: NonNullable<TransferOutcome['failure']> = 'connecting'
    let unfinished = ''
    const socket = connect({ host, port, noDelay: true, timeout: timeoutMs })
    const end = (failure?: TransferOutcome['failure']): void => {
      socket.destroy()
      resolve(failure === undefined ? { lines } : { lines, failure })
    }
    socket.once('connect', () => {
      stage = 'writing'
      socket.cork()
      for (const request of requests) socket.write(request)
      socket.write('', () => {
        stage = 'reading'
      })
      socket.uncork()
    })
    socket.on('data', (chunk) => {
      const pieces = (unfinished + chunk.toString('latin1')).split('\r\n')
      unfinished = pieces.pop()!
      lines.push(...pieces)
      if (lines.length >= requests.length) end()
      else if (unfinished.length > lineBytesMax) end('reading')
    })
    socket.on('timeout', () => end(stage))
    socket.on('end', () => end('reading'))
    // Redis notices only when it writes that nobody listens.
    socket.on('error', (error) => end('syscall' in error && error.syscall === 'connect' ? 'writing' : stage))
    socket.on('close', () => end(stage))
  })
}
