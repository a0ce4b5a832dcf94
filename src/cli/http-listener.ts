/** Where HTTP listens. The front end is loaded when it is wanted: it takes a while, and not everybody wants it. */
import type { HttpFrontEnd } from '../frontends/http/front-end.ts'
import type { WebSocketFrontEnd } from '../frontends/websocket/front-end.ts'
import type { Broker } from '../server/broker.ts'
import type { Settings } from '../server/config/settings.ts'
import { ListenError, unsupportedCodes } from './listeners.ts'
import { readTlsMaterials } from './tls-files.ts'

/** Opens what the settings ask for; undefined when they ask for none. Throws ListenError or TlsRefused, with nothing
 *  left open. */
export async function openHttp(broker: Broker, warn: (message: string) => void): Promise<HttpListener | undefined> {
  const { settings } = broker.config
  if (settings.http.port === 0) return undefined
  const { HttpFrontEnd } = await import('../frontends/http/front-end.ts')
  const { attachWebSocket } = await import('../frontends/websocket/front-end.ts')
  const { TokenKeysRefused } = await import('../frontends/http/tokens.ts')
  let frontEnd: HttpFrontEnd
  try {
    const tls = settings.http.isTls ? tlsOptions(settings) : undefined
    frontEnd = await HttpFrontEnd.create(broker, { tls, warn })
  } catch (error) {
    if (!(error instanceof TokenKeysRefused)) throw error
    throw new ListenError(error.message)
  }
  const listener = new HttpListener(frontEnd, attachWebSocket(frontEnd, broker))
  try {
    await listener.open(settings)
  } catch (error) {
    await frontEnd.close()
    throw error
  }
  return listener
}

export class HttpListener {
  readonly frontEnd: HttpFrontEnd
  readonly #webSocket: WebSocketFrontEnd
  /** The addresses as they may be opened. */
  readonly addresses: string[] = []

  constructor(frontEnd: HttpFrontEnd, webSocket: WebSocketFrontEnd) {
    this.frontEnd = frontEnd
    this.#webSocket = webSocket
  }

  /** Takes nobody any more, and lets WebSockets hand back what they hold; resolves when that is on disk, or at the latest
   *  after so long. */
  async stop(patienceMs: number): Promise<void> {
    this.frontEnd.stopListening()
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs)
    })
    await Promise.race([this.#webSocket.close(), patience])
    clearTimeout(timer)
  }

  async open(settings: Settings): Promise<void> {
    const { port, bindAddresses, isTls } = settings.http
    for (const bind of bindAddresses) {
      const isOptional = bind.startsWith('-')
      const name = isOptional ? bind.slice(1) : bind
      const host = name === '*' ? '0.0.0.0' : name === '::*' ? '::' : name
      try {
        await this.frontEnd.listen({ host, port, backlog: settings.tcpBacklog })
        const shown = host.includes(':') ? `[${host}]` : host
        this.addresses.push(`${isTls ? 'https' : 'http'}://${shown}:${port}`)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (unsupportedCodes.has(code ?? '') || (isOptional && code === 'EADDRNOTAVAIL')) continue
        throw new ListenError(reasonFor(error as NodeJS.ErrnoException, host, port))
      }
    }
    if (this.addresses.length === 0) throw new ListenError('None of the addresses in http-bind exists on this machine.')
  }

  /** Takes the certificates of the settings for connections from here on, where TLS is spoken. Throws TlsRefused. */
  renewTls(settings: Settings): void {
    if (settings.http.isTls) this.frontEnd.renewTls(tlsOptions(settings))
  }
}

/** Browsers are asked for passwords or tokens, never for certificates. */
function tlsOptions(settings: Settings) {
  return readTlsMaterials({ ...settings, tls: { ...settings.tls, clientCertificates: 'no' } }).options
}

function reasonFor({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host}, which is for HTTP, is taken by another program. Stop it, choose another port: --http-port 8380, or none: --http-port 0`
    case 'EACCES':
      return `Not allowed to listen on port ${port} for HTTP. Choose another: --http-port 8380`
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${host}: mend http-bind.`
  }
  return `Can't listen on ${host}:${port} for HTTP: ${message}`
}
