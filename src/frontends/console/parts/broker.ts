/** The console's connections: one for what pages ask, others for what blocks or streams. */
import { databaseOf, readAddress } from '../lib/address.ts'
import { Connection, type ConnectionState, type Credentials } from '../lib/connection.ts'
import type { Reply } from '../lib/resp.ts'
import { Store } from '../lib/store.ts'

/** Beside the page that was loaded: `…/ws`, also when a proxy serves the console under a path. */
const url = new URL('./ws', location.href.replace(/[?#].*$/, '').replace(/^http/, 'ws')).href

/** Kept as long as the tab lives, so that a reload needs no login; never on disk. */
const credentialsItem = 'millrace.credentials'

export const connectionState = new Store<ConnectionState>({ name: 'closed' })

const database = (): number => databaseOf(readAddress(location.hash))

export function credentials(): Credentials | undefined {
  const kept = sessionStorage.getItem(credentialsItem)
  return kept === null ? undefined : (JSON.parse(kept) as Credentials)
}

export const broker = new Connection({
  url,
  name: 'console',
  protocol: 3,
  credentials,
  database,
  onState: (state) => connectionState.set(state),
})

/** A connection of its own, for what blocks, streams or keeps a state. */
export function openConnection(options: {
  readonly name: string
  readonly protocol?: 2 | 3
  readonly greeting?: () => readonly (readonly string[])[]
  readonly onPush?: (reply: Reply) => void
  readonly onState?: (state: ConnectionState) => void
}): Connection {
  return new Connection({ protocol: 3, ...options, url, credentials, database })
}

export function logIn(given: Credentials): void {
  sessionStorage.setItem(credentialsItem, JSON.stringify(given))
  broker.reopen()
}

export function logOut(): void {
  sessionStorage.removeItem(credentialsItem)
  broker.reopen()
}
