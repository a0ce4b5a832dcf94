/**
 * One server with several connections on which a session is played, step by step, so that it is known without guessing
 * and without sleeping which replies a step caused.
 *
 * - Behind every command goes a marker (a PING with a token; inside MULTI, where a PING would be queued, a WATCH that is
 *   refused without effect). What arrives before the marker belongs to the command.
 * - A command that blocks holds its marker back. That it blocks, and is not merely slow, the server says itself: INFO's
 *   blocked_clients, asked on a control connection, equals the number of connections whose marker is missing.
 * - After a step that may have woken others INFO is asked once more; as many markers must then arrive as waiters left.
 * - Connections that ever subscribed get a marker after each step, which flushes the messages sent to them before it.
 *
 * The states of a connection: settled (its last marker came), unsettled (blocked, or the step is under way), closed.
 */
import { printReply } from './notation.ts'
import { type Command, encodeCommand, RespClient } from './resp-client.ts'
import type { Frame, Reply } from './resp-reply.ts'

/** What one connection was sent and has received from one settled moment to the next. */
export type Segment = {
  readonly commands: readonly (readonly string[])[]
  readonly frames: readonly Frame[]
  /** Whether the server closed the connection in this segment. */
  readonly closed: boolean
}

/** How a step is waited for: `block` lets it block, `reply` insists that it ends by itself (a short timeout). */
export type Patience = 'block' | 'reply'

/** The server did not come to rest: a reply is missing, or INFO's blocked_clients does not match. */
export class UnsettledError extends Error {}

const settleTimeoutMs = 5_000
const blockingCommands = new Set(
  'blpop brpop blmove blmovem brpoplpush blmpop bzpopmin bzpopmax bzmpop xread xreadgroup wait waitaof'.split(' '),
)
const subscribingCommands = new Set('subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe'.split(' '))
const transactionControls = new Set('multi exec discard reset quit hello'.split(' '))
const subscriptionKinds = new Set([...subscribingCommands, 'message', 'pmessage', 'smessage'])

/** Whether a frame was sent without having been asked for, or is the confirmation of a subscription. */
export function isOutOfBand(reply: Reply): boolean {
  if (reply.type === 'push') return true
  if (reply.type !== 'array') return false
  const kind = reply.items[0]
  return reply.items.length >= 3 && kind?.type === 'bulk' && subscriptionKinds.has(kind.text)
}

/** Whether the command's first word is one of the six that subscribe and unsubscribe. */
export function isSubscription(command: readonly string[]): boolean {
  return subscribingCommands.has((command[0] ?? '').toLowerCase())
}

function isTracking(command: readonly string[]): boolean {
  return /^client$/i.test(command[0] ?? '') && /^tracking$/i.test(command[1] ?? '')
}

type Marker = { readonly kind: 'ping'; readonly token: string } | { readonly kind: 'refused'; skip: number }

let markersMade = 0

class StageConnection {
  readonly client: RespClient
  clientId = ''
  inMulti = false
  listening = false
  closed = false
  /** The markers under way, in the order they were sent; several when commands were sent behind one that blocks. */
  markers: Marker[] = []
  commands: (readonly string[])[] = []
  frames: Frame[] = []
  inBandFrames = 0
  onNews: () => void = () => {}

  constructor(client: RespClient) {
    this.client = client
  }

  /** Starts to collect; before this the connection is used plainly. */
  listen(): void {
    this.client.listen(
      (frame) => this.#receive(frame),
      () => {
        this.closed = true
        this.markers = []
        this.onNews()
      },
    )
  }

  get settled(): boolean {
    return this.markers.length === 0
  }

  /** The bytes of a fresh marker that fits the connection's state. */
  mark(): Buffer {
    if (this.inMulti) {
      this.markers.push({ kind: 'refused', skip: this.commands.length - this.inBandFrames })
      return encodeCommand(['WATCH', '\x01marker'])
    }
    const token = `\x01marker ${++markersMade}`
    this.markers.push({ kind: 'ping', token })
    return encodeCommand(['PING', token])
  }

  takeSegment(): Segment {
    const segment = { commands: this.commands, frames: this.frames, closed: this.closed }
    this.commands = []
    this.frames = []
    this.inBandFrames = 0
    return segment
  }

