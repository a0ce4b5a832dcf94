/** What every request passes, whatever it is for: where it comes from, how many there are, which page sends it, who
 *  sends it. Requests that become WebSockets pass it, too. */
import type { IncomingMessage } from 'node:http'
import type { Broker } from '../../server/broker.ts'
import { endsOf, isLoopback } from '../addresses.ts'
import { InnerSession } from '../inner-session.ts'
import { Authenticator, type Identity } from './authenticator.ts'
import { Origins } from './origins.ts'
import { Refused } from './refused.ts'
import { RequestRate } from './request-rate.ts'
import { Tokens } from './tokens.ts'

export class Gate {
  readonly authenticator: Authenticator
  readonly origins: Origins
  readonly tokens: Tokens
  readonly #broker: Broker
  readonly #rate: RequestRate

  constructor(broker: Broker, warn: (message: string) => void) {
    const { settings } = broker.config
    this.#broker = broker
    const nowMs = (): number => broker.clockMs()
    this.tokens = new Tokens(() => settings.tokens, nowMs, warn)
    this.authenticator = new Authenticator(broker, this.tokens)
    this.origins = new Origins(settings)
    this.#rate = new RequestRate(nowMs)
  }

  /** Looks at where a request comes from, before who sends it is known. Throws Refused. */
  admit(request: IncomingMessage, address: string): void {
    const { settings } = this.#broker.config
    const { isOpen } = this.authenticator
    if (!isLoopback(address)) {
      if (settings.protectedMode && isOpen) {
        throw new Refused(
          403,
          'DENIED',
          'Without a password only this machine is served. Set one (requirepass or ACL SETUSER), or switch protected-mode off.',
        )
      }
      if (!this.#rate.take(address, settings.http.requestsPerSecondMax)) {
        throw new Refused(429, 'LIMIT', 'Too many requests from this address: see http-requests-per-second.')
      }
    }
    const isTls = 'encrypted' in request.socket
    this.origins.check(request.headers, isTls, isOpen)
  }

  /** Who sends the request. Rejects with Refused. */
  identify(request: IncomingMessage): Promise<Identity> {
    return this.#noted(request, this.authenticator.ofHeader(request.headers.authorization))
  }

  /** Whose token the request brings elsewhere than in its header. Rejects with Refused. */
  identifyByToken(request: IncomingMessage, token: string): Promise<Identity> {
    return this.#noted(request, this.authenticator.ofToken(token))
  }

  /** ACL LOG shows a login that was refused, with a session that is there for that alone. */
  async #noted(request: IncomingMessage, identity: Promise<Identity>): Promise<Identity> {
    try {
      return await identity
    } catch (error) {
      const session = InnerSession.open(this.#broker, { ...endsOf(request.socket), libraryName: 'http' })
      this.authenticator.note(error, session.session)
      session.close()
      throw error
    }
  }
}
