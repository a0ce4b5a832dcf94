/** Making a key: the first element of a value of some type. */
import { useState } from 'preact/hooks'
import { fromText, fromTyped } from '../lib/bytes.ts'
import type { Argument } from '../lib/connection.ts'
import { broker } from '../parts/broker.ts'
import { SelectField, TextField } from '../parts/controls.tsx'
import { linkTo } from '../parts/hooks.ts'
import { act, Dialog, note } from '../parts/messages.tsx'

type NewType = 'string' | 'list' | 'hash' | 'set' | 'zset'

export function NewKey() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        New key
      </button>
      {isOpen && <NewKeyDialog onClose={() => setOpen(false)} />}
    </>
  )
}

function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [type, setType] = useState<NewType>('string')
  const [field, setField] = useState('')
  const [value, setValue] = useState('')
  const make = async (): Promise<void> => {
    if (name === '') return note('A key needs a name.', true)
    const key = fromTyped(name)
    const element = fromText(value)
    const commands: Record<NewType, readonly Argument[]> = {
      string: ['SET', key, element, 'NX'],
      list: ['RPUSH', key, element],
      hash: ['HSET', key, fromTyped(field), element],
      set: ['SADD', key, element],
      zset: ['ZADD', key, field === '' ? '0' : field, element],
    }
    const isMade = await act('', async () => {
      const reply = await broker.call('EXISTS', key)
      if (reply.kind === 'integer' && reply.text !== '0') throw new Error('There is a key of that name already.')
      await broker.call(...commands[type])
    })
    if (!isMade) return
    onClose()
    location.hash = linkTo('keys', key)
  }
  return (
    <Dialog title="New key" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void make()
        }}
      >
        <TextField label="Key" value={name} onInput={setName} hint="\xhh stands for any byte" />
        <SelectField
          label="Type"
          value={type}
          options={[
            ['string', 'string'],
            ['list', 'list'],
            ['hash', 'hash'],
            ['set', 'set'],
            ['zset', 'sorted set'],
          ]}
          onChange={setType}
        />
        {type === 'hash' && <TextField label="Field" value={field} onInput={setField} />}
        {type === 'zset' && <TextField label="Score" value={field} onInput={setField} placeholder="0" />}
        <TextField
          label={type === 'string' || type === 'hash' ? 'Value' : 'First element'}
          value={value}
          onInput={setValue}
          isLong
        />
        <div class="dialog-buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Make it
          </button>
        </div>
      </form>
    </Dialog>
  )
}
