/** Keys that may go next, the best candidate last: what samples have brought up so far, as in Redis. A few samples for each
 *  key that goes come close to the order among all keys, because good candidates are remembered. */
import type { Database } from '../keyspace/database.ts'

const candidatesMax = 16

/** A key and how well it may go: the higher the score, the sooner. */
interface Candidate {
  readonly db: Database
  readonly entry: number
  readonly score: number
}

export class EvictionPool {
  #candidates: Candidate[] = []

  /** Takes a key that was drawn, if it is among the best. */
  offer(db: Database, entry: number, score: number): void {
    const candidates = this.#candidates
    if (candidates.length === candidatesMax && score <= candidates[0]!.score) return
    if (candidates.some((each) => each.entry === entry && each.db === db)) return
    let at = candidates.length
    while (at > 0 && candidates[at - 1]!.score > score) at--
    candidates.splice(at, 0, { db, entry, score })
    if (candidates.length > candidatesMax) candidates.shift()
  }

  /** Takes the best candidate out, undefined when there is none. `score` says what a key's score is now, undefined when it
   *  may not go: a key that was used since it was drawn, or gave its place to another, is passed over unless its score is
   *  as good as it was. */
  take(score: (db: Database, entry: number) => number | undefined): Candidate | undefined {
    for (let best = this.#candidates.pop(); best !== undefined; best = this.#candidates.pop()) {
      const now = best.db.has(best.entry) ? score(best.db, best.entry) : undefined
      if (now !== undefined && now >= best.score) return best
    }
    return undefined
  }

  /** Forgets everything: scores mean something else from now on. */
  clear(): void {
    this.#candidates = []
  }
}
