/** A list, by position. */
import { useState } from 'preact/hooks'
import { type Bytes, fromText, showShort } from '../lib/bytes.ts'
import { formatCount } from '../lib/format.ts'
import { asNumber, asStrings, ErrorReply } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { ActionForm, Failure, TextField } from '../parts/controls.tsx'
import { EditDialog } from '../parts/edit-dialog.tsx'
import { address, setOptions, useAsked, useStore } from '../parts/hooks.ts'
import { act, actConfirmed } from '../parts/messages.tsx'
import { Payload } from '../parts/payload.tsx'

const pageLength = 100

export interface ListPage {
  readonly length: number
  readonly elements: readonly Bytes[]
}

export async function askList(name: Bytes, from: number): Promise<ListPage> {
  const [length, elements] = await broker.batch([
    ['LLEN', name],
    ['LRANGE', name, from, from + pageLength - 1],
  ])
  return { length: asNumber(length!), elements: asStrings(elements!) }
}

export function ListEditor({ name }: { name: Bytes }) {
  const at = Number(useStore(address).options.at ?? 0) || 0
  const { value: page, error } = useAsked(() => askList(name, at), [name, at], 5000)
  const [edited, setEdited] = useState<{ index: number; bytes: Bytes } | undefined>(undefined)
  const length = page?.length ?? 0
  return (
    <section>
      <div class="toolbar">
        <PushForm name={name} />
      </div>
      <Failure message={error} />
      <ol class="elements" start={at}>
        {page?.elements.map((element, i) => (
          <ListElement
            key={`${at + i} ${element}`}
            index={at + i}
            element={element}
            onEdit={() => setEdited({ index: at + i, bytes: element })}
            onRemove={() => removeAt(name, at + i, element)}
          />
        ))}
      </ol>
      <Pager at={at} length={length} pageLength={pageLength} />
      {edited && (
        <EditDialog
          title={`Edit element ${edited.index}`}
          bytes={edited.bytes}
          onClose={() => setEdited(undefined)}
          onSave={(bytes) => act('Saved.', () => changeAt(name, edited.index, edited.bytes, bytes))}
        />
      )}
    </section>
  )
}

/** Changes an element, if it is still the one that was shown: a queue moves while one looks at it. */
async function changeAt(name: Bytes, index: number, shown: Bytes, bytes: Bytes): Promise<void> {
  const replies = await guarded(name, index, shown, [['LSET', name, index, bytes]])
  if (!replies) throw new ErrorReply('The list has moved on: the element is no longer there.')
}

const removedMark = `console-removed-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`

function removeAt(name: Bytes, index: number, element: Bytes): Promise<boolean> {
  const question = { title: `Remove element ${index}?`, body: <code>{showShort(element, 200)}</code>, verb: 'Remove' }
  return actConfirmed(question, 'Removed.', async () => {
    const commands = [
      ['LSET', name, index, removedMark],
      ['LREM', name, 1, removedMark],
    ]
    if (!(await guarded(name, index, element, commands)))
      throw new ErrorReply('The list has moved on: the element is no longer there.')
  })
}

/** Runs commands as one, unless the element at a position is another than was shown. */
async function guarded(
  name: Bytes,
  index: number,
  shown: Bytes,
  commands: readonly (readonly (string | number)[])[],
): Promise<boolean> {
  const [, found] = await broker.batch([
    ['WATCH', name],
    ['LINDEX', name, index],
  ])
  if (found?.kind !== 'bulk' || found.bytes !== shown) {
    await broker.call('UNWATCH')
    return false
  }
  const replies = await broker.batch([['MULTI'], ...commands, ['EXEC']])
  const last = replies.at(-1)!
  if (last.kind === 'error') throw new ErrorReply(last.bytes)
  return last.kind !== 'null'
}

export function ListElement({
  index,
  element,
  onEdit,
  onRemove,
}: {
  index: number
  element: Bytes
  onEdit?: () => void
  onRemove?: () => void
}) {
  const [isOpen, setOpen] = useState(false)
  return (
    <li value={index} class={isOpen ? 'entry is-open' : 'entry'}>
      <button type="button" class="entry-head" data-row aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="entry-id">{formatCount(index)}</span>
        <span class="entry-preview">{element === '' ? <i>empty</i> : showShort(element, 160)}</span>
      </button>
      {isOpen && (
        <div class="entry-body">
          <Payload bytes={element} />
          <div class="row">
            {onEdit && (
              <button type="button" onClick={onEdit}>
                Edit
              </button>
            )}
            {onRemove && (
              <button type="button" class="danger" onClick={onRemove}>
                Remove
              </button>
            )}
          </div>
        </div>
      )}
    </li>
  )
}

/** Adds an element at either end. */
export function PushForm({ name }: { name: Bytes }) {
  const [typed, setTyped] = useState('')
  const push = async (command: 'LPUSH' | 'RPUSH'): Promise<void> => {
    if (await act('Pushed.', () => broker.call(command, name, fromText(typed)))) setTyped('')
  }
  return (
    <ActionForm verb="Push to the tail" isPrimary onSubmit={() => push('RPUSH')}>
      <TextField label="New element" value={typed} onInput={setTyped} width="20rem" />
      <button type="button" onClick={() => void push('LPUSH')}>
        Push to the head
      </button>
    </ActionForm>
  )
}

/** Back and forth in a list of which a page is shown. */
export function Pager({ at, length, pageLength }: { at: number; length: number; pageLength: number }) {
  const end = Math.min(at + pageLength, length)
  const go = (to: number): void => setOptions({ at: to <= 0 ? '' : String(to) }, true)
  return (
    <div class="row list-foot">
      <span class="hint">
        {length === 0 ? '' : `${formatCount(at)} to ${formatCount(end - 1)} of ${formatCount(length)}`}
      </span>
      {at > 0 && (
        <button type="button" onClick={() => go(at - pageLength)}>
          Back
        </button>
      )}
      {end < length && (
        <>
          <button type="button" onClick={() => go(at + pageLength)}>
            On
          </button>
          <button type="button" onClick={() => go(Math.floor((length - 1) / pageLength) * pageLength)}>
            Last
          </button>
        </>
      )}
    </div>
  )
}
