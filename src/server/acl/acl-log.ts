/** ACL LOG: who was kept from what, youngest first. The same denial again within a minute is counted, not listed. */
import type { AclLogEntry } from '../../commands/connection/acl-server.ts'

const groupedForMs = 60_000
/** So many of the youngest entries are looked through for one to count. */
const groupedAmong = 10

type Kept = Omit<AclLogEntry, 'count' | 'ageMs'> & { count: number; atMs: number; clientInfo: string }

export class AclLog {
  /** Youngest first. */
  #entries: Kept[] = []

  add(denied: Omit<AclLogEntry, 'count' | 'ageMs'>, nowMs: number, entriesMax: number): void {
    const at = this.#entries
      .slice(0, groupedAmong)
      .findIndex((each) => isAlike(each, denied) && nowMs - each.atMs <= groupedForMs)
    const [known] = at < 0 ? [] : this.#entries.splice(at, 1)
    this.#entries.unshift({ ...denied, count: (known?.count ?? 0) + 1, atMs: nowMs })
    if (this.#entries.length > entriesMax) this.#entries.length = entriesMax
  }

  latest(count: number, nowMs: number): AclLogEntry[] {
    return this.#entries.slice(0, count).map(({ atMs, ...entry }) => ({ ...entry, ageMs: nowMs - atMs }))
  }

  reset(): void {
    this.#entries = []
  }
}

function isAlike(kept: Kept, denied: Omit<AclLogEntry, 'count' | 'ageMs'>): boolean {
  return (
    kept.reason === denied.reason &&
    kept.context === denied.context &&
    kept.object === denied.object &&
    kept.username === denied.username
  )
}
