import type { RespClient } from '../support/resp-client.ts'
import type { Conversation } from './conversation.ts'

/** Something that writes until the server is killed, and knows afterwards what must be there. */
export interface Workload {
  readonly name: string
  /** Writes the keys it needs; called once, on an empty server. */
  prepare(client: RespClient): Promise<void>
  /** Connects and begins to write; the conversations go on until their connections are cut or they are paused. */
  start(port: number): Promise<Conversation[]>
  /**
   * Compares what a restarted server holds with what was acknowledged, throws a Violation when they do not fit, and takes
   * what is there for the start of the next round. Called when all conversations have ended.
   */
  verify(client: RespClient): Promise<void>
  /** Steps acknowledged so far, over all rounds. */
  readonly acknowledgedCount: number
}
