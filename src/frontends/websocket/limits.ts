/** What a socket may ask for, and what happens beyond. Some of it is configured (`websocket-…`), and may change at any time. */
import type { Config } from '../../server/config/config.ts'
import { webSocket } from '../../server/config/http-directives.ts'
import type { WebSocketSettings } from '../../server/config/settings.ts'

interface FixedLimits {
  /** While more than this waits for the socket nothing is read from it. */
  readonly answerBytesHigh: number
  /** Channels of which the newest message is kept for a slow socket; with more it is cut. */
  readonly conflatedChannelsMax: number
  /** Entries, and bytes of theirs, of one message. */
  readonly entriesPerMessageMax: number
  readonly entryBytesPerMessage: number
  /** Members listed when somebody subscribes with presence; all are counted. */
  readonly membersListedMax: number
}

export type WebSocketLimits = FixedLimits & Readonly<WebSocketSettings>

const fixed: FixedLimits = {
  answerBytesHigh: 1024 ** 2,
  conflatedChannelsMax: 1000,
  entriesPerMessageMax: 100,
  entryBytesPerMessage: 256 * 1024,
  membersListedMax: 1000,
}

/** The limits as they are configured, from now on; `replaced` stand in their place. */
export function followLimits(config: Config, replaced: Partial<WebSocketLimits> = {}): WebSocketLimits {
  const limits = { ...fixed, ...config.settings.webSocket, ...replaced }
  const names = webSocket.directives.map(({ name }) => name)
  config.onChange(names, (settings) => Object.assign(limits, settings.webSocket, replaced))
  return limits
}
