/** The subprotocol `resp`: binary frames that carry the very bytes of RESP, cut wherever it pleases their sender. */
import { closeCode } from '../../../protocol/websocket/messages.ts'
import type { Broker } from '../../server/broker.ts'
import type { Connection, Session } from '../../server/session.ts'
import { isPush } from '../json/reply-json.ts'
import { binaryFrame, frameOf } from './frames.ts'
import type { Link } from './link.ts'
import type { SharedPushes } from './shared-pushes.ts'

export class RespSocket {
  readonly session: Session
  readonly #broker: Broker
  readonly #link: Link

  constructor(broker: Broker, link: Link, pushes: SharedPushes) {
    this.#broker = broker
    this.#link = link
    this.session = broker.connect(connectionOver(link, pushes))
    link.isAdmitted = !this.session.isClosed
  }

  message(data: Buffer, isBinary: boolean): void {
    if (this.session.isClosed) return
    if (isBinary) this.#broker.receive(this.session, data)
    else this.#link.close(closeCode.wrongKind, 'resp is binary')
  }

  /** The socket is gone. */
  closed(): void {
    this.#broker.disconnect(this.session)
  }
}

/** What many are pushed in RESP3 is framed once; answers and RESP2 have a frame of their own. */
function connectionOver(link: Link, pushes: SharedPushes): Connection {
  return {
    write: (bytes) => link.send(isPush(bytes, 0) ? pushes.respFrame(bytes) : frameOf(binaryFrame, bytes)),
    get isDrained() {
      return link.isDrained
    },
    get pendingBytes() {
      return link.pendingBytes
    },
    cork: () => link.cork(),
    uncork: () => link.uncork(),
    pause: () => link.pause(),
    resume: () => link.resume(),
    end: () => link.end(),
    finish: () => link.finish(),
    destroy: () => link.destroy(),
    remoteAddress: link.remoteAddress,
    localAddress: link.localAddress,
  }
}
