/** What is to happen to a request that is still there after a while. */
import type { ServerResponse } from 'node:http'

/** Longest delay that `setTimeout` takes. */
const timerMsMax = 0x7fffffff

/** Acts in so many milliseconds (24 days at most), unless the response has closed by then. */
export function actUnlessClosed(response: ServerResponse, inMs: number, act: () => void): void {
  const timer = setTimeout(act, Math.min(timerMsMax, Math.max(0, inMs)))
  response.once('close', () => clearTimeout(timer))
}
