/** The messages of `millrace.v1`, JSON-RPC 2.0 over a WebSocket, as types and as checks.
 *
 *  Server, console and clients share this file: it needs nothing but the language. `websocket.md` explains the messages,
 *  `asyncapi.yaml` says the same to machines. */

/** Names in the list of subprotocols. A token may be sent there, too: `bearer.<token>`. */
export const rpcSubprotocol = 'millrace.v1'
export const respSubprotocol = 'resp'
export const tokenPrefix = 'bearer.'

/** With what the server closes a socket, besides RFC 6455's own codes. */
export const closeCode = {
  /** The client said goodbye (QUIT), or was closed by an administrator. */
  normal: 1000,
  /** The server stops: come again soon. */
  goingAway: 1001,
  /** A text frame on `resp`, a binary one on `millrace.v1`. */
  wrongKind: 1003,
  /** Too many messages a second. */
  tooMany: 1008,
  /** As many clients as there may be. */
  full: 1013,
  /** The token has expired: come again with a new one. */
  expired: 4001,
} as const

/** Codes of JSON-RPC errors. `refused` is the broker's own: what it says is in `data`. */
export const rpcErrorCode = { parse: -32700, request: -32600, method: -32601, params: -32602, refused: -32000 } as const

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Text, or bytes that are not UTF-8. */
export type Bytes = string | { readonly base64: string }

export type RequestId = string | number | null

export interface RpcRequest {
  readonly jsonrpc: '2.0'
  readonly method: string
  readonly params?: readonly unknown[] | { readonly [name: string]: unknown }
  /** Without one nothing is answered. */
  readonly id?: RequestId
}

/** An error of the broker: its code word, and its text as RESP has it. */
export interface Fault {
  readonly code: string
  readonly message: string
}

export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: Fault
}

export type RpcResponse =
  | { readonly jsonrpc: '2.0'; readonly id: RequestId; readonly result: Json }
  | { readonly jsonrpc: '2.0'; readonly id: RequestId; readonly error: RpcError }

/** An entry of a stream: its fields as pairs, since names may come twice and their order counts. */
export interface Entry {
  readonly id: string
  readonly fields: readonly (readonly [Bytes, Bytes])[]
  /** How often it has been delivered, this time included; in groups only. */
  readonly deliveries?: number | string
}

/** Somebody on a channel. */
export interface Member {
  /** CLIENT ID. */
  readonly client: number
  readonly user: string
  /** CLIENT SETNAME's, empty without. */
  readonly name: string
}

// What own methods take.

export interface StreamSubscribe {
  readonly key: Bytes
  /** The cursor: entries behind this id. `$` (the default) for those from now on, `0` for all there are. */
  readonly after?: string
  /** Whether somebody stood at `after` before, so that `0-0` is no beginning: what is gone by now is told. */
  readonly resumes?: boolean
  /** How many entries may come. */
  readonly credit: number
  readonly db?: number
}

export interface StreamCredit {
  readonly subscription: string
  /** So many entries more may come. */
  readonly credit: number
}

export interface GroupConsume {
  readonly key: Bytes
  readonly group: Bytes
  readonly consumer: Bytes
  /** How many entries may be held without having been acknowledged. */
  readonly credit: number
  readonly db?: number
  /** Others' entries are taken over when they have been held for so long. Without it only those that were handed back. */
  readonly claimAfterMs?: number
}

export interface GroupAck {
  readonly subscription: string
  readonly ids: readonly string[]
}

export interface GroupNack extends GroupAck {
  /** What happens to the count of deliveries: taken back, kept (the default), or as high as it goes. */
  readonly mode?: NackMode
}

export type NackMode = 'silent' | 'fail' | 'fatal'

/** What becomes of a subscription whose socket does not take what is published. */
export type SlowPolicy = 'cut' | 'conflate'

export interface ChannelSubscribe {
  /** One of the two. */
  readonly channel?: Bytes
  readonly pattern?: Bytes
  /** Whether to be told who is on the channel, who joins and who leaves. */
  readonly presence?: boolean
  readonly slow?: SlowPolicy
}

export interface Unsubscribe {
  readonly subscription: string
}

/** Answered at once, whatever commands wait: for clients that see no pings, which is what browsers' pages are. */
export type Alive = Readonly<Record<string, never>>

export interface Auth {
  readonly user?: string
  readonly password?: string
  readonly token?: string
}

/** A message that is not one of those above; the text says what is wrong with it. */
export class MessageFault extends Error {
  override readonly name = 'MessageFault'
}

type Check<T> = (value: unknown, path: string) => T
type Shape = Readonly<Record<string, Check<unknown>>>

const fault = (path: string, wanted: string): never => {
  throw new MessageFault(`${path} must be ${wanted}`)
}

const text: Check<string> = (value, path) => (typeof value === 'string' ? value : fault(path, 'a string'))
const flag: Check<boolean> = (value, path) => (typeof value === 'boolean' ? value : fault(path, 'true or false'))

const count: Check<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : fault(path, 'an integer of 0 or more')

const bytes: Check<Bytes> = (value, path) => {
  if (typeof value === 'string') return value
  const isBase64 = isObject(value) && typeof value.base64 === 'string' && Object.keys(value).length === 1
  return isBase64 ? (value as Bytes) : fault(path, 'a string or {"base64":"…"}')
}

const oneOf =
  <T extends string>(...words: readonly T[]): Check<T> =>
  (value, path) =>
    words.includes(value as T) ? (value as T) : fault(path, words.map((word) => `"${word}"`).join(' or '))

