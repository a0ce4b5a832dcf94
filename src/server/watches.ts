/** Who watches which key. WATCH compares nothing: a touched key breaks its watchers' transactions. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Database } from '../keyspace/database.ts'
import { databaseKeyName } from './key-names.ts'
import type { Session } from './session.ts'

export class Watches {
  /** By database and key, who watches it. */
  readonly #watchers = new Map<string, Set<Session>>()

  get isEmpty(): boolean {
    return this.#watchers.size === 0
  }

  add(session: Session, keys: Args, i: number): void {
    const name = databaseKeyName(session.dbIndex, keys, i)
    if (session.watched.has(name)) return
    session.watched.add(name)
    const watchers = this.#watchers.get(name)
    if (watchers === undefined) this.#watchers.set(name, new Set([session]))
    else watchers.add(session)
  }

  /** Forgets all the session watches, and that any of it was touched. */
  clear(session: Session): void {
    for (const name of session.watched) {
      const watchers = this.#watchers.get(name)
      watchers?.delete(session)
      if (watchers?.size === 0) this.#watchers.delete(name)
    }
    session.watched.clear()
    session.isWatchBroken = false
  }

  touch(db: Database, keys: Args, i: number): void {
    const watchers = this.#watchers.get(databaseKeyName(db.index, keys, i))
    if (watchers !== undefined) for (const session of watchers) session.isWatchBroken = true
  }

  /** The watched keys of a database, as `keyText` writes them. */
  keysOf(dbIndex: number): string[] {
    const prefix = `${dbIndex}:`
    const names = [...this.#watchers.keys()].filter((name) => name.startsWith(prefix))
    return names.map((name) => name.slice(prefix.length))
  }

  /** Breaks the watches on keys of a database for which `isTouched` is true. */
  touchDatabase(dbIndex: number, isTouched: (key: string) => boolean): void {
    const prefix = `${dbIndex}:`
    for (const [name, watchers] of this.#watchers) {
      if (!name.startsWith(prefix) || !isTouched(name.slice(prefix.length))) continue
      for (const session of watchers) session.isWatchBroken = true
    }
  }
}
