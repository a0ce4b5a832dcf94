/** Who asks: a user of the ACL, by password or by a token, or the default user where no password is needed. */
import type { JWTPayload } from 'jose'
import type { Bounds, ChannelPattern, KeyPattern } from '../../server/acl/selector.ts'
import { ruleFault, Selector } from '../../server/acl/selector.ts'
import type { User } from '../../server/acl/user.ts'
import type { Broker } from '../../server/broker.ts'
import type { Session } from '../../server/session.ts'
import { Refused } from './refused.ts'
import type { Tokens } from './tokens.ts'

/** Somebody who was recognized. */
export interface Identity {
  readonly user: User
  /** When the token ends, and with it whatever it opened; undefined for never. */
  readonly expiresAtMs: number | undefined
}

export class Authenticator {
  readonly #broker: Broker
  readonly #tokens: Tokens

  constructor(broker: Broker, tokens: Tokens) {
    this.#broker = broker
    this.#tokens = tokens
  }

  /** Whether who shows nothing is served as the default user. */
  get isOpen(): boolean {
    return !this.#broker.acl.needsPassword
  }

  /** Who sends a request with this Authorization header, or none. Throws Refused. */
  async ofHeader(authorization: string | undefined): Promise<Identity> {
    if (authorization === undefined) return this.anonymous()
    const [scheme, credentials = ''] = splitOnce(authorization.trim(), ' ')
    switch (scheme.toLowerCase()) {
      case 'basic': {
        // RFC 7617: what comes after the first colon is the password.
        const [name, password] = splitOnce(Buffer.from(credentials.trim(), 'base64').toString('latin1'), ':')
        return this.ofPassword(name === '' ? 'default' : name, Buffer.from(password ?? '', 'latin1'))
      }
      case 'bearer':
        return this.ofToken(credentials.trim())
    }
    throw new Refused(401, 'WRONGPASS', 'The Authorization header must be Basic or Bearer.')
  }

  /** The default user, where it needs no password. Throws Refused. */
  anonymous(): Identity {
    if (this.isOpen) return { user: this.#broker.acl.users.default, expiresAtMs: undefined }
    throw new Refused(401, 'NOAUTH', 'Authentication required.')
  }

  /** The user of that name (one character a byte). Throws Refused. */
  ofPassword(name: string, password: Uint8Array): Identity {
    const user = this.#broker.acl.users.find(name)
    if (user?.accepts(password) !== true) {
      throw new Refused(401, 'WRONGPASS', 'invalid username-password pair or user is disabled.', name)
    }
    return { user, expiresAtMs: undefined }
  }

  /** The user that the token names, narrowed as it says. Throws Refused, with the same words whatever is wrong. */
  async ofToken(token: string): Promise<Identity> {
    const refused = (triedUser: string): Refused =>
      new Refused(401, 'WRONGPASS', 'invalid token, or its user is disabled.', triedUser)
    const claims = await this.#tokens.claims(token)
    // What a token says that is not good is not believed either.
    if (claims === undefined) throw refused('')
    const claim = claims[this.#broker.config.settings.tokens.userClaim]
    const name = typeof claim === 'string' ? latin1(claim) : ''
    const user = this.#broker.acl.users.find(name)
    const bounds = this.#boundsOf(claims)
    if (user?.isOn !== true || bounds === undefined) throw refused(name)
    const isNarrow = bounds.keys !== undefined || bounds.channels !== undefined
    return { user: isNarrow ? user.narrowed(bounds) : user, expiresAtMs: claims.exp! * 1000 }
  }

  /** Puts a login that was refused into ACL LOG, with the session that asked for it; whatever else went wrong is none. */
  note(error: unknown, session: Session): void {
    if (!(error instanceof Refused) || error.triedUser === undefined) return
    this.#broker.acl.note(session, { reason: 'auth', context: 'toplevel', object: 'AUTH', username: error.triedUser })
  }

  /** What the claims `keys` and `channels` narrow the user to; undefined when they are not lists of patterns. A key
   *  pattern may say what may be done: `%R~audit:*`. */
  #boundsOf(claims: JWTPayload): Bounds | undefined {
    const { keys, channels } = claims
    const selector = new Selector(this.#broker.acl.commands)
    const applies = (rule: string): boolean => {
      const fault = selector.apply(rule)
      // A pattern beside one for everything changes nothing.
      return fault === undefined || fault === ruleFault.keysAfterAll || fault === ruleFault.channelsAfterAll
    }
    const faultless = (list: unknown, ruleOf: (pattern: string) => string): boolean =>
      list === undefined ||
      (Array.isArray(list) && list.every((each) => typeof each === 'string' && applies(latin1(ruleOf(each)))))
    const isFine =
      faultless(keys, (each) => (/^(~|%[rw]{1,2}~)/i.test(each) ? each : `~${each}`)) &&
      faultless(channels, (each) => `&${each}`)
    if (!isFine) return undefined
    return {
      keys: keys === undefined ? undefined : keyPatterns(selector),
      channels: channels === undefined ? undefined : channelPatterns(selector),
    }
  }
}

const everything = { text: '*', bytes: Buffer.from('*') }

function keyPatterns(selector: Selector): readonly KeyPattern[] {
  return selector.allKeys ? [{ ...everything, permissions: 3 }] : selector.keys
}

function channelPatterns(selector: Selector): readonly ChannelPattern[] {
  return selector.allChannels ? [everything] : selector.channels
}

/** The text's bytes in UTF-8, one character each, as names of users and patterns are kept. */
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
