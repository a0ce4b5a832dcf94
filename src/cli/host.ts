/** The process around the broker, as `Host` describes it. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { arch, release, totalmem, type } from 'node:os'
import { resolve } from 'node:path'
import type { ShutdownRequest } from '../commands/server/ports.ts'
import { transfer } from '../frontends/transfer.ts'
import { type BusyDoor, FileRefused, type Host, type Relisten } from '../server/host.ts'
import { replaceConfigFile } from './config-files.ts'
import { luaCode } from './lua-code.ts'
import { reasonOf } from './start-error.ts'

/** The program's version, from its package. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version

export interface HostOptions {
  readonly configFile: string | undefined
  tcpPort(): number
  shutdown(request: ShutdownRequest): void
  abortShutdown(): boolean
  readonly relisten: Relisten
  readonly busyDoor: BusyDoor
  log(level: number, text: string): void
}

export function createHost(options: HostOptions): Host {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  const configFile = options.configFile === undefined ? '' : resolve(options.configFile)
  return {
    facts() {
      const memory = process.memoryUsage()
      const usage = process.cpuUsage()
      return {
        processId: process.pid,
        executable: process.argv[1] ?? process.execPath,
        configFile,
        system: `${type()} ${release()} ${arch()}`,
        nodeVersion: process.version,
        millraceVersion: version,
        residentBytes: memory.rss,
        heapBytes: memory.heapUsed,
        arrayBufferBytes: memory.arrayBuffers,
        totalSystemBytes: totalmem(),
        cpuSystemSeconds: usage.system / 1e6,
        cpuUserSeconds: usage.user / 1e6,
        tcpPort: options.tcpPort(),
      }
    },
    sleep(ms) {
      Atomics.wait(sleeper, 0, 0, ms)
    },
    shutdown: options.shutdown,
    abortShutdown: options.abortShutdown,
    relisten: options.relisten,
    busyDoor: options.busyDoor,
    transfer,
    luaCode,
    log: options.log,
    rewriteConfigFile(rewrite) {
      if (configFile === '') throw new Error('there is no configuration file')
      replaceConfigFile(configFile, rewrite)
    },
    secretBytes: randomBytes,
    readAclFile(path) {
      try {
        return readFileSync(resolve(path), 'latin1')
      } catch (error) {
        throw new FileRefused(reasonOf(error))
      }
    },
    writeAclFile(path, text) {
      replaceConfigFile(resolve(path), () => text)
    },
  }
}
