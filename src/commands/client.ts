import type { Subscriber } from '../broker/channels.ts'

/** A client as commands see it. The server's `Session` is one. */
export interface Client extends Subscriber {
  readonly id: number
  /** Index of the selected database. */
  dbIndex: number
  /** 2 or 3; change it by `Server.clients` only. */
  readonly protocol: number
  name: string
  /** Set between MULTI and EXEC or DISCARD; change it by `Server.transactions` only. */
  readonly transaction: { readonly isBroken: boolean } | undefined
  /** Whether a watched key was changed since WATCH. */
  readonly isWatchBroken: boolean
  /** Whether it hears any channel. */
  readonly isSubscribed: boolean
}
