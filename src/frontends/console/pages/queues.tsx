/** Queues: lists from which somebody takes. */
import { useState } from 'preact/hooks'
import { type Bytes, fromTyped, show, showShort } from '../lib/bytes.ts'
import { parseClients } from '../lib/client-line.ts'
import { formatCount, formatCounted, formatSpan, nounFor } from '../lib/format.ts'
import { asBytes, asBytesOrNull, asNumber } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { ActionForm, Failure, KeyTitle, PatternForm, ScanFoot, SelectField, TextField } from '../parts/controls.tsx'
import { address, linkTo, useAsked, useScan, useStore } from '../parts/hooks.ts'
import { actConfirmed, note } from '../parts/messages.tsx'
import { Payload } from '../parts/payload.tsx'
import { askList, ListElement, Pager, PushForm } from './key-list.tsx'

export function QueuesPage() {
  const { key } = useStore(address)
  return key === undefined ? <QueueList /> : <QueueView key={key} name={key} />
}

interface QueueFacts {
  readonly length: number
  readonly head: Bytes | undefined
  readonly tail: Bytes | undefined
}

async function askFacts(keys: readonly Bytes[]): Promise<(QueueFacts | undefined)[]> {
  const replies = await broker.batch(
    keys.flatMap((key) => [
      ['LLEN', key],
      ['LINDEX', key, 0],
      ['LINDEX', key, -1],
    ]),
  )
  return keys.map((_, i) => {
    const [length, head, tail] = [replies[3 * i]!, replies[3 * i + 1]!, replies[3 * i + 2]!]
    if (length.kind === 'error' || head.kind === 'error' || tail.kind === 'error') return undefined
    return { length: asNumber(length), head: asBytesOrNull(head), tail: asBytesOrNull(tail) }
  })
}

