/** The longest delay that `setTimeout` keeps to, in milliseconds: a longer one goes off at once. */
const delayMsMax = 0x7fffffff

/** The delay to give `setTimeout` for something due in `inMs` milliseconds: never below 0, and cut where it is too far off (24 days). */
export function timerDelay(inMs: number): number {
  return Math.min(delayMsMax, Math.max(0, inMs))
}