  #receive(frame: Frame): void {
    if (this.#isMarker(frame.reply)) {
      this.markers.shift()
    } else {
      this.frames.push(frame)
      if (!isOutOfBand(frame.reply)) this.inBandFrames++
    }
    this.onNews()
  }

  #isMarker(reply: Reply): boolean {
    const marker = this.markers[0]
    if (marker === undefined) return false
    if (marker.kind === 'ping') {
      const answer = reply.type === 'array' && reply.items.length === 2 ? reply.items[1]! : reply
      return answer.type === 'bulk' && answer.text === marker.token
    }
    if (isOutOfBand(reply) || marker.skip-- > 0) return false
    // Where the memory is full Redis refuses WATCH inside MULTI for that reason.
    return reply.type === 'error' && /^(ERR WATCH inside MULTI is not allowed|OOM )/.test(reply.text)
  }
}

/** See the module comment. One stage plays one session at a time; `open` begins it and `close` ends it. */
export class Stage {
  readonly #open: () => Promise<RespClient>
  readonly #control: RespClient
  #connections: StageConnection[] = []
  #news: () => void = () => {}

  private constructor(open: () => Promise<RespClient>, control: RespClient) {
    this.#open = open
    this.#control = control
  }

  /** A stage on the server at this port, which must serve nobody else meanwhile. `open` makes the connections of sessions
   *  when they are not to be plain TCP. */
  static async on(port: number, open = () => RespClient.open({ port })): Promise<Stage> {
    return new Stage(open, await RespClient.open({ port }))
  }

  /** The connection on which the stage asks the server about itself; nothing of a session runs on it. */
  get control(): RespClient {
    return this.#control
  }

