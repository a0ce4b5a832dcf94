/** Entries of a stream: by id or time, in both directions, and live. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Bytes, showShort } from '../lib/bytes.ts'
import type { Connection } from '../lib/connection.ts'
import { formatCount, formatCounted, formatTime } from '../lib/format.ts'
import { asEntries, asStreamRead, type Entry, type StreamRead } from '../lib/read-reply.ts'
import { compareIds, readPlace, timeOfId } from '../lib/stream-id.ts'
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
          body: `All entries are lost but the newest ${formatCount(Number(typed))}.`,
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
  /** What it has missed. */
  readonly gap: string | undefined
  readonly error: string | undefined
}

/** New entries as they come. A pause stops reading, so nothing is lost by it: reading goes on where it stopped, and what was
 *  trimmed meanwhile is told of. */
function Tail({ streamKey }: { streamKey: Bytes }) {
  const [isPaused, setPaused] = useState(false)
  const [state, setState] = useState<TailState>({ entries: [], received: 0, gap: undefined, error: undefined })
  const cursor = useRef<Cursor>({ after: '$', toldOf: zeroId })
  useEffect(() => {
    if (isPaused) return
    const connection = openConnection({ name: 'console-tail' })
    let isEnded = false
    const follower: Follower = {
      isEnded: () => isEnded,
      take(found) {
        setState((before) => ({
          ...before,
          entries: [...found.toReversed(), ...before.entries].slice(0, tailMax),
          received: before.received + found.length,
          error: undefined,
        }))
      },
      tell: (gap) => setState((before) => ({ ...before, gap })),
      fail: (error) => setState((before) => ({ ...before, error })),
    }
    void follow(connection, streamKey, cursor.current, follower)
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
          {isPaused ? 'Paused; it goes on where it stopped.' : 'Live.'}{' '}
          {formatCounted(state.received, 'entry', 'entries')} so far
          {state.received > tailMax && `, the newest ${tailMax} are kept`}.
        </span>
      </div>
      <Failure message={state.error} />
      {state.gap !== undefined && (
        <p class="notice" role="status">
          {state.gap}
        </p>
      )}
      <EntryList streamKey={streamKey} entries={state.entries} />
      {state.entries.length === 0 && <p class="empty">Waiting for the next entry…</p>}
    </>
  )
}

const retryMs = 1000
/** Before all entries. */
const zeroId = '0-0'

/** Where the reader stands, `$` before it has begun, and the newest trimmed id that it was told of. */
interface Cursor {
  after: string
  toldOf: string
}

interface Follower {
  isEnded(): boolean
  take(entries: readonly Entry[]): void
  tell(gap: string): void
  fail(message: string): void
}

async function follow(connection: Connection, key: Bytes, cursor: Cursor, follower: Follower): Promise<void> {
  while (!follower.isEnded()) {
    try {
      if (cursor.after === '$') {
        const now = asStreamRead(await connection.call('XREAD', 'WITHBOUNDS', 'STREAMS', key, '$'))
        cursor.after = now?.lastId ?? zeroId
      }
      const range = ['COUNT', 100, 'BLOCK', blockMs, 'WITHBOUNDS', 'STREAMS', key, cursor.after]
      const read = asStreamRead(await connection.call('XREAD', ...range))
      if (read === undefined || follower.isEnded()) continue
      const gap = move(cursor, read)
      if (gap !== undefined) follower.tell(gap)
      follower.take(read.entries)
    } catch (error) {
      if (follower.isEnded()) return
      follower.fail(messageOf(error))
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

/** Takes the cursor behind what was read; returns what there is to tell. A stream that began anew is to be read again. */
function move(cursor: Cursor, { lastId, trimmedId, entries }: StreamRead): string | undefined {
  const { after, toldOf } = cursor
  if (compareIds(lastId, after) < 0) {
    Object.assign(cursor, { after: zeroId, toldOf: trimmedId })
    return 'The stream began anew: somebody deleted it, or took its last id back.'
  }
  cursor.after = entries.at(-1)?.id ?? lastId
  if (compareIds(trimmedId, after) <= 0 || compareIds(trimmedId, toldOf) <= 0) return undefined
  cursor.toldOf = trimmedId
  return `Entries after ${after} were trimmed before they could be shown here.`
}
