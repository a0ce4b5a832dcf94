/** What all sockets share. */
import type { Broker } from '../../server/broker.ts'
import type { Authenticator } from '../http/authenticator.ts'
import type { WebSocketLimits } from './limits.ts'
import type { Presence } from './presence.ts'
import type { SharedPushes } from './shared-pushes.ts'
import type { StreamReads } from './stream-reads.ts'

export interface WebSocketHost {
  readonly broker: Broker
  readonly authenticator: Authenticator
  readonly limits: WebSocketLimits
  readonly pushes: SharedPushes
  readonly presence: Presence
  readonly reads: StreamReads
}
