/** Answers of JSON-RPC: one by one, or gathered for a batch. */
import type { RequestId, RpcError } from '../../../protocol/websocket/messages.ts'
import { rpcErrorCode } from '../../../protocol/websocket/messages.ts'
import { JsonWriter } from '../json/json-writer.ts'
import { isError, type ReplyFault, readError, writeReply } from '../json/reply-json.ts'
import { frameOf, textFrame } from './frames.ts'

const writer = new JsonWriter()

/** Where the answer to a request goes. */
export class AnswerPlace {
  readonly #id: RequestId | undefined
  readonly #batch: AnswerBatch | undefined

  /** Without an id nothing is answered. */
  constructor(id: RequestId | undefined, batch: AnswerBatch | undefined) {
    this.#id = id
    this.#batch = batch
  }

  /** The frame that answers with the reply at `at`; undefined when there is nothing to send (yet). */
  reply(bytes: Uint8Array, at: number): Buffer | undefined {
    if (isError(bytes, at)) return this.error(refusedWith(readError(bytes, at)))
    this.#begin('result')
    writeReply(writer, bytes, at)
    return this.#end()
  }

  result(result: unknown): Buffer | undefined {
    this.#begin('result')
    writer.json(JSON.stringify(result))
    return this.#end()
  }

  error(error: RpcError): Buffer | undefined {
    this.#begin('error')
    writer.json(JSON.stringify(error))
    return this.#end()
  }

  #begin(part: 'result' | 'error'): void {
    writer.raw('{"jsonrpc":"2.0","id":')
    writer.json(JSON.stringify(this.#id ?? null))
    writer.raw(`,"${part}":`)
  }

  #end(): Buffer | undefined {
    writer.raw('}')
    if (this.#batch !== undefined) {
      const frame = this.#batch.add(this.#id === undefined ? undefined : writer.bytes.toString('utf8', 0, writer.at))
      writer.clear()
      return frame
    }
    const frame = this.#id === undefined ? undefined : frameOf(textFrame, writer.bytes, 0, writer.at)
    writer.clear()
    return frame
  }
}

/** The answers of a batch, which go out together. */
export class AnswerBatch {
  #left: number
  readonly #answers: string[] = []

  constructor(count: number) {
    this.#left = count
  }

  /** Adds an answer, or that there is none; returns the frame of all when it is the last. */
  add(answer: string | undefined): Buffer | undefined {
    this.#left--
    if (answer !== undefined) this.#answers.push(answer)
    if (this.#left > 0 || this.#answers.length === 0) return undefined
    return frameOf(textFrame, Buffer.from(`[${this.#answers.join(',')}]`))
  }
}

export function refusedWith(fault: ReplyFault): RpcError {
  return { code: rpcErrorCode.refused, message: fault.message, data: { code: fault.code, message: fault.message } }
}
