/** Drives a broker by Node's event loop: a turn ends when an iteration has run everything that arrived, and one timer
 *  stands for whatever is due next. */
import { timerDelay } from '../lib/timer-delay.ts'
import type { Broker } from '../server/broker.ts'
import { HeapGrowth } from './collector-limits.ts'

/** Statistics, expiry and idle clients are looked after this often (Redis' hz 10). */
const cronMs = 100
/** A checkpoint works for so long, then lets others have the thread for at least so long. */
const sliceUs = 2000
const slicePauseMs = 6

export class EventLoop {
  readonly #broker: Broker
  readonly #heapGrowth = new HeapGrowth()
  #timer: NodeJS.Timeout | undefined
  #timerAtMs = Number.POSITIVE_INFINITY
  #cron: NodeJS.Timeout | undefined
  #slicing: NodeJS.Timeout | undefined

  constructor(broker: Broker) {
    this.#broker = broker
  }

  start(): void {
    const endTurn = (): void => {
      this.#broker.endTurn()
      this.#arm()
    }
    this.#broker.onTurn = () => setImmediate(endTurn)
    this.#cron = setInterval(() => this.#runCron(), cronMs)
    // Not within the turn that begins it: that one has answers to send.
    this.#broker.storage.checkpointer.onBegun = () => this.#sliceIn(0)
  }

  /** Looks anew at what is due next. */
  wake(): void {
    this.#arm()
  }

  stop(): void {
    clearInterval(this.#cron)
    clearTimeout(this.#timer)
    clearTimeout(this.#slicing)
    this.#broker.onTurn = () => {}
    this.#broker.storage.checkpointer.onBegun = () => {}
  }

  #runCron(): void {
    this.#broker.cron(Date.now())
    this.#heapGrowth.follow()
  }

  /** Lets the checkpoint work a little, and again after a pause, until it is written. */
  #slice(): void {
    if (this.#broker.storage.checkpointer.slice(sliceUs)) this.#sliceIn(slicePauseMs)
  }

  /** A checkpoint may begin before the timer of the one before has found that it ended. */
  #sliceIn(delayMs: number): void {
    clearTimeout(this.#slicing)
    this.#slicing = setTimeout(() => this.#slice(), delayMs)
  }

  /** Sees to it that the timer goes off when the next thing is due. */
  #arm(): void {
    const dueAtMs = this.#broker.nextDueAtMs
    if (dueAtMs === this.#timerAtMs) return
    clearTimeout(this.#timer)
    this.#timerAtMs = dueAtMs
    if (dueAtMs === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(() => this.#tick(), timerDelay(dueAtMs - Date.now()))
  }

  #tick(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY
    this.#broker.tick()
    this.#arm()
  }
}
