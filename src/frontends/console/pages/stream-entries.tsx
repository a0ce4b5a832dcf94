/** Entries of a stream: by id or time, in both directions, and live. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Bytes, showShort } from '../lib/bytes.ts'
import type { Connection } from '../lib/connection.ts'
import { formatCount, formatTime } from '../lib/format.ts'
import { asEntries, asPairs, type Entry } from '../lib/read-reply.ts'
import { readPlace, timeOfId } from '../lib/stream-id.ts'
import { broker, openConnection } from '../parts/broker.ts'
import { ActionForm, Failure, SelectField, TextField } from '../parts/controls.tsx'
import { address, messageOf, setOptions, useAsked, useStore } from '../parts/hooks.ts'
import { actConfirmed, note } from '../parts/messages.tsx'
import { Payload } from '../parts/payload.tsx'

const pageLength = 50
const tailMax = 500
/** How long a reading waits at most: that is how late a pause may come to the server. */
const blockMs = 5000

export function StreamEntries({ streamKey }: { streamKey: Bytes }) {
  const { options } = useStore(address)
  return options.tail === 'yes' ? <Tail streamKey={streamKey} /> : <Browse streamKey={streamKey} />
}

async function askPage(key: Bytes, order: string, from: string): Promise<Entry[]> {
  const limit = ['COUNT', pageLength + 1]
  const reply =
    order === 'oldest'
      ? await broker.call('XRANGE', key, from === '' ? '-' : from, '+', ...limit)
      : await broker.call('XREVRANGE', key, from === '' ? '+' : from, '-', ...limit)
  return asEntries(reply)
}

function Browse({ streamKey }: { streamKey: Bytes }) {
  const { order = 'newest', from = '' } = useStore(address).options
  const { value: entries, error } = useAsked(() => askPage(streamKey, order, from), [streamKey, order, from])
  const next = entries?.[pageLength]
  return (
    <>
      <div class="toolbar">
        <SelectField
          label="Order"
          value={order}
          options={[
            ['newest', 'Newest first'],
            ['oldest', 'Oldest first'],
          ]}
          onChange={(value) => setOptions({ order: value === 'newest' ? '' : value })}
        />
        <PlaceForm key={from} from={from} />
        <button type="button" class="primary" onClick={() => setOptions({ tail: 'yes', from: '' }, true)}>
          Live
        </button>
        <TrimForm streamKey={streamKey} />
      </div>
      <Failure message={error} />
      <EntryList streamKey={streamKey} entries={entries?.slice(0, pageLength) ?? []} />
      <div class="row list-foot">
        <span class="hint">{entries?.length === 0 ? 'No entries here.' : ''}</span>
        {from !== '' && (
          <button type="button" onClick={() => setOptions({ from: '' }, true)}>
            To the beginning of the list
          </button>
        )}
        {next && (
          <button type="button" onClick={() => setOptions({ from: next.id }, true)}>
            {order === 'oldest' ? 'Newer' : 'Older'}
          </button>
        )}
      </div>
    </>
  )
}

function PlaceForm({ from }: { from: string }) {
  const [typed, setTyped] = useState(from)
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        const place = typed === '' ? '' : readPlace(typed, Date.now())
        if (place === undefined) note('Type an id, a time as 2026-01-31 12:30, or -5m for five minutes ago.', true)
        else setOptions({ from: place }, true)
      }}
    >
      <TextField
        label="From id or time"
        value={typed}
        onInput={setTyped}
        placeholder="id, 2026-01-31 12:30, -5m"
        isSearch
        width="15rem"
      />
      <button type="submit">Go</button>
    </form>
  )
}

function TrimForm({ streamKey }: { streamKey: Bytes }) {
  const [typed, setTyped] = useState('')
  return (
    <ActionForm
      verb="Trim"
      isDanger
      onSubmit={async () => {
        if (!/^\d+$/.test(typed)) return note('Type how many entries shall stay.', true)
        const question = {
          title: 'Trim the stream?',
          body: `All but the newest ${formatCount(Number(typed))} entries are lost.`,
          verb: 'Trim',
        }
        await actConfirmed(question, 'Trimmed.', () => broker.call('XTRIM', streamKey, 'MAXLEN', typed))
      }}
    >
      <TextField label="Keep newest" value={typed} onInput={setTyped} placeholder="1000" width="7rem" />
    </ActionForm>
  )
}

