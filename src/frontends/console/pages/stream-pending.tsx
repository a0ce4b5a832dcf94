/** What was delivered and not acknowledged: who holds it, for how long, and what to do about it. */
import { useEffect, useState } from 'preact/hooks'
import { type Bytes, fromTyped, showShort, toTyped } from '../lib/bytes.ts'
import { formatCount, formatCounted, formatSpan } from '../lib/format.ts'
import { asBytes, asEntries, asItems, asNumber, type Entry } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { Failure, SelectField, TextField } from '../parts/controls.tsx'
import { address, setOptions, useAsked, useStore } from '../parts/hooks.ts'
import { act, actConfirmed, note } from '../parts/messages.tsx'
import { EntryList } from './stream-entries.tsx'
import { askGroups } from './stream-groups.tsx'

const pageLength = 100

interface Pending {
  readonly id: string
  readonly consumer: Bytes
  readonly idleMs: number
  readonly deliveries: number
}

export function StreamPending({ streamKey }: { streamKey: Bytes }) {
  const { options } = useStore(address)
  const { value: groups, error } = useAsked(() => askGroups(streamKey), [streamKey], 5000)
  const group = options.group ?? (groups?.[0] && toTyped(groups[0].name))
  if (group === undefined)
    return groups === undefined ? <Failure message={error} /> : <p class="empty">No group reads this stream.</p>
  return (
    <>
      <div class="toolbar">
        <SelectField
          label="Group"
          value={group}
          options={(groups ?? []).map(
            ({ name, pending }) => [toTyped(name), `${showShort(name)} (${formatCount(pending)})`] as const,
          )}
          onChange={(value) => setOptions({ group: value, consumer: '', from: '' })}
        />
        <Filters
          key={`${options.consumer} ${options.idle}`}
          consumer={options.consumer ?? ''}
          idle={options.idle ?? ''}
        />
      </div>
      <PendingList key={group} streamKey={streamKey} group={fromTyped(group)} />
    </>
  )
}

function Filters({ consumer, idle }: { consumer: string; idle: string }) {
  const [name, setName] = useState(consumer)
  const [seconds, setSeconds] = useState(idle)
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        setOptions({ consumer: name, idle: seconds, from: '' })
      }}
    >
      <TextField label="Consumer" value={name} onInput={setName} placeholder="all" isSearch width="9rem" />
      <TextField label="Idle seconds" value={seconds} onInput={setSeconds} placeholder="0" width="7rem" />
      <button type="submit">Filter</button>
    </form>
  )
}

async function askPending(key: Bytes, group: Bytes, options: Readonly<Record<string, string>>): Promise<Pending[]> {
  const { consumer = '', idle = '', from = '' } = options
  const idleFilter = Number(idle) > 0 ? ['IDLE', Math.round(Number(idle) * 1000)] : []
  const consumerFilter = consumer === '' ? [] : [fromTyped(consumer)]
  const reply = await broker.call(
    'XPENDING',
    key,
    group,
    ...idleFilter,
    from === '' ? '-' : from,
    '+',
    pageLength + 1,
    ...consumerFilter,
  )
  return asItems(reply).map((item) => {
    const [id, holder, idleMs, deliveries] = asItems(item)
    return {
      id: asBytes(id!),
      consumer: asBytes(holder!),
      idleMs: asNumber(idleMs!),
      deliveries: asNumber(deliveries!),
    }
  })
}

interface Choice {
  readonly ids: readonly string[]
  readonly choose: (ids: readonly string[], isChosen: boolean) => void
}

/** Which of the rows are chosen. What is no longer shown can't stay chosen, nor anything when `parts` change. */
function useChoice(shown: readonly string[], parts: readonly unknown[]): Choice {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  useEffect(() => setChosen(new Set()), parts)
  return {
    ids: shown.filter((id) => chosen.has(id)),
    choose: (ids, isChosen) => {
      const changed = new Set(chosen)
      for (const id of ids) isChosen ? changed.add(id) : changed.delete(id)
      setChosen(changed)
    },
  }
}

