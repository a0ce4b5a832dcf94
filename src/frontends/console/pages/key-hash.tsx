/** A hash: its fields, each with its value and, where it has one, the time at which it goes. */
import { useState } from 'preact/hooks'
import { type Bytes, fromText, fromTyped, show, showShort } from '../lib/bytes.ts'
import { formatCount, formatCounted, formatSpan } from '../lib/format.ts'
import { asItems, asNumber, asNumberOrNull } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { ActionForm, Failure, TextField } from '../parts/controls.tsx'
import { EditDialog } from '../parts/edit-dialog.tsx'
import { useAsked } from '../parts/hooks.ts'
import { act, actConfirmed, note } from '../parts/messages.tsx'
import { Payload } from '../parts/payload.tsx'
import { MemberFilter, useMembers } from './key-members.tsx'

export function HashEditor({ name }: { name: Bytes }) {
  const members = useMembers('HSCAN', name)
  const fields = members.members.map(([field]) => field)
  const { value: expiries } = useAsked(() => askExpiries(name, fields), [members.members])
  const { value: count } = useAsked(async () => asNumber(await broker.call('HLEN', name)), [name], 5000)
  const [field, setField] = useState('')
  const [value, setValue] = useState('')
  return (
    <section>
      <div class="toolbar">
        <MemberFilter members={members} />
        <ActionForm
          verb="Set the field"
          isPrimary
          onSubmit={() => act('Saved.', () => broker.call('HSET', name, fromTyped(field), fromText(value)))}
        >
          <TextField label="Field" value={field} onInput={setField} width="10rem" />
          <TextField label="Value" value={value} onInput={setValue} width="14rem" />
        </ActionForm>
      </div>
      <Failure message={members.error} />
      <ul class="entries">
        {members.members.map(([own, bytes], i) => (
          <FieldRow key={own} name={name} field={own} value={bytes} expiresInMs={expiries?.[i]} />
        ))}
      </ul>
      <div class="row list-foot">
        <span class="hint">
          {formatCount(members.members.length)} of {formatCounted(count ?? 0, 'field')}
        </span>
        {!members.isDone && (
          <button type="button" onClick={members.more}>
            More
          </button>
        )}
      </div>
    </section>
  )
}

/** How long each field has to live; undefined for those that stay, and where the server knows no such thing. */
async function askExpiries(name: Bytes, fields: readonly Bytes[]): Promise<(number | undefined)[]> {
  if (fields.length === 0) return []
  const reply = await broker.ask(['HPTTL', name, 'FIELDS', fields.length, ...fields])
  if (reply.kind === 'error') return []
  return asItems(reply).map((item) => {
    const ms = asNumberOrNull(item) ?? -1
    return ms < 0 ? undefined : ms
  })
}

function FieldRow({
  name,
  field,
  value,
  expiresInMs,
}: {
  name: Bytes
  field: Bytes
  value: Bytes
  expiresInMs: number | undefined
}) {
  const [isOpen, setOpen] = useState(false)
  const [isEdited, setEdited] = useState(false)
  const remove = () =>
    actConfirmed({ title: 'Delete the field?', body: <code>{show(field)}</code>, verb: 'Delete' }, 'Deleted.', () =>
      broker.call('HDEL', name, field),
    )
  return (
    <li class={isOpen ? 'entry is-open' : 'entry'}>
      <button type="button" class="entry-head" data-row aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="entry-id is-name">
          <b>{showShort(field, 60)}</b>
          {expiresInMs !== undefined && <span class="hint">{formatSpan(expiresInMs)} left</span>}
        </span>
        <span class="entry-preview">{showShort(value, 160)}</span>
      </button>
      {isOpen && (
        <div class="entry-body">
          <Payload bytes={value} />
          <div class="row">
            <button type="button" onClick={() => setEdited(true)}>
              Edit
            </button>
            <FieldExpiry name={name} field={field} />
            <button type="button" class="danger" onClick={() => void remove()}>
              Delete
            </button>
          </div>
        </div>
      )}
      {isEdited && (
        <EditDialog
          title={`Edit ${showShort(field, 60)}`}
          bytes={value}
          onClose={() => setEdited(false)}
          onSave={(bytes) => act('Saved.', () => saveField(name, field, bytes, expiresInMs !== undefined))}
        />
      )}
    </li>
  )
}

/** HSET would make a field stay that is about to expire. */
function saveField(name: Bytes, field: Bytes, bytes: Bytes, expires: boolean): Promise<unknown> {
  return expires
    ? broker.call('HSETEX', name, 'KEEPTTL', 'FIELDS', 1, field, bytes)
    : broker.call('HSET', name, field, bytes)
}

function FieldExpiry({ name, field }: { name: Bytes; field: Bytes }) {
  const [seconds, setSeconds] = useState('')
  const expire = async (): Promise<void> => {
    if (!/^\d+(\.\d+)?$/.test(seconds)) return note('Type a number of seconds.', true)
    await act('It will expire.', () =>
      broker.call('HPEXPIRE', name, Math.round(Number(seconds) * 1000), 'FIELDS', 1, field),
    )
  }
  return (
    <ActionForm verb="Let it expire" onSubmit={expire}>
      <TextField label="Seconds" value={seconds} onInput={setSeconds} width="6rem" />
      <button
        type="button"
        onClick={() => void act('It stays.', () => broker.call('HPERSIST', name, 'FIELDS', 1, field))}
      >
        Let it stay
      </button>
    </ActionForm>
  )
}
