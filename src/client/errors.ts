/** What can go wrong, each a class of its own. */

/** The broker refused what was asked, or ended a subscription. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused'
  /** Redis' code word: `WRONGTYPE`, `NOAUTH`, `ERR`; `INVALID` for what was no request. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The connection broke before the answer came. Whether the command ran is not known, so it is not sent again. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** The client was closed before the answer came, or before it was asked. */
export class ClientClosed extends Error {
  override readonly name = 'ClientClosed'
}

/** Entries behind `from` were trimmed before they were seen, or the stream began anew: then `to` is not behind `from`. */
export class EntriesLost extends Error {
  override readonly name = 'EntriesLost'
  readonly from: string
  /** The entry with which it goes on; null when there is none. */
  readonly to: string | null

  constructor({ from, to }: { readonly from: string; readonly to: string | null }) {
    super(`the stream goes on behind ${from} with ${to ?? 'nothing'}: entries were removed before they were seen`)
    this.from = from
    this.to = to
  }
}

/** More waits than may wait: calls for their answers, or messages of a channel for their consumer. */
export class TooMuchWaits extends Error {
  override readonly name = 'TooMuchWaits'
}
