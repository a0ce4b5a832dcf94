/** Who is on a channel: the WebSockets that subscribed to it by its name. It is kept in memory, and told to those who
 *  asked for it; each event is framed once. */
import type { Member } from '../../../protocol/websocket/messages.ts'
import { frameOf, textFrame } from './frames.ts'

/** Somebody on channels. */
export interface PresentSocket {
  readonly member: Member
  send(frame: Buffer): void
}

interface Room {
  readonly present: Set<PresentSocket>
  /** Who wants to know. */
  readonly watchers: Set<PresentSocket>
}

export class Presence {
  readonly #membersListedMax: number
  readonly #rooms = new Map<string, Room>()

  constructor(membersListedMax: number) {
    this.#membersListedMax = membersListedMax
  }

  /** `subscription` is that of the channel. */
  join(subscription: string, socket: PresentSocket, isWatching: boolean): void {
    let room = this.#rooms.get(subscription)
    if (room === undefined) {
      room = { present: new Set(), watchers: new Set() }
      this.#rooms.set(subscription, room)
    }
    tell(room, subscription, 'join', socket.member)
    room.present.add(socket)
    if (isWatching) room.watchers.add(socket)
  }

  leave(subscription: string, socket: PresentSocket): void {
    const room = this.#rooms.get(subscription)
    if (room?.present.delete(socket) !== true) return
    room.watchers.delete(socket)
    if (room.present.size === 0) this.#rooms.delete(subscription)
    tell(room, subscription, 'leave', socket.member)
  }

  /** Who is there: as many as are listed at most, and how many there are. */
  membersOf(subscription: string): { members: Member[]; memberCount: number } {
    const members: Member[] = []
    const present = this.#rooms.get(subscription)?.present ?? new Set()
    for (const { member } of present) {
      if (members.length === this.#membersListedMax) break
      members.push(member)
    }
    return { members, memberCount: present.size }
  }
}

function tell({ watchers }: Room, subscription: string, event: 'join' | 'leave', member: Member): void {
  if (watchers.size === 0) return
  const message = { jsonrpc: '2.0', method: 'channel.presence', params: { subscription, event, member } }
  const frame = frameOf(textFrame, Buffer.from(JSON.stringify(message)))
  for (const watcher of watchers) watcher.send(frame)
}
