/** Small parts that every page uses. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { type Bytes, showShort } from '../lib/bytes.ts'
import { formatCounted, nounFor } from '../lib/format.ts'
import { linkTo, type Scan, setOptions } from './hooks.ts'

export function TextField({
  label,
  value,
  onInput,
  placeholder,
  hint,
  isSearch = false,
  isLong = false,
  width,
}: {
  label: string
  value: string
  onInput: (value: string) => void
  placeholder?: string
  hint?: string
  isSearch?: boolean
  isLong?: boolean
  width?: string
}) {
  const shared = { value, placeholder, spellcheck: false, autocomplete: 'off', autocapitalize: 'off' } as const
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is one of the two inside
    <label class="field" style={width === undefined ? undefined : { width }}>
      <span>{label}</span>
      {isLong ? (
        <textarea {...shared} rows={6} onInput={(event) => onInput(event.currentTarget.value)} />
      ) : (
        <input
          {...shared}
          data-search={isSearch ? '' : undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
      {hint !== undefined && <small class="hint">{hint}</small>}
    </label>
  )
}

export function SelectField<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: T
  options: readonly (readonly [T, string])[]
  onChange: (value: T) => void
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A form in a row; what its button does may take a while. */
export function ActionForm({
  verb,
  onSubmit,
  children,
  isDanger = false,
  isPrimary = false,
}: {
  verb: string
  onSubmit: () => Promise<unknown>
  children?: ComponentChildren
  isDanger?: boolean
  isPrimary?: boolean
}) {
  const [isBusy, setBusy] = useState(false)
  return (
    <form
      class="row"
      onSubmit={async (event) => {
        event.preventDefault()
        setBusy(true)
        await onSubmit()
        setBusy(false)
      }}
    >
      {children}
      <button type="submit" class={isDanger ? 'danger' : isPrimary ? 'primary' : ''} disabled={isBusy}>
        {verb}
      </button>
    </form>
  )
}

/** A pattern that the address keeps; applied by Enter. */
export function PatternForm({ value, label = 'Pattern' }: { value: string; label?: string }) {
  const [typed, setTyped] = useState(value)
  return (
    <search>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault()
          setOptions({ match: typed })
        }}
      >
        <TextField label={label} value={typed} onInput={setTyped} placeholder="orders:*" isSearch />
        <button type="submit">Search</button>
      </form>
    </search>
  )
}

/** The pages of one thing, as links. */
export function Tabs({ current, tabs }: { current: string; tabs: readonly (readonly [string, string, string])[] }) {
  return (
    <nav class="tabs" aria-label="Views">
      {tabs.map(([name, title, link]) => (
        <a key={name} href={link} aria-current={name === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  )
}

/** Under a list of scanned keys: how many there are so far, and the way to more. `what` is one of them. */
export function ScanFoot({ scan, what }: { scan: Scan; what: string }) {
  return (
    <div class="row list-foot">
      <span class="hint" role="status">
        {scan.error ??
          (scan.isBusy
            ? 'Searching…'
            : scan.keys.length === 0 && scan.isDone
              ? `No ${nounFor(0, what)} here.`
              : `${formatCounted(scan.keys.length, what)}${scan.isDone ? '' : ' so far'}`)}
      </span>
      {!scan.isDone && !scan.isBusy && (
        <button type="button" onClick={scan.more}>
          Search on
        </button>
      )}
    </div>
  )
}

/** The way back from a key to its list, and the key. */
export function KeyTitle({
  page,
  name,
  title,
}: {
  page: 'streams' | 'queues' | 'keys' | 'channels'
  name: string
  title: Bytes
}) {
  return (
    <h1 class="key-title">
      <a href={linkTo(page)}>{name}</a> <span aria-hidden="true">/</span> <code>{showShort(title, 200)}</code>
    </h1>
  )
}

export function Failure({ message }: { message: string | undefined }) {
  if (message === undefined) return null
  return (
    <p class="error" role="alert">
      {message}
    </p>
  )
}
