/** How many clients the system's limit of open files leaves room for. */
import { readFileSync } from 'node:fs'

/** Files that are not connections: the data, the message log, what Node itself keeps open. */
const otherFiles = 32

/** Infinity where the system does not tell. */
export function clientsMaxOfSystem(): number {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit) - otherFiles
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
