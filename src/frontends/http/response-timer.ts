/** What is to happen to a request that is still there after a while. */
import type { ServerResponse } from 'node:http'
import { timerDelay } from '../../lib/timer-delay.ts'

/** Acts in so many milliseconds (24 days at most), unless the response has closed by then. */
export function actUnlessClosed(response: ServerResponse, inMs: number, act: () => void): void {
  const timer = setTimeout(act, timerDelay(inMs))
  response.once('close', () => clearTimeout(timer))
}
