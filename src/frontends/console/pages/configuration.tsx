/** The directives: what they are, what they do, and which differ from what they are by default. */
import { directives } from 'millrace:directives'
import { useState } from 'preact/hooks'
import { fromText, toText } from '../lib/bytes.ts'
import type { DirectiveFacts } from '../lib/directive-facts.ts'
import { asBytes, asPairs } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { Failure, TextField } from '../parts/controls.tsx'
import { address, setOptions, useAsked, useStore } from '../parts/hooks.ts'
import { act, Dialog } from '../parts/messages.tsx'

const factsOf = new Map<string, DirectiveFacts>(
  directives.flatMap((facts) =>
    [facts.name, ...(facts.alias === undefined ? [] : [facts.alias])].map((name) => [name, facts] as const),
  ),
)

interface Directive {
  readonly name: string
  readonly value: string
  readonly facts: DirectiveFacts | undefined
}

async function askDirectives(): Promise<Directive[]> {
  const reply = await broker.call('CONFIG', 'GET', '*')
  return asPairs(reply)
    .map(([name, value]): Directive => {
      const own = asBytes(name) as string
      const bytes = asBytes(value)
      return { name: own, value: toText(bytes) ?? bytes, facts: factsOf.get(own) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function isChanged({ value, facts }: Directive): boolean {
  return facts !== undefined && value !== facts.initial
}

export function ConfigurationPage() {
  const { find = '', only = '' } = useStore(address).options
  const { value: all, error } = useAsked(askDirectives, [])
  const [edited, setEdited] = useState<Directive | undefined>(undefined)
  const shown = all?.filter((each) => matches(each, find) && (only === '' || isChanged(each))) ?? []
  return (
    <>
      <h1>Configuration</h1>
      <div class="toolbar">
        <TextField
          label="Find"
          value={find}
          onInput={(value) => setOptions({ find: value })}
          placeholder="a name or what it does"
          isSearch
          width="18rem"
        />
        <label class="checkbox">
          <input
            type="checkbox"
            checked={only === 'changed'}
            onChange={(event) => setOptions({ only: event.currentTarget.checked ? 'changed' : '' })}
          />
          Only what differs from the default
        </label>
        <button type="button" onClick={() => void act('Written to the file.', () => broker.call('CONFIG', 'REWRITE'))}>
          Write to the file
        </button>
      </div>
      <Failure message={error} />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Directive</th>
              <th>Value</th>
              <th>Default</th>
              <th>What it does</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((directive) => (
              <DirectiveRow key={directive.name} directive={directive} onEdit={() => setEdited(directive)} />
            ))}
          </tbody>
        </table>
      </div>
      {all && shown.length === 0 && <p class="empty">No directive fits.</p>}
      {edited && <DirectiveDialog directive={edited} onClose={() => setEdited(undefined)} />}
    </>
  )
}

function matches({ name, facts }: Directive, find: string): boolean {
  return `${name} ${facts?.reason ?? ''}`.toLowerCase().includes(find.toLowerCase())
}

function shownValue(value: string, facts: DirectiveFacts | undefined): string {
  if (facts?.secret && value !== '') return '••••••'
  return value === '' ? '(empty)' : value
}

function DirectiveRow({ directive, onEdit }: { directive: Directive; onEdit: () => void }) {
  const { name, value, facts } = directive
  const isSettable = facts === undefined || facts.change === 'free'
  return (
    <tr class={isChanged(directive) ? 'is-changed' : ''}>
      <td>
        <code>{name}</code>
      </td>
      <td>
        {isSettable ? (
          <button
            type="button"
            class="link"
            data-row
            onClick={onEdit}
            aria-label={`Change ${name}, now ${shownValue(value, facts)}`}
          >
            <code>{shownValue(value, facts)}</code>
          </button>
        ) : (
          <code>{shownValue(value, facts)}</code>
        )}
      </td>
      <td class="hint">{isChanged(directive) ? <code>{shownValue(facts!.initial, undefined)}</code> : 'so'}</td>
      <td class="wide hint">
        {facts?.effect === 'accepted' && <i>Without effect: </i>}
        {facts?.reason}
        {!isSettable && ' · set at start only'}
      </td>
    </tr>
  )
}

function DirectiveDialog({
  directive: { name, value, facts },
  onClose,
}: {
  directive: Directive
  onClose: () => void
}) {
  const [typed, setTyped] = useState(value)
  const save = async (): Promise<void> => {
    if (await act(`${name} is set until the server ends.`, () => broker.call('CONFIG', 'SET', name, fromText(typed))))
      onClose()
  }
  return (
    <Dialog title={name} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        {facts && <p class="dialog-body hint">{facts.reason}</p>}
        <TextField
          label={
            facts === undefined
              ? 'Value'
              : `Value (${facts.kind}; default ${facts.initial === '' ? 'empty' : facts.initial})`
          }
          value={typed}
          onInput={setTyped}
        />
        <div class="dialog-buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Set
          </button>
        </div>
      </form>
    </Dialog>
  )
}