  /** Waits until the last session's connections are gone, empties the server, and connects `count` times anew. */
  async open(count: number, protocol: 2 | 3, settings: readonly Command[] = []): Promise<void> {
    await this.#waitForInfo((info) => info.connected === 1 && info.blocked === 0, 'the last session to be gone')
    await this.#control.pipeline(
      ['SELECT', '0'],
      ['FLUSHALL'],
      // What a session before may have set.
      ['CONFIG', 'SET', 'notify-keyspace-events', '', 'maxmemory', '0'],
      // Without the active cycle only an access expires a key, so both servers expire it at the same command.
      ['DEBUG', 'SET-ACTIVE-EXPIRE', '0'],
      ...settings,
    )
    this.#connections = await Promise.all(Array.from({ length: count }, () => this.#connect(protocol)))
  }

  /** Drops the session's connections. */
  close(): void {
    for (const connection of this.#connections) connection.client.reset()
    this.#connections = []
  }

  /** Ends the stage's own connection, too. */
  shut(): void {
    this.close()
    this.#control.reset()
  }

  /** Whether a connection can be sent a step: it is not blocked and not closed. */
  isReady(index: number): boolean {
    const connection = this.#connections[index]!
    return connection.settled && !connection.closed
  }

  /** Sends the commands in one write and returns when everything they caused has arrived. */
  async perform(index: number, commands: readonly (readonly string[])[], patience: Patience): Promise<void> {
    const connection = this.#connections[index]!
    const words = commands.map((command) => command.map((word) => this.#fillIn(word)))
    connection.commands.push(...words)
    const names = words.map((command) => (command[0] ?? '').toLowerCase())
    const bytes = Buffer.concat(words.map(encodeCommand))
    if (words.some(isSubscription) || connection.inMulti) connection.listening = true
    // Whoever tracks keys may have another connection hear for it.
    if (words.some(isTracking)) for (const each of this.#connections) each.listening = true
    if (names.some((name) => transactionControls.has(name))) {
      connection.client.write(bytes)
      await this.#until(
        () => connection.closed || connection.inBandFrames >= commands.length,
        'a reply to a transaction',
      )
      followTransaction(connection)
      if (!connection.closed) connection.client.write(connection.mark())
    } else {
      connection.client.write(Buffer.concat([bytes, connection.mark()]))
    }
    const waitsAlready = connection.markers.length > 1
    const mayBlock = waitsAlready || (patience === 'block' && names.some((name) => blockingCommands.has(name)))
    await this.#settle(connection, mayBlock)
  }

  /** Sends bytes as they are and returns when `frameCount` frames came or the connection closed. */
  async performRaw(index: number, bytes: string, frameCount: number): Promise<void> {
    const connection = this.#connections[index]!
    connection.client.write(bytes)
    await this.#until(() => connection.closed || connection.frames.length >= frameCount, 'replies to raw bytes')
  }

  /** Waits until every connection that lacks a marker is blocked in the server's own account. */
  async rest(): Promise<void> {
    const deadline = Date.now() + settleTimeoutMs
    while (this.#unsettledCount() > 0 && (await this.#info()).blocked !== this.#unsettledCount()) {
      if (Date.now() > deadline) throw new UnsettledError('a command neither answered nor blocked')
    }
  }

  /** Waits until the connection has so many frames at hand, is closed, or the time is up. */
  async waitForFrames(index: number, frameCount: number): Promise<void> {
    const connection = this.#connections[index]!
    await this.#until(() => connection.closed || connection.frames.length >= frameCount, 'more replies').catch(() => {})
  }

  /** Waits until the server has closed the connection, or the time is up. */
  async waitForClose(index: number): Promise<void> {
    await this.#until(() => this.#connections[index]!.closed, 'the connection to be closed').catch(() => {})
  }

  /** Whether the server has closed the connection. */
  isClosed(index: number): boolean {
    return this.#connections[index]!.closed
  }

  /** Whether nothing is missing on a connection: it is not blocked. A closed one counts as settled. */
  isSettled(index: number): boolean {
    return this.#connections[index]!.settled
  }

  /** What a connection was sent and has received since this was last asked. */
  takeWhatCame(index: number): Segment {
    return this.#connections[index]!.takeSegment()
  }

  async #connect(protocol: 2 | 3): Promise<StageConnection> {
    const client = await this.#open()
    const connection = new StageConnection(client)
    if (protocol === 3) await client.call('HELLO', '3')
    const id = await client.call('CLIENT', 'ID')
    connection.clientId = id.type === 'int' ? id.text : '0'
    connection.onNews = () => this.#news()
    connection.listen()
    return connection
  }

  async #settle(connection: StageConnection, mayBlock: boolean): Promise<void> {
    if (mayBlock) await this.#settleOrBlock(connection)
    else await this.#until(() => connection.settled, 'the marker')
    if (connection.settled) followTransaction(connection)
    if (this.#unsettledCount() > (connection.settled ? 0 : 1)) {
      const { blocked } = await this.#info()
      await this.#until(() => this.#unsettledCount() <= blocked, 'waiters that were woken')
    }
    const listeners = this.#connections.filter((each) => each.listening && each.settled && !each.closed)
    for (const listener of listeners) if (listener !== connection) listener.client.write(listener.mark())
    await this.#until(() => listeners.every((each) => each.settled), 'the markers of subscribers')
  }

  /** Returns when the marker came or the server counts this connection among the blocked. */
  async #settleOrBlock(connection: StageConnection): Promise<void> {
    const deadline = Date.now() + settleTimeoutMs
    while (Date.now() <= deadline) {
      const { blocked } = await this.#info()
      if (connection.settled || blocked === this.#unsettledCount()) return
    }
    throw new UnsettledError('a command neither answered nor blocked')
  }

  #unsettledCount(): number {
    return this.#connections.reduce((count, connection) => count + (connection.settled ? 0 : 1), 0)
  }

  async #info(): Promise<{ blocked: number; connected: number }> {
    const reply = await this.#control.call('INFO', 'clients')
    if (reply.type !== 'bulk' && reply.type !== 'verbatim') {
      throw new UnsettledError(`the stage needs INFO clients, which answered ${printReply(reply)}`)
    }
    const text = reply.text
    const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN)
    return { blocked: field('blocked_clients'), connected: field('connected_clients') }
  }

  async #waitForInfo(wanted: (info: { blocked: number; connected: number }) => boolean, what: string): Promise<void> {
    const deadline = Date.now() + settleTimeoutMs
    while (!wanted(await this.#info())) {
      if (Date.now() > deadline) throw new UnsettledError(`waited in vain for ${what}`)
    }
  }

  /** `<client:1>` stands for the CLIENT ID that the server gave to connection 1. */
  #fillIn(word: string): string {
    return word.replace(
      /^<client:(\d+)>$/,
      (_whole, index: string) => this.#connections[Number(index)]?.clientId ?? '0',
    )
  }

  async #until(done: () => boolean, what: string): Promise<void> {
    if (done()) return
    await new Promise<void>((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer)
        this.#news = () => {}
        resolve()
      }
      const timer = setTimeout(() => {
        this.#news = () => {}
        reject(new UnsettledError(`waited in vain for ${what}`))
      }, settleTimeoutMs)
      this.#news = () => {
        if (done()) finish()
      }
    })
  }
}

/** Brings `inMulti` up to date with the transaction controls among the segment's commands and their replies. */
function followTransaction(connection: StageConnection): void {
  const replies = connection.frames.map((frame) => frame.reply).filter((reply) => !isOutOfBand(reply))
  connection.commands.forEach((command, index) => {
    const reply = replies[index]
    const refused = reply?.type === 'error' && /^(ERR wrong number of arguments|NOPERM)/.test(reply.text)
    const name = (command[0] ?? '').toLowerCase()
    if (name === 'multi' && reply?.type === 'simple') connection.inMulti = true
    if ((name === 'exec' || name === 'discard' || name === 'reset') && !refused) connection.inMulti = false
  })
}
