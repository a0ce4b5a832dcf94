/** What a broker logged, run again in another one without a clock. */
import { TestBroker, type TestClient } from './in-process.ts'

/** A client of a new broker that has run the log of `original`. Throws when a record is refused. */
export function replayed(original: TestBroker): TestClient {
  const copy = new TestBroker()
  copy.nowMs = original.nowMs
  copy.broker.keyspace.expires = false
  for (const record of original.records) {
    const reader = copy.client()
    reader.sendRaw(record)
    const refused = reader.received().find((reply) => reply.startsWith('-'))
    if (refused !== undefined) throw new Error(`the log is refused: ${refused}`)
  }
  return copy.client()
}
