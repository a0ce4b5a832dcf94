import { expect, test } from 'vitest'
import { streamsFamily } from '../oracle/families/streams.ts'
import type { Words } from '../oracle/family.ts'
import { Random } from '../oracle/random.ts'
import type { TestClient } from '../support/in-process.ts'
import { atCheckpoint, type KeptBroker, keptBroker, restarted, streamsOf } from '../support/kept-broker.ts'

const { keys, connections } = streamsFamily
const steps = 60

/** Plays random commands of the oracle's stream family; `afterStep` may do something in between. */
async function play(kept: KeptBroker, seed: number, afterStep: (index: number) => void | Promise<void>): Promise<void> {
  const { broker } = kept
  const random = new Random(seed)
  const clients = Array.from({ length: connections }, () => broker.client())
  for (let index = 0; index < steps; index++) {
    const step = streamsFamily.step(random, { index, connections })
    for (const command of step.commands) clients[step.connection]!.send(withIds(command, clients))
    broker.advance(random.below(20))
    await afterStep(index)
  }
}

function withIds(command: Words, clients: readonly TestClient[]): Words {
  return command.map((word) => {
    const number = /^<client:(\d+)>$/.exec(word)?.[1]
    return number === undefined ? word : String(clients[Number(number)]!.session.id)
  })
}

test('a restart from the log gives every stream, group and pending entry as it was', async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const kept = keptBroker()
    await play(kept, seed, () => {})
    const before = streamsOf(kept.broker, keys)
    expect(streamsOf(await restarted(kept), keys), `seed ${seed}`).toEqual(before)
  }
})

test('a checkpoint holds the streams as they were when it began, whatever changes while it is written', async () => {
  for (let seed = 1001; seed <= 1150; seed++) {
    const kept = keptBroker()
    const { storage } = kept.broker.broker
    const random = new Random(seed)
    const beginsAt = random.below(steps - 20)
    const endsAt = beginsAt + random.below(20)
    let written: Promise<void> | undefined
    let atBeginning: string[] = []
    await play(kept, seed, (index) => {
      if (index === beginsAt) {
        atBeginning = streamsOf(kept.broker, keys)
        written = storage.checkpoint()
        kept.broker.broker.endTurn()
      }
      if (index === endsAt)
        while (storage.isCheckpointing && storage.checkpointer.slice(1e9)) if (isCommitting(kept)) break
      return index === endsAt ? written : undefined
    })
    expect(streamsOf(await atCheckpoint(kept), keys), `seed ${seed}`).toEqual(atBeginning)
    const inTheEnd = streamsOf(kept.broker, keys)
    expect(streamsOf(await restarted(kept), keys), `seed ${seed}`).toEqual(inTheEnd)
  }
})

/** All rows are with the log, which stores them in its own time. */
function isCommitting({ broker }: KeptBroker): boolean {
  return broker.broker.keyspace.checkpoint === undefined
}
