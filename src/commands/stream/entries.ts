/** Writes entries as readers get them: runs of neighbours are one copy each. */
import type { Reply } from '../../../protocol/resp/reply.ts'
import type { EntryRun } from '../../broker/entry-run.ts'
import { idBytesMax, type StreamId } from '../../broker/stream-id.ts'

const idText = new Uint8Array(idBytesMax)

/** The runs of one answer; emptied by `replyEntries`. */
export const runs: EntryRun[] = []

/** Answers an array of the `count` entries in `runs`. */
export function replyEntries(reply: Reply, count: number): void {
  reply.array(count)
  for (const run of runs) replyRun(reply, run)
  runs.length = 0
}

/** The run's entries, one after the other. */
export function replyRun(reply: Reply, { segment, start, end }: EntryRun): void {
  reply.wire(segment.bytes, segment.offsets[start]!, segment.offsets[end]!)
}

/** An id as a bulk string. */
export function replyId(reply: Reply, id: StreamId): void {
  reply.bulk(idText, 0, id.write(idText, 0))
}
