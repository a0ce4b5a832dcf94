/**
 * One connection that writes until it is cut off, and keeps account: which steps were sent, which were acknowledged.
 * A step is one command or one transaction; it is acknowledged when the last of its replies has arrived. Steps are
 * sent and answered in order, so the account is two numbers.
 */

import { printCommand, printReply } from '../support/notation.ts'
import { type Command, RespClient } from '../support/resp-client.ts'
import type { Reply } from '../support/resp-reply.ts'

/** What is sent as one piece, and what is to be learned from its replies (one for each command). */
export interface Step {
  readonly commands: readonly Command[]
  answered?(replies: readonly Reply[]): void
}

/** What a server did that it must not do. */
export class Violation extends Error {}

export class Conversation {
  readonly #client: RespClient
  readonly #depth: number
  readonly #next: () => Step
  readonly #unanswered: Step[] = []
  #replies: Reply[] = []
  #sentCount = 0
  #paused = false
  #failure: Error | undefined
  #end: () => void = () => {}
  /** Resolves when the connection has closed, or when all is answered after `pause`; rejects on an error reply. */
  readonly ended: Promise<void>

  private constructor(client: RespClient, depth: number, next: () => Step) {
    this.#client = client
    this.#depth = depth
    this.#next = next
    this.ended = new Promise((resolve, reject) => {
      this.#end = () => (this.#failure === undefined ? resolve() : reject(this.#failure))
    })
    // Whoever awaits `ended` later still hears of it.
    this.ended.catch(() => {})
    client.listen(
      (frame) => this.#take(frame.reply),
      () => this.#end(),
    )
    this.#send()
  }

  /** Connects and keeps up to `depth` steps under way; `next` makes one when there is room. */
  static async start(port: number, depth: number, next: () => Step): Promise<Conversation> {
    return new Conversation(await RespClient.open({ port }), depth, next)
  }

  /** Steps that were sent; the first `acknowledgedCount` of them were acknowledged. */
  get sentCount(): number {
    return this.#sentCount
  }

  get acknowledgedCount(): number {
    return this.#sentCount - this.#unanswered.length
  }

  /** Sends nothing more; the connection ends when everything sent has been answered. */
  pause(): void {
    this.#paused = true
    if (this.#unanswered.length === 0) this.#client.end()
  }

  #send(): void {
    // Refilling at half makes batches of various sizes rather than single commands.
    if (this.#paused || this.#unanswered.length > this.#depth / 2) return
    const commands: Command[] = []
    while (this.#unanswered.length < this.#depth) {
      const step = this.#next()
      this.#unanswered.push(step)
      this.#sentCount++
      commands.push(...step.commands)
    }
    this.#client.send(...commands)
  }

  #take(reply: Reply): void {
    if (this.#failure !== undefined) return
    const step = this.#unanswered[0]
    if (step === undefined) {
      this.#fail(new Violation(`a reply nobody asked for: ${printReply(reply)}`))
      return
    }
    const command = step.commands[this.#replies.length]!
    if (reply.type === 'error') {
      const asked = printCommand(command.map((word) => word.toString('latin1')))
      this.#fail(new Violation(`${asked} was answered with ${printReply(reply)}`))
      return
    }
    this.#replies.push(reply)
    if (this.#replies.length < step.commands.length) return
    this.#unanswered.shift()
    const replies = this.#replies
    this.#replies = []
    try {
      step.answered?.(replies)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (this.#paused && this.#unanswered.length === 0) this.#client.end()
    else this.#send()
  }

  #fail(error: Error): void {
    this.#failure = error
    this.#client.reset()
  }
}
