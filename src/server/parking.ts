/** Clients that wait for something other than a key: a checkpoint, a socket. */
import type { Reply } from '../../protocol/resp/reply.ts'
import type { Call, Wait } from '../commands/call.ts'
import type { Broker } from './broker.ts'
import type { Session } from './session.ts'

/** Lets the client of a call wait; what is returned ends the wait with an answer, and does nothing when the client has
 *  gone. Only where the call may block. */
export function park(broker: Broker, call: Call): (answer: (reply: Reply) => void) => void {
  const session = call.client as Session
  const wait: Wait = {
    args: call.args.clone(),
    keys: [],
    deadlineMs: Number.POSITIVE_INFINITY,
    serve: () => false,
    timeOut: (reply) => reply.error('ERR interrupted; the work goes on'),
  }
  call.block(wait)
  return (answer) => broker.endWait(session, wait, answer)
}