const list =
  <T>(item: Check<T>): Check<readonly T[]> =>
  (value, path) =>
    Array.isArray(value) ? value.map((each, index) => item(each, `${path}[${index}]`)) : fault(path, 'an array')

/** An object with the fields of `shape`, those of `optional` where they are given, and no others. */
const object =
  <T>(shape: Shape, optional: Shape = {}): Check<T> =>
  (value, path) => {
    if (!isObject(value)) return fault(path, 'an object')
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(shape, name) && !Object.hasOwn(optional, name)) fault(`${path}.${name}`, 'left out')
    }
    for (const [name, check] of Object.entries(shape)) check(value[name], `${path}.${name}`)
    for (const [name, check] of Object.entries(optional)) {
      if (value[name] !== undefined) check(value[name], `${path}.${name}`)
    }
    return value as T
  }

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const entry = object<Entry>(
  {
    id: text,
    fields: list((value, path) =>
      Array.isArray(value) && value.length === 2 ? value.map((each) => bytes(each, path)) : fault(path, 'a pair'),
    ),
  },
  { deliveries: (value, path) => (typeof value === 'string' ? value : count(value, path)) },
)
const member = object<Member>({ client: count, user: text, name: text })
const aFault = object<Fault>({ code: text, message: text })

/** What own methods take, by their names. Each throws MessageFault. */
export const readParams = {
  'stream.subscribe': object<StreamSubscribe>({ key: bytes, credit: count }, { after: text, resumes: flag, db: count }),
  'stream.credit': object<StreamCredit>({ subscription: text, credit: count }),
  'group.consume': object<GroupConsume>(
    { key: bytes, group: bytes, consumer: bytes, credit: count },
    { db: count, claimAfterMs: count },
  ),
  'group.ack': object<GroupAck>({ subscription: text, ids: list(text) }),
  'group.nack': object<GroupNack>({ subscription: text, ids: list(text) }, { mode: oneOf('silent', 'fail', 'fatal') }),
  'channel.subscribe': object<ChannelSubscribe>(
    {},
    { channel: bytes, pattern: bytes, presence: flag, slow: oneOf('cut', 'conflate') },
  ),
  unsubscribe: object<Unsubscribe>({ subscription: text }),
  alive: object<Alive>({}),
  auth: object<Auth>({}, { user: text, password: text, token: text }),
} as const

export type OwnMethod = keyof typeof readParams

/** What the server says without being asked, by the method's name. Each throws MessageFault. */
export const readNotification = {
  'stream.entries': object<{ subscription: string; entries: readonly Entry[] }>({
    subscription: text,
    entries: list(entry),
  }),
  /** Entries behind `from` and before `to` may be missing; where `to` is null nothing is left. In a stream that began anew
   *  `to` is not behind `from`. */
  'stream.gap': object<{ subscription: string; from: string; to: string | null }>({
    subscription: text,
    from: text,
    to: (value, path) => (value === null ? null : text(value, path)),
  }),
  'group.entries': object<{ subscription: string; entries: readonly Entry[] }>({
    subscription: text,
    entries: list(entry),
  }),
  'channel.message': object<{ subscription: string; channel: Bytes; message: Bytes }>({
    subscription: text,
    channel: bytes,
    message: bytes,
  }),
  'channel.presence': object<{ subscription: string; event: 'join' | 'leave'; member: Member }>({
    subscription: text,
    event: oneOf('join', 'leave'),
    member,
  }),
  /** The subscription has ended, and why. */
  'subscription.closed': object<{ subscription: string; error: Fault }>({ subscription: text, error: aFault }),
  /** Any other push of RESP3, such as `["invalidate",["key"]]`. */
  push: object<{ push: readonly Json[] }>({ push: list((value) => value as Json) }),
} as const

export type NotificationMethod = keyof typeof readNotification

/** What own methods answer that answer more than true. */
export const readResult = {
  'stream.subscribe': object<{ subscription: string; after: string }>({ subscription: text, after: text }),
  'group.consume': object<{ subscription: string }>({ subscription: text }),
  'channel.subscribe': object<{ subscription: string; members?: readonly Member[]; memberCount?: number }>(
    { subscription: text },
    { members: list(member), memberCount: count },
  ),
} as const

export function isOwnMethod(method: string): method is OwnMethod {
  return Object.hasOwn(readParams, method)
}

/** A request; throws MessageFault. */
export function readRpcRequest(value: unknown): RpcRequest {
  const id: Check<RequestId> = (each, path) => (each === null || typeof each === 'number' ? each : text(each, path))
  const params: Check<unknown> = (each, path) =>
    isObject(each) || Array.isArray(each) ? each : fault(path, 'an array or an object')
  return object<RpcRequest>({ jsonrpc: oneOf('2.0'), method: text }, { id, params })(value, 'the request')
}

/** Anything that the server may send, as it is; throws MessageFault. */
export function checkServerMessage(value: unknown): void {
  if (Array.isArray(value)) return value.forEach(checkServerMessage)
  if (!isObject(value) || value.jsonrpc !== '2.0') return fault('the message', 'JSON-RPC 2.0')
  if (typeof value.method === 'string') {
    if (!Object.hasOwn(readNotification, value.method)) fault('method', 'one of the server')
    readNotification[value.method as NotificationMethod](value.params, 'params')
    return
  }
  if (!('id' in value) || 'result' in value === 'error' in value) fault('a response', 'a result or an error with an id')
  if (!('error' in value)) return
  const code: Check<unknown> = (each, path) => (Number.isInteger(each) ? each : fault(path, 'an integer'))
  object({ code, message: text }, { data: aFault })(value.error, 'error')
}
