/** Which pages may use the server from a browser, and under which names it may be asked for.
 *
 *  A browser names the page's origin in whatever changes something or opens a socket. Pages of the server's own are
 *  always let in, those of others when the operator says so. That the page's origin equals the name that was asked for
 *  proves nothing by itself, since a stranger's name may be made to lead to this machine (DNS rebinding): where nobody has
 *  to show a password, only names that can't be a stranger's are answered. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Settings } from '../../server/config/settings.ts'
import { Refused } from './refused.ts'

export class Origins {
  readonly #settings: Settings

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** Throws Refused when a page may not send this request. `isOpen` says that no password is needed. */
  check(headers: IncomingHttpHeaders, isTls: boolean, isOpen: boolean): void {
    const { host, origin } = headers
    if (isOpen && this.#settings.protectedMode && !this.#isOwnName(host)) {
      throw new Refused(
        403,
        'DENIED',
        'Without a password the server answers to an address or localhost alone. Set a password, name the page in http-allowed-origins, or switch protected-mode off.',
      )
    }
    if (origin === undefined || this.isForeignAllowed(origin)) return
    if (host !== undefined && origin === `${isTls ? 'https' : 'http'}://${host}`.toLowerCase()) return
    throw new Refused(403, 'ORIGIN', 'Pages of this origin may not use the server: see http-allowed-origins.')
  }

  /** Whether the origin is one of those that the operator lets in. */
  isForeignAllowed(origin: string): boolean {
    return this.#settings.http.allowedOrigins.includes(origin)
  }

  #isOwnName(host: string | undefined): boolean {
    if (host === undefined) return true
    const name = host.replace(/:\d+$/, '').toLowerCase()
    if (name === 'localhost' || name.endsWith('.localhost')) return true
    if (/^\d+\.\d+\.\d+\.\d+$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name)) return true
    return this.#settings.http.allowedOrigins.some((origin) => new URL(origin).host === host.toLowerCase())
  }
}
