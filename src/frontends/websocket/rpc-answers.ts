/** Answers of JSON-RPC: one by one, or gathered for a batch. */
import type { RequestId, RpcError } from '../../../protocol/websocket/messages.ts'
import { rpcErrorCode } from '../../../protocol/websocket/messages.ts'
import { AnswerTooLong, answerBytesMax, JsonWriter } from '../json/json-writer.ts'
import { isError, type ReplyFault, readError, writeReply } from '../json/reply-json.ts'
import { frameOf, textFrame } from './frames.ts'

const writer = new JsonWriter(answerBytesMax)

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
    try {
      writeReply(writer, bytes, at)
      return this.#end()
    } catch (error) {
      if (error instanceof AnswerTooLong) return this.error(tooLong(error))
      throw error
    }
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
      const answer = writer.take()
      return this.#batch.add(this.#id === undefined ? undefined : answer)
    }
    const frame = this.#id === undefined ? undefined : frameOf(textFrame, writer.bytes, 0, writer.at)
    writer.clear()
    return frame
  }
}

/** The answers of a batch, which go out together. */
export class AnswerBatch {
  #left: number
  readonly #answers: Buffer[] = []
  #bytes = 0
  readonly #bytesMax: number

  /** One that holds more than `bytesMax` is answered by an error. */
  constructor(count: number, bytesMax = answerBytesMax) {
    this.#left = count
    this.#bytesMax = bytesMax
  }

  /** Adds an answer, or that there is none; returns the frame of all when it is the last. */
  add(answer: Buffer | undefined): Buffer | undefined {
    this.#left--
    if (answer !== undefined) {
      this.#bytes += answer.length
      if (this.#bytes > this.#bytesMax) this.#answers.length = 0
      this.#answers.push(answer)
    }
    if (this.#left > 0 || this.#answers.length === 0) return undefined
    if (this.#bytes > this.#bytesMax) {
      const error = { jsonrpc: '2.0', id: null, error: tooLong(new AnswerTooLong(this.#bytesMax)) }
      return frameOf(textFrame, Buffer.from(JSON.stringify(error)))
    }
    const parts = this.#answers.flatMap((each, i) => [i === 0 ? opening : comma, each])
    return frameOf(textFrame, Buffer.concat([...parts, closing]))
  }
}

const opening = Buffer.from('[')
const comma = Buffer.from(',')
const closing = Buffer.from(']')

function tooLong({ message }: AnswerTooLong): RpcError {
  return refusedWith({ code: 'LIMIT', message })
}

export function refusedWith(fault: ReplyFault): RpcError {
  return { code: rpcErrorCode.refused, message: fault.message, data: { code: fault.code, message: fault.message } }
}
