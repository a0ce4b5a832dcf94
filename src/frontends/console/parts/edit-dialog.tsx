/** A window to change one value. Text is edited as it is; bytes that are no text, with `\xhh`. */
import { useState } from 'preact/hooks'
import { type Bytes, fromText, fromTyped, toText, toTyped } from '../lib/bytes.ts'
import { Dialog } from './messages.tsx'

export function EditDialog({
  title,
  bytes,
  onSave,
  onClose,
}: {
  title: string
  bytes: Bytes
  /** Returns whether it went well. */
  onSave: (bytes: Bytes) => Promise<boolean>
  onClose: () => void
}) {
  const text = toText(bytes)
  // What a text field would change by itself (a carriage return) is edited with escapes, too.
  const isPlain = text !== undefined && !/[\x00-\x08\x0b-\x1f\x7f]/.test(text)
  const [typed, setTyped] = useState(isPlain ? text : toTyped(bytes))
  return (
    <Dialog title={title} onClose={onClose} isWide>
      <form
        onSubmit={async (event) => {
          event.preventDefault()
          if (await onSave(isPlain ? fromText(typed) : fromTyped(typed))) onClose()
        }}
      >
        <label class="field">
          <span>{isPlain ? 'Value' : 'Value, with \\xhh for bytes that are no text'}</span>
          <textarea
            rows={12}
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <div class="dialog-buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Save
          </button>
        </div>
      </form>
    </Dialog>
  )
}