function PendingList({ streamKey, group }: { streamKey: Bytes; group: Bytes }) {
  const { options } = useStore(address)
  const { consumer, idle, from } = options
  const { value: found, error } = useAsked(
    () => askPending(streamKey, group, options),
    [streamKey, group, consumer, idle, from],
    3000,
  )
  const rows = found?.slice(0, pageLength) ?? []
  const next = found?.[pageLength]
  const { ids, choose } = useChoice(
    rows.map(({ id }) => id),
    [from, consumer, idle],
  )
  return (
    <>
      <Failure message={error} />
      <Actions streamKey={streamKey} group={group} ids={ids} />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th class="check">
                <input
                  type="checkbox"
                  aria-label="Choose all"
                  checked={rows.length > 0 && ids.length === rows.length}
                  onChange={(event) =>
                    choose(
                      rows.map(({ id }) => id),
                      event.currentTarget.checked,
                    )
                  }
                />
              </th>
              <th>Entry</th>
              <th>Consumer</th>
              <th>Idle</th>
              <th class="number">Deliveries</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <PendingRow
                key={row.id}
                streamKey={streamKey}
                row={row}
                isChosen={ids.includes(row.id)}
                onChoose={(is) => choose([row.id], is)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <div class="row list-foot">
        <span class="hint">{found?.length === 0 ? 'Nothing is pending.' : ''}</span>
        {from && (
          <button type="button" onClick={() => setOptions({ from: '' }, true)}>
            To the oldest
          </button>
        )}
        {next && (
          <button type="button" onClick={() => setOptions({ from: next.id }, true)}>
            Next page
          </button>
        )}
      </div>
    </>
  )
}

function PendingRow({
  streamKey,
  row,
  isChosen,
  onChoose,
}: {
  streamKey: Bytes
  row: Pending
  isChosen: boolean
  onChoose: (isChosen: boolean) => void
}) {
  const [entry, setEntry] = useState<Entry | 'gone' | undefined>(undefined)
  const toggle = async (): Promise<void> => {
    if (entry !== undefined) return setEntry(undefined)
    await act('', async () => {
      const [found] = asEntries(await broker.call('XRANGE', streamKey, row.id, row.id))
      setEntry(found ?? 'gone')
    })
  }
  return (
    <>
      <tr class={isChosen ? 'is-chosen' : ''}>
        <td class="check">
          <input
            type="checkbox"
            data-row
            aria-label={`Choose ${row.id}`}
            checked={isChosen}
            onChange={(event) => onChoose(event.currentTarget.checked)}
          />
        </td>
        <td>
          <button type="button" class="link" aria-expanded={entry !== undefined} onClick={() => void toggle()}>
            <code>{row.id}</code>
          </button>
        </td>
        <td>{row.consumer === '' ? <span class="hint">nobody</span> : showShort(row.consumer)}</td>
        <td>{formatSpan(row.idleMs)}</td>
        <td class="number">{formatCount(row.deliveries)}</td>
      </tr>
      {entry !== undefined && (
        <tr>
          <td />
          <td colSpan={4}>
            {entry === 'gone' ? (
              <p class="hint">The entry is no longer in the stream.</p>
            ) : (
              <EntryList streamKey={streamKey} entries={[entry]} />
            )}
          </td>
        </tr>
      )}
    </>
  )
}

const modes = [
  ['FAIL', 'as failed'],
  ['SILENT', 'as if never delivered'],
  ['FATAL', 'as hopeless'],
] as const

function Actions({ streamKey, group, ids }: { streamKey: Bytes; group: Bytes; ids: readonly string[] }) {
  const [consumer, setConsumer] = useState('')
  const [mode, setMode] = useState<(typeof modes)[number][0]>('FAIL')
  const count = formatCounted(ids.length, 'entry', 'entries')
  const isNone = ids.length === 0
  const acknowledge = () =>
    actConfirmed(
      {
        title: `Acknowledge ${count}?`,
        body: 'The group counts them as done: nobody gets them again.',
        verb: 'Acknowledge',
      },
      `Acknowledged ${count}.`,
      () => broker.call('XACK', streamKey, group, ...ids),
    )
  const claim = async (): Promise<void> => {
    if (consumer === '') return note('Type the consumer that shall have them.', true)
    await act(`${count} now held by ${consumer}.`, () =>
      broker.call('XCLAIM', streamKey, group, fromTyped(consumer), 0, ...ids, 'JUSTID'),
    )
  }
  const release = () =>
    act(`Handed back ${count}.`, () => broker.call('XNACK', streamKey, group, mode, 'IDS', ids.length, ...ids))
  return (
    <div class="toolbar choice" role="toolbar" aria-label="What to do with the chosen entries">
      <span class="hint" role="status">
        {isNone ? 'Choose entries to act on them.' : `${count} chosen`}
      </span>
      <button type="button" disabled={isNone} onClick={() => void acknowledge()}>
        Acknowledge
      </button>
      <span class="row">
        <TextField label="Claim for" value={consumer} onInput={setConsumer} placeholder="consumer" width="9rem" />
        <button type="button" disabled={isNone} onClick={() => void claim()}>
          Claim
        </button>
      </span>
      <span class="row">
        <SelectField label="Hand back" value={mode} options={modes} onChange={setMode} />
        <button type="button" disabled={isNone} onClick={() => void release()}>
          Hand back
        </button>
      </span>
    </div>
  )
}
