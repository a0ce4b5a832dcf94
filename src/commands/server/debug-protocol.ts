/** DEBUG PROTOCOL: a sample of every type of RESP3, for the tests of clients. The samples are those of Redis. */
import type { Reply } from '../../../protocol/resp/reply.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'

const samples: Readonly<Record<string, (reply: Reply) => void>> = {
  string: (reply) => reply.text('Hello World'),
  integer: (reply) => reply.integer(12345),
  double: (reply) => reply.double(3141 / 1000),
  null: (reply) => reply.null(),
  array(reply) {
    reply.array(3)
    for (let i = 0; i < 3; i++) reply.integer(i)
  },
  set(reply) {
    reply.set(3)
    for (let i = 0; i < 3; i++) reply.integer(i)
  },
  map(reply) {
    reply.map(3)
    for (let i = 0; i < 3; i++) {
      reply.integer(i)
      reply.boolean(i === 1)
    }
  },
  verbatim: (reply) => reply.verbatim('txt', 'This is a verbatim\nstring'),
  true: (reply) => reply.boolean(true),
  false: (reply) => reply.boolean(false),
}

/** The names of the samples. */
export const protocolSamples: readonly string[] = Object.keys(samples)

/** Answers with the sample of that name. */
export function replyProtocolSample(reply: Reply, name: string): void {
  const sample = Object.hasOwn(samples, name) ? samples[name] : undefined
  if (sample === undefined) {
    throw new ReplyError(`ERR Wrong protocol type name. Please use one of the following: ${protocolSamples.join('|')}`)
  }
  sample(reply)
}
