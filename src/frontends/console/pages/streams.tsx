/** Streams: which there are, and the views of one. */
import { useState } from 'preact/hooks'
import { type Bytes, fromTyped, showShort } from '../lib/bytes.ts'
import { formatBytes, formatCount, formatSpan, formatTime, nounFor } from '../lib/format.ts'
import { asBytes, asItems, asNumber, asRecord } from '../lib/read-reply.ts'
import type { Reply } from '../lib/resp.ts'
import { timeOfId } from '../lib/stream-id.ts'
import { broker } from '../parts/broker.ts'
import { KeyTitle, PatternForm, ScanFoot, Tabs } from '../parts/controls.tsx'
import { address, linkTo, useAsked, useScan, useStore } from '../parts/hooks.ts'
import { AddEntry } from './stream-add.tsx'
import { StreamEntries } from './stream-entries.tsx'
import { StreamGroups } from './stream-groups.tsx'
import { StreamPending } from './stream-pending.tsx'

export function StreamsPage() {
  const { key } = useStore(address)
  return key === undefined ? <StreamList /> : <StreamView key={key} streamKey={key} />
}

interface StreamFacts {
  readonly length: number
  readonly groups: number
  readonly firstId: string
  readonly lastId: string
  readonly memoryBytes: number
}

function readFacts(info: Reply, memory: Reply): StreamFacts | undefined {
  if (info.kind === 'error') return undefined
  const facts = asRecord(info)
  const [firstId] = asItems(facts.get('first-entry')!)
  return {
    length: asNumber(facts.get('length')!),
    groups: asNumber(facts.get('groups')!),
    firstId: firstId === undefined ? '' : asBytes(firstId),
    lastId: asBytes(facts.get('last-generated-id')!),
    memoryBytes: memory.kind === 'integer' ? Number(memory.text) : 0,
  }
}

async function askFacts(keys: readonly Bytes[]): Promise<(StreamFacts | undefined)[]> {
  const replies = await broker.batch(
    keys.flatMap((key) => [
      ['XINFO', 'STREAM', key],
      ['MEMORY', 'USAGE', key],
    ]),
  )
  return keys.map((_, i) => readFacts(replies[2 * i]!, replies[2 * i + 1]!))
}

function ageOf(id: string): string {
  const time = timeOfId(id)
  return time === undefined ? '' : `${formatSpan(Math.max(0, Date.now() - time))} ago`
}

function StreamList() {
  const match = useStore(address).options.match ?? ''
  const scan = useScan(fromTyped(match), 'stream')
  const { value: facts } = useAsked(() => askFacts(scan.keys), [scan.keys], 3000)
  return (
    <>
      <h1>Streams</h1>
      <div class="toolbar">
        <PatternForm key={match} value={match} />
        <NewStream />
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Stream</th>
              <th class="number">Entries</th>
              <th class="number">Groups</th>
              <th class="number">Memory</th>
              <th>Last entry</th>
            </tr>
          </thead>
          <tbody>
            {scan.keys.map((key, i) => {
              const own = facts?.[i]
              return (
                <tr key={key}>
                  <td>
                    <a data-row href={linkTo('streams', key)}>
                      {showShort(key)}
                    </a>
                  </td>
                  <td class="number">{own && formatCount(own.length)}</td>
                  <td class="number">
                    {own && <a href={linkTo('streams', key, { view: 'groups' })}>{formatCount(own.groups)}</a>}
                  </td>
                  <td class="number">{own && formatBytes(own.memoryBytes)}</td>
                  <td>
                    {own && own.lastId !== '0-0' && (
                      <>
                        <code>{own.lastId}</code> <span class="hint">{ageOf(own.lastId)}</span>
                      </>
                    )}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <ScanFoot scan={scan} what="stream" />
    </>
  )
}

/** A stream begins with its first entry. */
function NewStream() {
  const [typed, setTyped] = useState('')
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        if (typed !== '') location.hash = linkTo('streams', fromTyped(typed), { view: 'add' })
      }}
    >
      <label class="field">
        <span>Open or begin</span>
        <input
          value={typed}
          placeholder="a key"
          onInput={(event) => setTyped(event.currentTarget.value)}
          spellcheck={false}
        />
      </label>
      <button type="submit">Open</button>
    </form>
  )
}

function StreamView({ streamKey }: { streamKey: Bytes }) {
  const view = useStore(address).options.view ?? 'entries'
  const { value: facts } = useAsked(async () => (await askFacts([streamKey]))[0], [streamKey], 2000)
  return (
    <>
      <KeyTitle page="streams" name="Streams" title={streamKey} />
      <p class="summary">
        {facts === undefined ? (
          'There is no stream at this key.'
        ) : (
          <>
            <span>
              <b>{formatCount(facts.length)}</b> {nounFor(facts.length, 'entry', 'entries')}
            </span>
            <span>
              <b>{formatBytes(facts.memoryBytes)}</b>
            </span>
            {timeOfId(facts.firstId) !== undefined && (
              <span>since {formatTime(timeOfId(facts.firstId)!).slice(0, 19)}</span>
            )}
            {facts.lastId !== '0-0' && (
              <span>
                last <code>{facts.lastId}</code> {ageOf(facts.lastId)}
              </span>
            )}
          </>
        )}
        <a href={linkTo('keys', streamKey)}>expiry, rename, delete</a>
      </p>
      <Tabs
        current={view}
        tabs={[
          ['entries', 'Entries', linkTo('streams', streamKey)],
          [
            'groups',
            `Groups${facts === undefined ? '' : ` ${facts.groups}`}`,
            linkTo('streams', streamKey, { view: 'groups' }),
          ],
          ['pending', 'Pending', linkTo('streams', streamKey, { view: 'pending' })],
          ['add', 'Add', linkTo('streams', streamKey, { view: 'add' })],
        ]}
      />
      {view === 'groups' ? (
        <StreamGroups streamKey={streamKey} />
      ) : view === 'pending' ? (
        <StreamPending streamKey={streamKey} />
      ) : view === 'add' ? (
        <AddEntry streamKey={streamKey} />
      ) : (
        <StreamEntries streamKey={streamKey} />
      )}
    </>
  )
}
