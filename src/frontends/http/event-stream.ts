/** An answer that never ends by itself: server-sent events. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { actUnlessClosed } from './response-timer.ts'

/** How often a silent stream says that it is alive, so that nobody between takes it for dead. */
export const heartbeatMs = 15_000
/** For how long a browser waits before it connects again. */
const retryMs = 2000

export class EventStream {
  readonly #response: ServerResponse

  /** Sends the head of the answer: from here on there is no other status. */
  constructor(reply: FastifyReply) {
    reply.hijack()
    this.#response = reply.raw
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    }
    this.#response.writeHead(200, headers as Record<string, string>)
    this.#response.write(`retry: ${retryMs}\n\n`)
  }

  get isClosed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded
  }

  /** Bytes that the client has not taken. */
  get pendingBytes(): number {
    return this.#response.writableLength
  }

  write(text: string): void {
    if (!this.isClosed) this.#response.write(text)
  }

  /** Writes, and resolves when the client has taken enough for more, or is gone. */
  async send(text: string): Promise<void> {
    if (this.isClosed || this.#response.write(text)) return
    const gone = new AbortController()
    const whenClosed = (): void => gone.abort()
    this.#response.once('close', whenClosed)
    try {
      await once(this.#response, 'drain', { signal: gone.signal })
    } catch (error) {
      if (!gone.signal.aborted) throw error
    } finally {
      this.#response.off('close', whenClosed)
    }
  }

  /** Ends it after so many milliseconds: the client may come back with a better token. */
  endIn(ms: number): void {
    actUnlessClosed(this.#response, ms, () => this.end())
  }

  /** Says that it is alive whenever it has been silent. */
  keepAlive(): void {
    const timer = setInterval(() => this.write(alive), heartbeatMs)
    this.#response.once('close', () => clearInterval(timer))
  }

  end(): void {
    if (!this.isClosed) this.#response.end()
  }

  /** Cuts a client that does not read. */
  cut(): void {
    this.#response.destroy()
  }
}

/** A comment: browsers do not tell it to the page. */
export const alive = ': alive\n\n'

/** An event of JSON text, which has no line ends. The id is what a client comes back with. */
export function eventText(data: string, { id, name }: { id?: string; name?: string } = {}): string {
  return `${id === undefined ? '' : `id: ${id}\n`}${name === undefined ? '' : `event: ${name}\n`}data: ${data}\n\n`
}