function QueueList() {
  const match = useStore(address).options.match ?? ''
  const scan = useScan(fromTyped(match), 'list')
  const { value: facts } = useAsked(() => askFacts(scan.keys), [scan.keys], 2000)
  const cell = (bytes: Bytes | undefined) => <code class="cut">{bytes === undefined ? '' : showShort(bytes, 50)}</code>
  return (
    <>
      <h1>Queues</h1>
      <div class="toolbar">
        <PatternForm key={match} value={match} />
        <OpenQueue />
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>List</th>
              <th class="number">Length</th>
              <th>Head</th>
              <th>Tail</th>
            </tr>
          </thead>
          <tbody>
            {scan.keys.map((key, i) => (
              <tr key={key}>
                <td>
                  <a data-row href={linkTo('queues', key)}>
                    {showShort(key)}
                  </a>
                </td>
                <td class="number">{facts?.[i] && formatCount(facts[i].length)}</td>
                <td>{cell(facts?.[i]?.head)}</td>
                <td>{cell(facts?.[i]?.tail)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ScanFoot scan={scan} what="list" />
      <Blocked />
    </>
  )
}

function OpenQueue() {
  const [typed, setTyped] = useState('')
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        if (typed !== '') location.hash = linkTo('queues', fromTyped(typed))
      }}
    >
      <TextField label="Open or begin" value={typed} onInput={setTyped} placeholder="a key" />
      <button type="submit">Open</button>
    </form>
  )
}

/** Who waits for an element. The server tells the command, not the keys. */
function Blocked() {
  const { value: clients } = useAsked(async () => parseClients(asBytes(await broker.call('CLIENT', 'LIST'))), [], 2000)
  const waiting = clients?.filter((client) => client.flags.includes('b') && client.name !== 'console-tail') ?? []
  if (waiting.length === 0) return null
  return (
    <section>
      <h2>Clients that wait</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Client</th>
              <th>Waits in</th>
              <th>For</th>
            </tr>
          </thead>
          <tbody>
            {waiting.map((client) => (
              <tr key={client.id}>
                <td>
                  {client.name === '' ? client.address : client.name} <span class="hint">{client.id}</span>
                </td>
                <td>
                  <code>{client.command}</code>
                </td>
                <td>{formatSpan(client.idleMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function QueueView({ name }: { name: Bytes }) {
  const at = Number(useStore(address).options.at ?? 0) || 0
  const { value: page, error } = useAsked(() => askList(name, at), [name, at], 2000)
  const [popped, setPopped] = useState<Bytes | undefined>(undefined)
  const pop = async (command: 'LPOP' | 'RPOP'): Promise<void> => {
    const question = {
      title: 'Take an element out?',
      body: (
        <>The {command === 'LPOP' ? 'first' : 'last'} element leaves the queue and is shown here; no worker gets it.</>
      ),
      verb: 'Take it',
    }
    await actConfirmed(question, '', async () => {
      const element = asBytesOrNull(await broker.call(command, name))
      setPopped(element)
      if (element === undefined) note('The queue is empty.')
    })
  }
  return (
    <>
      <KeyTitle page="queues" name="Queues" title={name} />
      <p class="summary">
        <span>
          <b>{formatCount(page?.length ?? 0)}</b> {nounFor(page?.length ?? 0, 'element')}
        </span>
        <a href={linkTo('keys', name)}>edit, expiry, rename, delete</a>
      </p>
      <div class="toolbar">
        <PushForm name={name} />
        <span class="row">
          <button type="button" onClick={() => void pop('LPOP')}>
            Take the head
          </button>
          <button type="button" onClick={() => void pop('RPOP')}>
            Take the tail
          </button>
        </span>
        <MoveForm name={name} length={page?.length ?? 0} />
      </div>
      {popped !== undefined && (
        <section class="card">
          <h2>Taken out</h2>
          <Payload bytes={popped} />
          <button type="button" onClick={() => setPopped(undefined)}>
            Dismiss
          </button>
        </section>
      )}
      <Failure message={error} />
      <ol class="elements" start={at}>
        {page?.elements.map((element, i) => (
          <ListElement key={`${at + i} ${element}`} index={at + i} element={element} />
        ))}
      </ol>
      <Pager at={at} length={page?.length ?? 0} pageLength={100} />
    </>
  )
}

const ends = [
  ['LEFT', 'head'],
  ['RIGHT', 'tail'],
] as const
type End = (typeof ends)[number][0]
/** Elements that are moved in one transaction. */
const movedAtOnce = 1000

function MoveForm({ name, length }: { name: Bytes; length: number }) {
  const [target, setTarget] = useState('')
  const [count, setCount] = useState('1')
  const [from, setFrom] = useState<End>('LEFT')
  const [to, setTo] = useState<End>('RIGHT')
  const move = async (): Promise<void> => {
    const wanted = Math.min(Number(count), length)
    if (target === '') return note('Type the list that shall have them.', true)
    if (!Number.isInteger(wanted) || wanted < 1) return note('Type how many elements to move.', true)
    const question = {
      title: `Move ${formatCounted(wanted, 'element')}?`,
      body: <>to {show(fromTyped(target))}</>,
      verb: 'Move',
    }
    await actConfirmed(question, 'Moved.', async () => {
      for (let left = wanted; left > 0; left -= movedAtOnce) {
        const moves = Array.from({ length: Math.min(left, movedAtOnce) }, () => [
          'LMOVE',
          name,
          fromTyped(target),
          from,
          to,
        ])
        const replies = await broker.batch([['MULTI'], ...moves, ['EXEC']])
        const refusal = replies.find((reply) => reply.kind === 'error')
        if (refusal?.kind === 'error') throw new Error(refusal.bytes)
      }
    })
  }
  return (
    <ActionForm verb="Move" onSubmit={move}>
      <TextField label="Move" value={count} onInput={setCount} width="5rem" />
      <SelectField label="from its" value={from} options={ends} onChange={setFrom} />
      <TextField label="to" value={target} onInput={setTarget} placeholder="a list" width="10rem" />
      <SelectField label="at its" value={to} options={ends} onChange={setTo} />
    </ActionForm>
  )
}
