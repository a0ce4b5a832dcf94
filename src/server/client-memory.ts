/** What clients take in memory, in bytes: as CLIENT LIST and MEMORY STATS tell it, and as `maxmemory-clients` counts it.
 *
 *  Buffers are counted as they are. The rest is counted by and large: a connection by what it took on Node 20 (9000 of
 *  them, resident memory), names and queued requests by their bytes and a share of the tables that they are in. */
import type { Session } from './session.ts'

/** The socket, the session and the parser of a client that does nothing. */
const connectionBytes = 5 * 1024
/** A queued request, a watched key, a subscription, a prefix: what each takes besides its bytes. */
const itemBytes = 100

/** Everything that the session takes. */
export function clientBytes(session: Session): number {
  return (
    connectionBytes +
    session.parser.reservedBytes +
    waitingRequestBytes(session) +
    queueBytes(session) +
    outputBytes(session) +
    nameBytes(session)
  )
}

/** The request that waits, for a key or for the end of a pause. */
export function waitingRequestBytes({ waiter, postponed }: Session): number {
  return (waiter?.wait.args.bytes.length ?? 0) + (postponed?.bytes.length ?? 0)
}

/** What MULTI has gathered. */
export function queueBytes({ transaction }: Session): number {
  return transaction === undefined ? 0 : transaction.bytes + transaction.queue.length * itemBytes
}

/** What waits for the log or for the client to read it. */
export function outputBytes({ heldBytes, connection }: Session): number {
  return heldBytes + connection.pendingBytes
}

/** What it watches, hears and tracks. Names of channels are shared by all who hear them. */
function nameBytes({ watched, subscriptions, tracked }: Session): number {
  let bytes = (subscriptions?.count ?? 0) * itemBytes
  for (const name of watched) bytes += name.length + itemBytes
  for (const prefix of tracked?.prefixes ?? []) bytes += prefix.length + itemBytes
  return bytes
}
