/** The process around the broker, as `Host` describes it. */
import { readFileSync } from 'node:fs'
import { arch, release, totalmem, type } from 'node:os'
import { resolve } from 'node:path'
import type { Host, Relisten, ShutdownRequest } from '../server/host.ts'
import { replaceConfigFile } from './config-files.ts'

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
    rewriteConfigFile(rewrite) {
      if (configFile === '') throw new Error('there is no configuration file')
      replaceConfigFile(configFile, rewrite)
    },
  }
}
