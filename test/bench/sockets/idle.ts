/** How many resident bytes an idle WebSocket costs its server: what the process grew by, over the sockets it was given. Each has
 *  subscribed to a channel on which nothing happens. */
import { steadyResidentBytes } from '../memory.ts'
import { Load } from './measure.ts'
import type { Contender } from './orders.ts'
import { setStage } from './stage.ts'

/** The outcome for one contender. With redis-server it is the gateway that has the sockets. */
export interface IdleFigures {
  readonly contender: Contender
  readonly sockets: number
  readonly residentBytesBefore: number
  readonly residentBytesAfter: number
  readonly bytesPerSocket: number
}

export async function measureIdleSockets(contender: Contender, sockets: number): Promise<IdleFigures> {
  const stage = await setStage('no', 'channel')
  try {
    const place = stage.places[contender]
    const pid = place.pids.at(-1)!
    const before = await steadyResidentBytes(pid)
    const load = await Load.start({ contender, kind: 'channel', ...place, sockets, size: 0 })
    const after = await steadyResidentBytes(pid)
    await load.stop()
    const bytesPerSocket = (after - before) / sockets
    return { contender, sockets, residentBytesBefore: before, residentBytesAfter: after, bytesPerSocket }
  } finally {
    await stage.stop()
  }
}
