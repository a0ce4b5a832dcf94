/** The subprotocol `resp`: binary frames that carry the very bytes of RESP, cut wherever it pleases their sender. */
import { closeCode } from '../../../protocol/websocket/messages.ts'
import type { Broker } from '../../server/broker.ts'
import type { Session } from '../../server/session.ts'
import { isPush } from '../json/reply-json.ts'
import { binaryFrame, frameOf } from './frames.ts'
import type { BrokerBytes, Link } from './link.ts'
import type { SharedPushes } from './shared-pushes.ts'

export class RespSocket implements BrokerBytes {
  readonly session: Session
  readonly #broker: Broker
  readonly #link: Link
  readonly #pushes: SharedPushes

  constructor(broker: Broker, link: Link, pushes: SharedPushes) {
    this.#broker = broker
    this.#link = link
    this.#pushes = pushes
    link.receiver = this
    this.session = broker.connect(link)
    link.isAdmitted = !this.session.isClosed
  }

  message(data: Buffer, isBinary: boolean): void {
    if (this.session.isClosed) return
    if (isBinary) this.#broker.receive(this.session, data)
    else this.#link.close(closeCode.wrongKind, 'resp is binary')
  }

  /** What many are pushed in RESP3 is framed once; answers and RESP2 have a frame of their own. */
  take(bytes: Buffer): void {
    this.#link.send(isPush(bytes, 0) ? this.#pushes.respFrame(bytes) : frameOf(binaryFrame, bytes))
  }

  /** The socket is gone. */
  closed(): void {
    this.#broker.disconnect(this.session)
  }
}
