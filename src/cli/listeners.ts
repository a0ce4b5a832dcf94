/** Where the broker listens: TCP addresses, plain and for TLS, which may move while it runs, and a unix socket. */
import { chmodSync, lstatSync, rmSync } from 'node:fs'
import type { ListenOptions, Server } from 'node:net'
import { Doorman, type Doors } from '../frontends/doorman.ts'
import { createRespServer, openTls } from '../frontends/resp.ts'
import { TlsGate } from '../frontends/tls.ts'
import type { Broker } from '../server/broker.ts'
import type { Settings } from '../server/config/settings.ts'
import type { ListeningMove } from '../server/host.ts'
import { readTlsMaterials } from './tls-files.ts'

/** An address that can't be listened on. The message is for the terminal. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** Codes for what this machine can't do at all, such as IPv6: such addresses are passed over. */
export const unsupportedCodes = new Set([
  'EAFNOSUPPORT',
  'EPROTONOSUPPORT',
  'EPFNOSUPPORT',
  'ESOCKTNOSUPPORT',
  'ENOPROTOOPT',
])

/** A TCP address to listen on. */
interface Target {
  readonly host: string
  readonly port: number
  /** Marked by a leading `-`: passed over where the machine does not have the address. */
  readonly isOptional: boolean
  readonly backlog: number
  readonly isTls: boolean
}

const tlsPrefix = 'tls://'

/** Listening servers by the address as one would type it: `127.0.0.1:6379`, with `tls://` before it for TLS. */
type TcpServers = Map<string, Server>

export class Listeners {
  readonly #broker: Broker
  readonly #warn: (message: string) => void
  #tcp: TcpServers = new Map()
  #unix: Server | undefined
  #unixPath = ''
  /** The plain port and that for TLS as they are listened on, 0 for none. */
  #port = 0
  #tlsPort = 0
  #gate: TlsGate | undefined
  /** For those who come while a script is busy. */
  readonly doorman: Doorman

