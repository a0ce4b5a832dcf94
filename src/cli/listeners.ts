/** Where the broker listens: TCP addresses and a unix socket. */
import { chmodSync, rmSync } from 'node:fs'
import type { ListenOptions, Server } from 'node:net'
import { createRespServer } from '../frontends/resp.ts'
import type { Broker } from '../server/broker.ts'
import type { Settings } from '../server/config/settings.ts'

/** An address that can't be listened on. The message is for the terminal. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** Codes for an address this machine does not have: an error unless the address is marked as optional. */
const absentCodes = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'])

export class Listeners {
  readonly #broker: Broker
  #servers: Server[] = []
  #unixPath = ''
  /** The TCP port that is listened on, 0 for none. */
  port = 0
  /** The addresses as they may be typed: `127.0.0.1:6379`. */
  addresses: string[] = []

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** Opens everything that the settings ask for. Throws ListenError, with nothing left open. */
  async open(settings: Settings): Promise<void> {
    try {
      if (settings.port !== 0) {
        for (const address of settings.bindAddresses.length === 0 ? ['*'] : settings.bindAddresses) {
          await this.#openTcp(settings, address)
        }
        if (this.#servers.length === 0) throw new ListenError('None of the addresses in bind exists on this machine.')
      }
      if (settings.unixSocketPath !== '') await this.#openUnix(settings)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Listens no more; connections stay. */
  async close(): Promise<void> {
    const servers = this.#servers
    this.#servers = []
    this.addresses = []
    this.port = 0
    for (const server of servers) server.close()
    if (this.#unixPath !== '') rmSync(this.#unixPath, { force: true })
    this.#unixPath = ''
  }

  async #openTcp(settings: Settings, bind: string): Promise<void> {
    const isOptional = bind.startsWith('-')
    const host = isOptional ? bind.slice(1) : bind
    const options: ListenOptions = { port: settings.port, backlog: settings.tcpBacklog }
    if (host !== '*') options.host = host === '::*' ? '::' : host
    try {
      const server = await this.#listen({ ...options, ipv6Only: host.includes(':') })
      this.#servers.push(server)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (isOptional && absentCodes.has(code ?? '')) return
      if (code === 'EADDRINUSE') {
        throw new ListenError(
          `Port ${settings.port} on ${host} is taken by another program. Stop it, or choose another port: --port 7000`,
        )
      }
      if (code === 'EACCES')
        throw new ListenError(`Not allowed to listen on port ${settings.port}. Choose another: --port 7000`)
      throw new ListenError(`Can't listen on ${host}:${settings.port}: ${message}`)
    }
    this.port = settings.port
    this.addresses.push(host.includes(':') ? `[${host}]:${settings.port}` : `${host}:${settings.port}`)
  }

  async #openUnix(settings: Settings): Promise<void> {
    const path = settings.unixSocketPath
    // A socket that an ended process left behind; Redis removes it too.
    rmSync(path, { force: true })
    try {
      this.#servers.push(await this.#listen({ path }))
    } catch (error) {
      throw new ListenError(`Can't listen on the unix socket ${path}: ${(error as Error).message}`)
    }
    this.#unixPath = path
    if (settings.unixSocketMode !== 0) chmodSync(path, settings.unixSocketMode)
    this.addresses.push(path)
  }

  #listen(options: ListenOptions): Promise<Server> {
    const server = createRespServer(this.#broker)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(options, () => {
        server.off('error', reject)
        resolve(server)
      })
    })
  }
}
