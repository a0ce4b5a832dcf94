/** MIGRATE under way. The server goes on meanwhile, so a key is deleted only if it still is what was sent: nothing that
 *  somebody wrote in between is lost. What has moved is deleted in one turn, which is one record of the log. */
import { Args, encodeRequest } from '../../protocol/resp/args.ts'
import type { Call } from '../commands/call.ts'
import { type Migration, type MigrationServer, type MovedKey, movedKey } from '../commands/key/migration.ts'
import type { Database } from '../keyspace/database.ts'
import { notifyClass } from '../keyspace/notify.ts'
import { equalBytes } from '../lib/bytes.ts'
import type { Broker } from './broker.ts'
import type { TransferOutcome } from './host.ts'
import { park } from './parking.ts'
import type { Session } from './session.ts'

const failures = {
  connecting: 'IOERR error or timeout connecting to the client',
  writing: 'IOERR error or timeout writing to target instance',
  reading: 'IOERR error or timeout reading to target instance',
} as const

const changed = 'IOERR a key was changed while it was sent: it stays here, and the target instance has it as it was'

export class Migrations implements MigrationServer {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  begin(call: Call, migration: Migration): void {
    const { host, port, timeoutMs, credentials, keys, replaces, targetDb } = migration
    const { db, nowMs } = call
    const session = call.client as Session
    const answer = park(this.#broker, call)
    const opening = [
      ...(credentials.length === 0 ? [] : [encodeRequest(['AUTH', ...credentials])]),
      encodeRequest(['SELECT', targetDb]),
    ]
    const requests = [...opening, ...keys.map((key) => restoreRequest(key, nowMs, replaces))]
    void this.#broker.administration.host.transfer({ host, port, timeoutMs, requests }).then((outcome) => {
      const error = this.#end(db, migration, opening.length, outcome)
      answer((reply) => {
        // The answer shows that the keys are gone, so it waits for the record that says so.
        session.holdPosition = this.#broker.keyspace.lastPosition
        if (error === undefined) reply.ok()
        else reply.error(error)
      })
    })
  }

  /** Deletes what has moved. Returns what went wrong. */
  #end(db: Database, { keys, copies }: Migration, openingCount: number, outcome: TransferOutcome): string | undefined {
    const isError = (line: string): boolean => line.startsWith('-')
    const { lines, failure } = outcome
    const opening = lines.slice(0, openingCount)
    const restored = lines.slice(openingCount)
    const refusal = [...opening, ...restored].find(isError)
    let isChanged = false
    if (!copies && !opening.some(isError)) {
      this.#broker.beginTurn()
      for (const [i, line] of restored.entries()) {
        if (!isError(line) && !this.#remove(db, keys[i]!)) isChanged = true
      }
      if (this.#broker.waiters.hasReady) this.#broker.dispatcher.serveWaiters(undefined)
    }
    // As in Redis, what the other side said to AUTH and SELECT is looked at when it has answered the first RESTORE.
    if (refusal !== undefined && restored.length > 0)
      return `ERR Target instance replied with error: ${refusal.slice(1)}`
    if (failure !== undefined) return failures[failure]
    return isChanged ? changed : undefined
  }

  /** Deletes the key if it is what was sent; whether it was. */
  #remove(db: Database, sent: MovedKey): boolean {
    const { keyspace } = this.#broker
    const key = Args.of(sent.key)
    const entry = db.find(key, 0)
    if (entry < 0) return false
    const now = movedKey(db, sent.key, entry)
    if (now.expiresAtMs !== sent.expiresAtMs || !equalBytes(now.payload, sent.payload)) return false
    db.remove(entry)
    keyspace.effects.command(db.index, 'DEL', sent.key)
    keyspace.changed(db, key, 0)
    keyspace.notify(db, notifyClass.generic, 'del', key, 0)
    return true
  }
}

function restoreRequest({ key, payload, expiresAtMs }: MovedKey, nowMs: number, replaces: boolean): Uint8Array {
  const ttlMs = expiresAtMs < 0 ? 0 : Math.max(1, expiresAtMs - nowMs)
  return encodeRequest(['RESTORE', key, String(ttlMs), payload, ...(replaces ? ['REPLACE'] : [])])
}
