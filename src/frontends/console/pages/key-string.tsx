/** A string. */
import { useState } from 'preact/hooks'
import type { Bytes } from '../lib/bytes.ts'
import { asBytesOrNull } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { Failure } from '../parts/controls.tsx'
import { EditDialog } from '../parts/edit-dialog.tsx'
import { useAsked } from '../parts/hooks.ts'
import { act } from '../parts/messages.tsx'
import { Payload } from '../parts/payload.tsx'

export function StringEditor({ name }: { name: Bytes }) {
  const { value, error } = useAsked(async () => asBytesOrNull(await broker.call('GET', name)), [name], 5000)
  const [edited, setEdited] = useState<Bytes | undefined>(undefined)
  return (
    <section class="card">
      <Failure message={error} />
      {value !== undefined && (
        <>
          <Payload bytes={value} />
          <button type="button" onClick={() => setEdited(value)}>
            Edit
          </button>
        </>
      )}
      {edited !== undefined && (
        <EditDialog
          title="Edit the value"
          bytes={edited}
          onClose={() => setEdited(undefined)}
          onSave={(bytes) => act('Saved.', () => broker.call('SET', name, bytes, 'KEEPTTL'))}
        />
      )}
    </section>
  )
}