  /** `warn` hears of what goes wrong and stops nobody. */
  constructor(broker: Broker, warn: (message: string) => void) {
    this.#broker = broker
    this.#warn = warn
    this.doorman = new Doorman(broker, () => this.#doors(), warn)
  }

  /** The TCP port that is listened on, that for TLS if there is no other, 0 for none. */
  get port(): number {
    return this.#port === 0 ? this.#tlsPort : this.#port
  }

  /** The addresses as they may be typed. */
  get addresses(): string[] {
    return [...this.#tcp.keys(), ...(this.#unixPath === '' ? [] : [this.#unixPath])]
  }

  /** Opens everything that the settings ask for. Throws ListenError or TlsRefused, with nothing left open. */
  async open(settings: Settings): Promise<void> {
    const targets = targetsOf(settings)
    if (targets.size === 0 && settings.unixSocketPath === '' && settings.http.port === 0) {
      throw new ListenError('Nothing to listen on: give a port and an address to bind, an http-port, or a unixsocket.')
    }
    this.#prepareTls(settings)
    try {
      this.#tcp = await this.#openAll(targets)
      if (targets.size > 0 && this.#tcp.size === 0) throw noneExists()
      this.#notePorts(settings)
      if (settings.unixSocketPath !== '') await this.#openUnix(settings)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Listens where the settings say, too, until the move is committed or abandoned. Rejects with ListenError or TlsRefused
   *  when that is not possible, with everything as it was. */
  async move(settings: Settings): Promise<ListeningMove> {
    this.#prepareTls(settings)
    const targets = targetsOf(settings)
    const kept = [...this.#tcp].filter(([address]) => targets.has(address))
    const gone = [...this.#tcp].filter(([address]) => !targets.has(address))
    // On the same port old and new addresses may be in each other's way: 127.0.0.1 and 0.0.0.0.
    const closesFirst = settings.port === this.#port && settings.tls.port === this.#tlsPort
    const closeGone = (): void => {
      for (const [, server] of gone) server.close()
    }
    const restore = async (): Promise<void> => {
      if (!closesFirst) return
      const reopened = await this.#openAll(targetsOf(this.#broker.config.settings), kept)
      this.#tcp = new Map([...kept, ...reopened])
    }
    if (closesFirst) closeGone()
    let opened: TcpServers
    try {
      opened = await this.#openAll(targets, kept)
      if (targets.size > 0 && opened.size + kept.length === 0) throw noneExists()
    } catch (error) {
      await restore()
      throw error
    }
    return {
      commit: () => {
        if (!closesFirst) closeGone()
        this.#tcp = new Map([...kept, ...opened])
        this.#notePorts(settings)
      },
      abandon: () => {
        for (const server of opened.values()) server.close()
        return restore()
      },
    }
  }

  /** Listens no more; connections stay. Everything is done when it returns. */
  close(): void {
    for (const server of this.#tcp.values()) server.close()
    this.#tcp = new Map()
    this.#port = 0
    this.#tlsPort = 0
    this.#gate?.close()
    this.#unix?.close()
    this.#unix = undefined
    if (this.#unixPath !== '') rmSync(this.#unixPath, { force: true })
    this.#unixPath = ''
  }

  /** Lets TLS be as the settings say, for connections from here on; where there is no port for it nothing is looked at.
   *  Throws TlsRefused, with everything as it was. */
  renewTls(settings: Settings): void {
    if (this.#tlsPort !== 0) this.#gate?.renew(readTlsMaterials(settings))
  }

  #doors(): Doors {
    const plain: Server[] = []
    const tls: Server[] = []
    for (const [address, server] of this.#tcp) (address.startsWith(tlsPrefix) ? tls : plain).push(server)
    if (this.#unix !== undefined) plain.push(this.#unix)
    return { plain, tls, materials: this.#gate?.materials }
  }

  #prepareTls(settings: Settings): void {
    if (settings.tls.port === 0 || this.#tlsPort !== 0) return
    this.#gate = new TlsGate(readTlsMaterials(settings), openTls(this.#broker), this.#warn)
  }

  #notePorts({ port, tls }: Settings): void {
    this.#port = port
    this.#tlsPort = tls.port
  }

  /** Opens all but those that are open; all or none. */
  async #openAll(
    targets: ReadonlyMap<string, Target>,
    open: readonly (readonly [string, Server])[] = [],
  ): Promise<TcpServers> {
    const opened: TcpServers = new Map()
    try {
      for (const [address, target] of targets) {
        if (open.some(([each]) => each === address)) continue
        const server = await this.#openTcp(target)
        if (server !== undefined) opened.set(address, server)
      }
    } catch (error) {
      for (const server of opened.values()) server.close()
      throw error
    }
    return opened
  }

  /** Undefined when there is no such address and that is fine. */
  async #openTcp({ host, port, isOptional, backlog, isTls }: Target): Promise<Server | undefined> {
    try {
      return await this.#listen({ host, port, backlog, ipv6Only: host.includes(':') }, isTls ? this.#gate : undefined)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (unsupportedCodes.has(code ?? '') || (isOptional && code === 'EADDRNOTAVAIL')) return undefined
      if (code === 'EADDRINUSE') {
        throw new ListenError(
          `Port ${port} on ${host} is taken by another program. Stop it, or choose another port: --port 7000`,
        )
      }
      if (code === 'EACCES') throw new ListenError(`Not allowed to listen on port ${port}. Choose another: --port 7000`)
      if (code === 'EADDRNOTAVAIL') throw new ListenError(`This machine has no address ${host}: mend bind.`)
      throw new ListenError(`Can't listen on ${host}:${port}: ${message}`)
    }
  }

  async #openUnix(settings: Settings): Promise<void> {
    const path = settings.unixSocketPath
    // A socket that an ended process left behind goes, as in Redis; any other file stays and is in the way.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path)
    try {
      this.#unix = await this.#listen({ path, backlog: settings.tcpBacklog })
    } catch (error) {
      throw new ListenError(`Can't listen on the unix socket ${path}: ${(error as Error).message}`)
    }
    this.#unixPath = path
    if (settings.unixSocketMode !== 0) chmodSync(path, settings.unixSocketMode)
  }

  #listen(options: ListenOptions, gate?: TlsGate): Promise<Server> {
    const server = createRespServer(this.#broker, gate)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(options, () => {
        server.off('error', reject)
        // One connection that can't be taken (too many open files) is no reason to stop for the others.
        server.on('error', (error) => this.#warn(`A connection could not be accepted: ${error.message}`))
        resolve(server)
      })
    })
  }
}

/** What the settings say, by the address as one would type it. */
function targetsOf({ port, tls, bindAddresses, tcpBacklog }: Settings): Map<string, Target> {
  const targets = new Map<string, Target>()
  if (port !== 0) addTargets(targets, port, false, bindAddresses, tcpBacklog)
  if (tls.port !== 0) addTargets(targets, tls.port, true, bindAddresses, tcpBacklog)
  return targets
}

function addTargets(
  targets: Map<string, Target>,
  port: number,
  isTls: boolean,
  bindAddresses: readonly string[],
  backlog: number,
): void {
  for (const bind of bindAddresses) {
    const isOptional = bind.startsWith('-')
    const name = isOptional ? bind.slice(1) : bind
    const host = name === '*' ? '0.0.0.0' : name === '::*' ? '::' : name
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    targets.set(isTls ? `${tlsPrefix}${address}` : address, { host, port, isOptional, backlog, isTls })
  }
}

function noneExists(): ListenError {
  return new ListenError('None of the addresses in bind exists on this machine.')
}
