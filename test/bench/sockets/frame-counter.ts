/** Counts the messages in what a WebSocket receives, however it is cut: as little work as a reader of frames can do. */

const mediumLength = 126
const longLength = 127
const controlBit = 8

export class FrameCounter {
  /** Bytes of the current frame that are still to come. */
  #left = 0
  /** A frame's first bytes while they are not all there. */
  #head: number[] = []
  #controls = 0

  /** How many pings and the like there were since this was last asked. */
  takeControls(): number {
    const count = this.#controls
    this.#controls = 0
    return count
  }

  /** How many messages end in `bytes[start, end)`. Every message is one frame; pings and the like are counted apart. */
  take(bytes: Uint8Array, start: number, end: number): number {
    let count = 0
    let at = start
    while (at < end) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, end - at)
        this.#left -= taken
        at += taken
      } else {
        this.#head.push(bytes[at++]!)
        if (this.#head.length < headBytesOf(this.#head)) continue
        this.#left = payloadBytesOf(this.#head)
      }
      if (this.#left > 0 || this.#head.length < headBytesOf(this.#head)) continue
      if ((this.#head[0]! & controlBit) === 0) count++
      else this.#controls++
      this.#head.length = 0
    }
    return count
  }
}

function headBytesOf(head: readonly number[]): number {
  if (head[1] === mediumLength) return 4
  return head[1] === longLength ? 10 : 2
}

function payloadBytesOf(head: readonly number[]): number {
  const [, length = 0] = head
  if (length < mediumLength) return length
  return head.slice(2).reduce((size, byte) => size * 256 + byte, 0)
}
