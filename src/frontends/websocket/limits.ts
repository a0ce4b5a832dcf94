/** What a socket may ask for, and what happens beyond. Some of it is configured (`websocket-…`), and may change at any time. */
import type { Settings, WebSocketSettings } from '../../server/config/settings.ts'

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

/** The limits as they are configured at the moment, whenever they are read; `replaced` stand in their place. */
export function limitsOf(settings: Settings, replaced: Partial<WebSocketLimits> = {}): WebSocketLimits {
  const limits: WebSocketLimits = {
    ...fixed,
    get messageBytesMax() {
      return settings.webSocket.messageBytesMax
    },
    get messagesPerSecondMax() {
      return settings.webSocket.messagesPerSecondMax
    },
    get batchRequestsMax() {
      return settings.webSocket.batchRequestsMax
    },
    get subscriptionsMax() {
      return settings.webSocket.subscriptionsMax
    },
    get groupCreditMax() {
      return settings.webSocket.groupCreditMax
    },
    get pingEveryMs() {
      return settings.webSocket.pingEveryMs
    },
    get streamBytesHigh() {
      return settings.webSocket.streamBytesHigh
    },
    get channelBytesHigh() {
      return settings.webSocket.channelBytesHigh
    },
  }
  return Object.defineProperties(limits, Object.getOwnPropertyDescriptors(replaced))
}
