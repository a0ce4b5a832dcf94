/** DEBUG PROTOCOL: a sample of every type of RESP3, for the tests of clients. The samples are those of Redis. */
import type { Reply } from '../../../protocol/resp/reply.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'

/** A map of one pair, the key and an array: `key-popularity` of `key:123` is 90. */
const attribute = Buffer.from('|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n')

const samples: Readonly<Record<string, (reply: Reply) => void>> = {
  string: (reply) => reply.text('Hello World'),
  integer: (reply) => reply.integer(12345),
  double: (reply) => reply.double(3141 / 1000),
  bignum: (reply) => reply.bigNumber('1234567999999999999999999999999999999'),
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
  attrib(reply) {
    // RESP2 has nothing like it and is spared.
    if (reply.protocol === 3) reply.wire(attribute, 0, attribute.length)
    reply.text('Some real reply following the attribute')
  },
  push(reply) {
    if (reply.protocol === 2) throw new ReplyError('ERR RESP2 is not supported by this command')
    reply.push(2)
    reply.text('server-cpu-usage')
    reply.integer(42)
    // A push answers nothing: whoever waits for an answer gets one.
    reply.text('Some real reply following the push reply')
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
