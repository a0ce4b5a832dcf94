/** Bytes that somebody stored: shown as text, JSON or hex, and always as text of the page, never as a part of it. */
import { useState } from 'preact/hooks'
import type { Bytes } from '../lib/bytes.ts'
import { formatBytes } from '../lib/format.ts'
import { type View, viewPayload, views } from '../lib/payload.ts'
import { note } from './messages.tsx'

/** More than this is shown when asked for. */
const shownMax = 20_000

const viewNames: Readonly<Record<View, string>> = { auto: 'Auto', text: 'Text', json: 'JSON', hex: 'Hex' }

export function Payload({ bytes, label }: { bytes: Bytes; label?: string }) {
  const [view, setView] = useState<View>('auto')
  const [isWhole, setWhole] = useState(false)
  const isCut = !isWhole && bytes.length > shownMax
  const shown = isCut ? (bytes.slice(0, shownMax) as Bytes) : bytes
  const text = viewPayload(shown, view) ?? (isCut && view === 'auto' ? viewPayload(shown, 'hex') : undefined)
  return (
    <div class="payload">
      <div class="payload-head">
        {label !== undefined && <span class="payload-label">{label}</span>}
        <span class="hint">{formatBytes(bytes.length)}</span>
        <ViewChoice view={view} onChange={setView} />
        <button type="button" class="quiet" onClick={() => void copy(viewPayload(bytes, view) ?? bytes)}>
          Copy
        </button>
      </div>
      {text === undefined ? (
        <p class="hint">{view === 'json' ? 'Not JSON.' : 'Not text: not UTF-8.'}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <pre tabIndex={0}>{text === '' ? ' ' : text}</pre>
      )}
      {isCut && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {formatBytes(bytes.length)}
        </button>
      )}
    </div>
  )
}

function ViewChoice({ view, onChange }: { view: View; onChange: (view: View) => void }) {
  return (
    <fieldset class="segments">
      <legend class="unseen">Shown as</legend>
      {views.map((each) => (
        <button key={each} type="button" aria-pressed={each === view} onClick={() => onChange(each)}>
          {viewNames[each]}
        </button>
      ))}
    </fieldset>
  )
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    note('Copied.')
  } catch {
    note('The browser does not let this page copy: it must be served by https or from this machine.', true)
  }
}
