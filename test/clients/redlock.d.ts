/** What redlock exports: its own types are left out of its package's `exports`. Only what the test uses. */
declare module 'redlock' {
  import type { EventEmitter } from 'node:events'
  import type { Redis } from 'ioredis'

  export interface Lock {
    readonly value: string
    extend(durationMs: number): Promise<Lock>
    release(): Promise<unknown>
  }

  /** No majority. */
  export class ExecutionError extends Error {}

  export default class Redlock extends EventEmitter {
    constructor(clients: Iterable<Redis>, settings?: { retryCount?: number })
    acquire(resources: string[], durationMs: number): Promise<Lock>
    using<T>(resources: string[], durationMs: number, routine: () => Promise<T>): Promise<T>
  }
}
