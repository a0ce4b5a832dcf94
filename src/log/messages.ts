/** What the two threads of the SQLite log say to each other, beside the records in the ring. */

import type { FsyncPolicy, RecoverySummary } from './log.ts'
import type { SentError } from './log-errors.ts'
import type { LogLimits } from './log-limits.ts'
import type { RingMemory } from './record-ring.ts'
import type { RecoveryBatch } from './recovery.ts'

/** What the writer thread is started with. */
export interface WriterStart {
  readonly path: string
  readonly policy: FsyncPolicy
  readonly limits: LogLimits
  readonly ring: RingMemory
}

/** To the writer thread. `id` comes back in the answer; `position` is the last one appended before. */
export type ToWriter =
  | { readonly kind: 'record'; readonly externalId: number; readonly bytes: Uint8Array }
  | { readonly kind: 'policy'; readonly policy: FsyncPolicy }
  | { readonly kind: 'flush'; readonly id: number; readonly position: number }
  | { readonly kind: 'recover'; readonly id: number }
  | { readonly kind: 'more'; readonly id: number }
  | { readonly kind: 'stopRecovery'; readonly id: number }
  | { readonly kind: 'beginCheckpoint'; readonly id: number; readonly position: number }
  | { readonly kind: 'rows'; readonly packed: Uint8Array }
  | { readonly kind: 'endCheckpoint' }
  | { readonly kind: 'abortCheckpoint' }
  | { readonly kind: 'close'; readonly position: number; readonly retryMsMax: number | undefined }

/** From the writer thread. */
export type FromWriter =
  | { readonly kind: 'opened'; readonly lastPosition: number }
  | { readonly kind: 'notOpened'; readonly error: SentError }
  | { readonly kind: 'flushed'; readonly id: number }
  | { readonly kind: 'recoveryBatch'; readonly id: number; readonly batch: RecoveryBatch }
  | { readonly kind: 'recovered'; readonly id: number; readonly summary: RecoverySummary }
  | { readonly kind: 'notRecovered'; readonly id: number; readonly error: SentError }
  | { readonly kind: 'rowMemory'; readonly memory: SharedArrayBuffer }
  | { readonly kind: 'checkpointDone'; readonly id: number; readonly error: SentError | undefined }
  | { readonly kind: 'refusing'; readonly reason: string | undefined }
  | { readonly kind: 'fatal'; readonly error: SentError }
  | { readonly kind: 'closed'; readonly error: SentError | undefined }
