/** What commands may ask of the server beyond the keyspace. Each part is a small interface beside the family that
 *  needs it; this is their sum. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Call } from './call.ts'
import type { Client } from './client.ts'
import type { AclServer } from './connection/acl-server.ts'
import type { ClientServer, TrackingServer } from './connection/client-server.ts'
import type { MigrationServer } from './key/migration.ts'
import type { FunctionServer } from './scripting/function-server.ts'
import type { ScriptServer } from './scripting/script-server.ts'
import type { ServerFamily } from './server/ports.ts'

export interface TransactionServer {
  open(client: Client): void
  /** Ends the transaction without running it; watched keys are forgotten too. */
  close(client: Client): void
  /** Runs what was queued, as the answer's elements, and ends the transaction. */
  run(call: Call): void
  watch(client: Client, keys: Args, i: number): void
  /** Deletes watched keys whose time has come, which breaks the watch as any change does. */
  expireWatched(client: Client): void
  unwatch(client: Client): void
}

/** Directives that change how commands work. */
export interface ServerSettings {
  /** The longest string there may be (`proto-max-bulk-len`, and never more than `stringBytesMax`). */
  readonly bulkBytesMax: number
  /** Entries of a node, the grain of approximate trimming; 0 for the default. */
  readonly streamNodeEntriesMax: number
  /** A larger HyperLogLog is kept in the dense encoding (`hll-sparse-max-bytes`). */
  readonly sparseHyperLogLogBytesMax: number
}

export interface Server extends ServerFamily {
  readonly settings: ServerSettings
  readonly transactions: TransactionServer
  readonly clients: ClientServer
  readonly acl: AclServer
  readonly tracking: TrackingServer
  readonly scripts: ScriptServer
  readonly functions: FunctionServer
  readonly migrations: MigrationServer
}
