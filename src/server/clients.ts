/** Connections as commands reach them: who there is, passwords, how answers go out, and the end of others. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { ClientFilter, ClientServer } from '../commands/connection/client-server.ts'
import { latin1Text } from '../lib/bytes.ts'
import type { Broker } from './broker.ts'
import { clientLine } from './clients-line.ts'
import { type Session, special } from './session.ts'

const userName = 'default'

export class Clients implements ClientServer {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  get needsPassword(): boolean {
    return this.#broker.config.settings.password.length > 0
  }

  isAuthenticated(client: Session): boolean {
    return !client.has(special.unauthenticated)
  }

  authenticate(client: Session, user: Uint8Array, password: Uint8Array): boolean {
    if (latin1Text(user) !== userName) return false
    // Digests are of one size, so the time tells nothing of the password.
    const isRight =
      !this.needsPassword || timingSafeEqual(digest(password), digest(this.#broker.config.settings.password))
    if (isRight) this.#setAuthenticated(client, true)
    return isRight
  }

  hasUser(name: string): boolean {
    return name === userName
  }

  describeUser(): { flags: string[]; passwords: string[] } {
    const { password } = this.#broker.config.settings
    if (!this.needsPassword) return { flags: ['on', 'nopass'], passwords: [] }
    return { flags: ['on'], passwords: [digest(password).toString('hex')] }
  }

  /** A password that was set or removed: those who are in stay in, and without one everybody may do everything until
   *  there is one again. */
  passwordChanged(): void {
    for (const session of this.#broker.sessions.values()) this.#setAuthenticated(session, session.isAuthenticated)
  }

  /** A new connection: whether it has to authenticate. */
  greet(session: Session): void {
    this.#setAuthenticated(session, !this.needsPassword)
  }

  setProtocol(client: Session, protocol: number): void {
    client.protocol = protocol
    this.#broker.outbox.replies.protocol = protocol
  }

  setLibrary(client: Session, part: 'name' | 'version', text: string): void {
    if (part === 'name') client.libraryName = text
    else client.libraryVersion = text
  }

  setReplies(client: Session, mode: 'on' | 'off' | 'skip'): void {
    if (mode === 'off') client.set(special.replyOff, true)
    else if (mode === 'on') client.set(special.replyOff | special.replySkip, false)
    else if (!client.has(special.replyOff)) client.set(special.replySkipNext, true)
  }

  setEvictionExempt(client: Session, on: boolean): void {
    client.isEvictionExempt = on
  }

  setTouchSuppressed(client: Session, on: boolean): void {
    client.isTouchSuppressed = on
    this.#broker.keyspace.keepAccessTime = on
  }

  reset(client: Session): void {
    this.#broker.monitors.remove(client)
    this.setProtocol(client, 2)
    client.set(special.replyOff | special.replySkip | special.replySkipNext, false)
    client.name = ''
    this.setTouchSuppressed(client, false)
    this.#setAuthenticated(client, !this.needsPassword)
  }

  closeAfterReply(client: Session): void {
    this.#broker.closeAfterReply(client)
  }

  describe(client: Session): string {
    return clientLine(client, this.#broker.keyspace.nowMs)
  }

  matching(filter: ClientFilter): Session[] {
    return [...this.#broker.sessions.values()].filter((session) => fits(session, filter))
  }

  byId(id: number): Session | undefined {
    return this.#broker.sessions.get(id)
  }

  kill(client: Session): void {
    client.connection.destroy()
    this.#broker.disconnect(client)
  }

  unblock(id: number, withError: boolean): boolean {
    const session = this.#broker.sessions.get(id)
    if (session?.waiter === undefined) return false
    const { wait } = session.waiter
    const { keyspace, outbox, state, waiters } = this.#broker
    waiters.remove(session.waiter)
    keyspace.hasWaiters = waiters.count > 0
    session.set(special.blocked, false)
    // The answer goes the way of pushes, because another session is being answered now.
    const { pushes } = outbox
    const start = pushes.at
    pushes.protocol = session.protocol
    if (withError) pushes.error('UNBLOCKED client unblocked via CLIENT UNBLOCK')
    else wait.timeOut(pushes)
    if (session.has(special.replyOff)) pushes.at = start
    outbox.push(session, start, pushes.at)
    state.onUnblocked(session)
    return true
  }

  pause(untilMs: number, scope: 'write' | 'all'): void {
    this.#broker.pause.begin(untilMs, scope === 'all')
  }

  unpause(): void {
    this.#broker.pause.end()
  }

  monitor(client: Session): boolean {
    return this.#broker.monitors.add(client)
  }

  #setAuthenticated(session: Session, isAuthenticated: boolean): void {
    session.isAuthenticated = isAuthenticated
    const isRefused = this.needsPassword && !isAuthenticated
    session.set(special.unauthenticated, isRefused)
    session.parser.restricted = isRefused
  }
}

function fits(session: Session, filter: ClientFilter): boolean {
  const { connection } = session
  if (filter.id !== undefined && session.id !== filter.id) return false
  if (filter.type !== undefined && filter.type !== typeOf(session)) return false
  if (filter.address !== undefined && connection.remoteAddress !== filter.address) return false
  if (filter.localAddress !== undefined && connection.localAddress !== filter.localAddress) return false
  return session !== filter.except
}

/** The class of a client, for CLIENT LIST and for its output limits. */
export function typeOf(session: Session): 'normal' | 'pubsub' {
  return session.has(special.subscribed) ? 'pubsub' : 'normal'
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
