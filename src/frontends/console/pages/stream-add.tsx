/** Adding an entry. */
import { useState } from 'preact/hooks'
import { type Bytes, fromText, fromTyped } from '../lib/bytes.ts'
import { asBytesOrNull } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { TextField } from '../parts/controls.tsx'
import { act, note } from '../parts/messages.tsx'

interface FieldTyped {
  readonly name: string
  readonly value: string
}

const noField: FieldTyped = { name: '', value: '' }

export function AddEntry({ streamKey }: { streamKey: Bytes }) {
  const [id, setId] = useState('*')
  const [fields, setFields] = useState<readonly FieldTyped[]>([noField])
  const change = (index: number, changed: Partial<FieldTyped>): void =>
    setFields(fields.map((field, i) => (i === index ? { ...field, ...changed } : field)))
  const add = async (): Promise<void> => {
    let added = ''
    const pairs = fields.flatMap(({ name, value }) => [fromTyped(name), fromText(value)])
    await act('', async () => {
      added = asBytesOrNull(await broker.call('XADD', streamKey, id.trim(), ...pairs)) ?? ''
    })
    if (added === '') return
    note(`Added ${added}.`)
    setFields([noField])
  }
  return (
    <form
      class="card form"
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <TextField label="Id" value={id} onInput={setId} hint="* lets the server choose" width="16rem" />
      {fields.map((field, i) => (
        <div key={i} class="field-pair">
          <TextField label="Field" value={field.name} onInput={(name) => change(i, { name })} />
          <label class="field">
            <span>Value</span>
            <textarea
              rows={2}
              value={field.value}
              spellcheck={false}
              onInput={(event) => change(i, { value: event.currentTarget.value })}
            />
          </label>
          <button
            type="button"
            class="quiet"
            aria-label={`Remove field ${i + 1}`}
            disabled={fields.length === 1}
            onClick={() => setFields(fields.filter((_, other) => other !== i))}
          >
            ×
          </button>
        </div>
      ))}
      <div class="row">
        <button type="button" onClick={() => setFields([...fields, noField])}>
          One more field
        </button>
        <button type="submit" class="primary">
          Add the entry
        </button>
      </div>
    </form>
  )
}
