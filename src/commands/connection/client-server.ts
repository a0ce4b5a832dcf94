/** What the connection commands ask of the server: other clients, passwords, pauses. */
import type { Call } from '../call.ts'
import type { Client } from '../client.ts'

export type ClientType = 'normal' | 'master' | 'replica' | 'pubsub'

/** Which clients CLIENT LIST and CLIENT KILL mean: those that all given fields fit. */
export interface ClientFilter {
  id?: number
  type?: ClientType
  address?: string
  localAddress?: string
  user?: string
  /** Not this one. */
  except?: Client
}

/** How a client tracks keys. */
export interface TrackingOptions {
  /** The id of the client that hears for this one; 0 for itself. */
  readonly redirectId: number
  /** It hears of all keys with one of the prefixes, read or not. */
  readonly isBroadcast: boolean
  /** Whether all that it reads is tracked, or only behind CLIENT CACHING YES, or all but what is behind CACHING NO. */
  readonly mode: 'all' | 'optin' | 'optout'
  /** It does not hear of its own changes. */
  readonly isLoopless: boolean
  readonly prefixes: ReadonlySet<string>
}

export interface TrackingInfo extends TrackingOptions {
  /** CLIENT CACHING was said for the next command. */
  readonly isCaching: boolean
  /** Who was to hear for the client is gone. */
  readonly isBroken: boolean
}

export interface TrackingServer {
  /** Begins to track, or tracks otherwise; prefixes are added to those that the client has. */
  start(client: Client, options: TrackingOptions): void
  stop(client: Client): void
  /** Undefined when the client does not track. */
  info(client: Client): TrackingInfo | undefined
  /** The client's next command is the exception from its mode. */
  expectCaching(client: Client): void
}

export interface ClientServer {
  /** Whether the default user has a password. */
  readonly needsPassword: boolean
  isAuthenticated(client: Client): boolean
  /** Whether user and password are right; if so the client speaks for the user from here on, otherwise it is noted. */
  authenticate(call: Call, user: string, password: Uint8Array): boolean

  /** Switches the answers to the running client, beginning with the one under way. */
  setProtocol(client: Client, protocol: number): void
  setLibrary(client: Client, part: 'name' | 'version', text: string): void
  setReplies(client: Client, mode: 'on' | 'off' | 'skip'): void
  setEvictionExempt(client: Client, on: boolean): void
  setTouchSuppressed(client: Client, on: boolean): void
  /** Makes the running client as if it had just connected, but for its transaction, database and subscriptions. */
  reset(client: Client): void
  /** Runs nothing more of the client and closes the connection behind what it was answered. */
  closeAfterReply(client: Client): void

  /** The client's line of CLIENT LIST, without line end. */
  describe(client: Client): string
  matching(filter: ClientFilter): Client[]
  byId(id: number): Client | undefined
  /** Closes the connection of another client at once. */
  kill(client: Client): void
  /** Ends a blocking wait as if its time were up, or with an error; false when the client does not wait. */
  unblock(id: number, withError: boolean): boolean

  /** Lets requests wait until the time, those that write or all; a longer or stricter pause that is under way stays. */
  pause(untilMs: number, scope: 'write' | 'all'): void
  unpause(): void
  /** Shows the client every command from here on; false when it sees them already. */
  monitor(client: Client): boolean
}