export function EntryList({ streamKey, entries }: { streamKey: Bytes; entries: readonly Entry[] }) {
  return (
    <ul class="entries">
      {entries.map((entry) => (
        <EntryRow key={entry.id} streamKey={streamKey} entry={entry} />
      ))}
    </ul>
  )
}

const previewFields = 4

function EntryRow({ streamKey, entry }: { streamKey: Bytes; entry: Entry }) {
  const [isOpen, setOpen] = useState(false)
  const time = timeOfId(entry.id)
  return (
    <li class={isOpen ? 'entry is-open' : 'entry'}>
      <button type="button" class="entry-head" data-row aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="entry-id">
          <code>{entry.id}</code>
          {time !== undefined && <time>{formatTime(time)}</time>}
        </span>
        <span class="entry-preview">
          {entry.fields.slice(0, previewFields).map(([name, value], i) => (
            <span key={i}>
              <b>{showShort(name, 30)}</b> {showShort(value, 60)}
            </span>
          ))}
          {entry.fields.length > previewFields && <span class="hint">+{entry.fields.length - previewFields}</span>}
        </span>
      </button>
      {isOpen && (
        <div class="entry-body">
          {entry.fields.map(([name, value], i) => (
            <Payload key={i} label={showShort(name)} bytes={value} />
          ))}
          <button
            type="button"
            class="danger"
            onClick={() =>
              void actConfirmed(
                { title: 'Delete the entry?', body: <code>{entry.id}</code>, verb: 'Delete' },
                `Deleted ${entry.id}.`,
                () => broker.call('XDEL', streamKey, entry.id),
              )
            }
          >
            Delete
          </button>
        </div>
      )}
    </li>
  )
}

interface TailState {
  readonly entries: readonly Entry[]
  readonly received: number
  readonly error: string | undefined
}

/** New entries as they come. A pause stops reading, so nothing is lost by it: reading goes on where it stopped. */
function Tail({ streamKey }: { streamKey: Bytes }) {
  const [isPaused, setPaused] = useState(false)
  const [state, setState] = useState<TailState>({ entries: [], received: 0, error: undefined })
  const lastId = useRef('$')
  useEffect(() => {
    if (isPaused) return
    const connection = openConnection({ name: 'console-tail' })
    let isEnded = false
    const take = (found: readonly Entry[]): void => {
      setState((before) => ({
        entries: [...found.toReversed(), ...before.entries].slice(0, tailMax),
        received: before.received + found.length,
        error: undefined,
      }))
    }
    const fail = (error: string): void => setState((before) => ({ ...before, error }))
    void follow(connection, streamKey, lastId, () => isEnded, take, fail)
    return () => {
      isEnded = true
      connection.close()
    }
  }, [streamKey, isPaused])
  return (
    <>
      <div class="toolbar">
        <button type="button" class="primary" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
        <button type="button" onClick={() => setOptions({ tail: '' }, true)}>
          Browse
        </button>
        <span class="hint live" role="status">
          <i class={isPaused ? 'dot' : 'dot is-live'} />
          {isPaused ? 'Paused; it goes on where it stopped.' : 'Live.'} {formatCount(state.received)} entries so far
          {state.received > tailMax && `, the newest ${tailMax} are kept`}.
        </span>
      </div>
      <Failure message={state.error} />
      <EntryList streamKey={streamKey} entries={state.entries} />
      {state.entries.length === 0 && <p class="empty">Waiting for the next entry…</p>}
    </>
  )
}

const retryMs = 1000

async function follow(
  connection: Connection,
  key: Bytes,
  lastId: { current: string },
  isEnded: () => boolean,
  take: (entries: readonly Entry[]) => void,
  fail: (message: string) => void,
): Promise<void> {
  while (!isEnded()) {
    try {
      if (lastId.current === '$') lastId.current = await lastIdOf(connection, key)
      const reply = await connection.call('XREAD', 'COUNT', 100, 'BLOCK', blockMs, 'STREAMS', key, lastId.current)
      const streams = reply.kind === 'null' ? [] : asPairs(reply)
      for (const [, entries] of streams) {
        const found = asEntries(entries)
        lastId.current = found.at(-1)?.id ?? lastId.current
        if (!isEnded()) take(found)
      }
    } catch (error) {
      if (isEnded()) return
      fail(messageOf(error))
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

/** Where the tail begins: behind what is there now. */
async function lastIdOf(connection: Connection, key: Bytes): Promise<string> {
  const [last] = asEntries(await connection.call('XREVRANGE', key, '+', '-', 'COUNT', 1))
  return last?.id ?? '0-0'
}
