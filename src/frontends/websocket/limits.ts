/** What a socket may ask for, and what happens beyond. */
export interface WebSocketLimits {
  /** One message; a larger one closes the socket with 1009. */
  readonly messageBytesMax: number
  /** More close it with 1008. */
  readonly messagesPerSecondMax: number
  /** Requests of one batch; a larger one is refused as a whole. */
  readonly batchRequestsMax: number
  /** More are refused. */
  readonly subscriptionsMax: number
  /** While more than this waits for the socket nothing is read from it. */
  readonly answerBytesHigh: number
  /** While more than this waits for the socket its streams are not read: they cost a cursor. */
  readonly streamBytesHigh: number
  /** With more than this waiting a channel's subscription is cut or conflated. */
  readonly channelBytesHigh: number
  /** Channels of which the newest message is kept for a slow socket; with more it is cut. */
  readonly conflatedChannelsMax: number
  /** Entries, and bytes of theirs, of one message. */
  readonly entriesPerMessageMax: number
  readonly entryBytesPerMessage: number
  /** Members listed when somebody subscribes with presence; all are counted. */
  readonly membersListedMax: number
  /** A socket that has been silent for so long is sent a ping; without a word by the next one it is cut. */
  readonly pingEveryMs: number
}

export const defaultLimits: WebSocketLimits = {
  messageBytesMax: 16 * 1024 ** 2,
  messagesPerSecondMax: 100_000,
  batchRequestsMax: 10_000,
  subscriptionsMax: 1000,
  answerBytesHigh: 1024 ** 2,
  streamBytesHigh: 256 * 1024,
  channelBytesHigh: 1024 ** 2,
  conflatedChannelsMax: 1000,
  entriesPerMessageMax: 100,
  entryBytesPerMessage: 256 * 1024,
  membersListedMax: 1000,
  pingEveryMs: 30_000,
}
