/** The workload of one connection with keys of its own, held against the naive model. */
import type { RespClient } from '../support/resp-client.ts'
import { Conversation, type Step, Violation } from './conversation.ts'
import { agrees, describeDifference, type ModelState, readState } from './model.ts'
import type { Random } from './random.ts'
import type { Workload } from './workload.ts'

/** A step together with what it does to the model. */
export interface SoloStep extends Step {
  apply(state: ModelState): void
}

/** What a kind of solo work needs to be told from others: its keys, and how the next step is made. */
export interface SoloWork {
  readonly keys: readonly string[]
  /** Reads what belongs to the state and lies under no key. */
  readRest?(client: RespClient): Promise<ModelState>
  /** `state` is the model after every step sent so far; it is only read. */
  nextStep(random: Random, state: ModelState): SoloStep
}

export class Solo implements Workload {
  readonly name: string
  readonly #work: SoloWork
  readonly #random: Random
  /** The model as of the last verification, and the steps sent since. */
  #verified: ModelState = {}
  #steps: SoloStep[] = []
  /** The model after all of these steps. */
  #latest: ModelState = {}
  #conversation: Conversation | undefined
  #acknowledgedBefore = 0

  constructor(name: string, work: SoloWork, random: Random) {
    this.name = name
    this.#work = work
    this.#random = random
  }

  get acknowledgedCount(): number {
    return this.#acknowledgedBefore + (this.#conversation?.acknowledgedCount ?? 0)
  }

  async prepare(): Promise<void> {}

  async start(port: number): Promise<Conversation[]> {
    const depth = this.#random.pick([1, 4, 32])
    this.#conversation = await Conversation.start(port, depth, () => {
      const step = this.#work.nextStep(this.#random, this.#latest)
      step.apply(this.#latest)
      this.#steps.push(step)
      return step
    })
    return [this.#conversation]
  }

  async verify(client: RespClient): Promise<void> {
    const recovered = { ...(await readState(client, this.#work.keys)), ...(await this.#work.readRest?.(client)) }
    const acknowledged = this.#conversation?.acknowledgedCount ?? 0
    const model = structuredClone(this.#verified)
    for (const step of this.#steps.slice(0, acknowledged)) step.apply(model)
    const asAcknowledged = structuredClone(model)
    let applied = acknowledged
    while (!agrees(model, recovered)) {
      if (applied === this.#steps.length) {
        const range = `${acknowledged} acknowledged, ${this.#steps.length} sent`
        const difference = describeDifference(asAcknowledged, recovered)
        throw new Violation(`${this.name} holds the result of no number of its steps (${range}):\n${difference}`)
      }
      this.#steps[applied++]!.apply(model)
    }
    this.#acknowledgedBefore += acknowledged
    this.#conversation = undefined
    this.#steps = []
    this.#verified = recovered
    this.#latest = structuredClone(recovered)
  }
}
