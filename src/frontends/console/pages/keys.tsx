/** All keys: found by pattern and type, shown and changed by type. */
import { useState } from 'preact/hooks'
import { type Bytes, fromTyped, show, showShort, toTyped } from '../lib/bytes.ts'
import { formatBytes, formatCount, formatSpan } from '../lib/format.ts'
import { asBytes, asNumber } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { ActionForm, Failure, KeyTitle, PatternForm, ScanFoot, SelectField, TextField } from '../parts/controls.tsx'
import { address, linkTo, setOptions, useAsked, useScan, useStore } from '../parts/hooks.ts'
import { act, actConfirmed, note } from '../parts/messages.tsx'
import { HashEditor } from './key-hash.tsx'
import { ListEditor } from './key-list.tsx'
import { NewKey } from './key-new.tsx'
import { SetEditor, SortedSetEditor } from './key-sets.tsx'
import { StringEditor } from './key-string.tsx'

export const types = ['string', 'list', 'hash', 'set', 'zset', 'stream'] as const

export function KeysPage() {
  const { key } = useStore(address)
  return key === undefined ? <KeyList /> : <KeyView key={key} name={key} />
}

interface KeyFacts {
  readonly type: string
  readonly expiresInMs: number | undefined
  readonly memoryBytes: number | undefined
}

async function askFacts(keys: readonly Bytes[]): Promise<KeyFacts[]> {
  const replies = await broker.batch(
    keys.flatMap((key) => [
      ['TYPE', key],
      ['PTTL', key],
      ['MEMORY', 'USAGE', key],
    ]),
  )
  return keys.map((_, i) => {
    const [type, expiry, memory] = [replies[3 * i]!, replies[3 * i + 1]!, replies[3 * i + 2]!]
    const ms = expiry.kind === 'integer' ? asNumber(expiry) : -1
    return {
      type: type.kind === 'simple' ? type.bytes : type.kind === 'error' ? 'not allowed' : '',
      expiresInMs: ms < 0 ? undefined : ms,
      memoryBytes: memory.kind === 'integer' ? asNumber(memory) : undefined,
    }
  })
}

function KeyList() {
  const { match = '', type = '' } = useStore(address).options
  const scan = useScan(fromTyped(match), type)
  const { value: facts } = useAsked(() => askFacts(scan.keys), [scan.keys])
  const { value: count } = useAsked(async () => asNumber(await broker.call('DBSIZE')), [], 5000)
  return (
    <>
      <h1>
        Keys <span class="hint">{count !== undefined && formatCount(count)}</span>
      </h1>
      <div class="toolbar">
        <PatternForm key={match} value={match} />
        <SelectField
          label="Type"
          value={type}
          options={[['', 'All'], ...types.map((each) => [each, each] as const)]}
          onChange={(value) => setOptions({ type: value })}
        />
        <NewKey />
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Key</th>
              <th>Type</th>
              <th class="number">Memory</th>
              <th>Expires in</th>
            </tr>
          </thead>
          <tbody>
            {scan.keys.map((key, i) => {
              const own = facts?.[i]
              return (
                <tr key={key}>
                  <td>
                    <a data-row href={linkTo('keys', key)}>
                      {key === '' ? <i>the empty key</i> : showShort(key)}
                    </a>
                  </td>
                  <td>{own && <span class={`type is-${own.type}`}>{own.type}</span>}</td>
                  <td class="number">{own?.memoryBytes !== undefined && formatBytes(own.memoryBytes)}</td>
                  <td>{own?.expiresInMs !== undefined && formatSpan(own.expiresInMs)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <ScanFoot scan={scan} what="key" />
    </>
  )
}

function KeyView({ name }: { name: Bytes }) {
  const { value: facts, error } = useAsked(async () => (await askFacts([name]))[0]!, [name], 3000)
  return (
    <>
      <KeyTitle page="keys" name="Keys" title={name} />
      <Failure message={error} />
      {facts && (
        <p class="summary">
          <span class={`type is-${facts.type}`}>{facts.type === 'none' ? 'no such key' : facts.type}</span>
          {facts.memoryBytes !== undefined && <span>{formatBytes(facts.memoryBytes)}</span>}
          {facts.type !== 'none' && (
            <span>{facts.expiresInMs === undefined ? 'stays' : `expires in ${formatSpan(facts.expiresInMs)}`}</span>
          )}
          {facts.type === 'stream' && <a href={linkTo('streams', name)}>entries and groups</a>}
          {facts.type === 'list' && <a href={linkTo('queues', name)}>as a queue</a>}
        </p>
      )}
      {facts && <Editor type={facts.type} name={name} />}
      {facts && facts.type !== 'none' && <KeyActions name={name} />}
    </>
  )
}

function Editor({ type, name }: { type: string; name: Bytes }) {
  switch (type) {
    case 'string':
      return <StringEditor name={name} />
    case 'list':
      return <ListEditor name={name} />
    case 'hash':
      return <HashEditor name={name} />
    case 'set':
      return <SetEditor name={name} />
    case 'zset':
      return <SortedSetEditor name={name} />
  }
  return null
}

function KeyActions({ name }: { name: Bytes }) {
  const [seconds, setSeconds] = useState('')
  const [newName, setNewName] = useState(toTyped(name))
  const rename = async (): Promise<void> => {
    const target = fromTyped(newName)
    if (target === name) return note('That is its name already.', true)
    let isTaken = false
    const isDone = await act('', async () => {
      isTaken = asBytes(await broker.call('RENAMENX', name, target)) === '0'
    })
    if (!isDone) return
    if (isTaken) note('There is a key of that name: delete it first.', true)
    else location.hash = linkTo('keys', target)
  }
  const remove = async (): Promise<void> => {
    const question = { title: 'Delete the key?', body: <code>{show(name)}</code>, verb: 'Delete' }
    if (await actConfirmed(question, 'Deleted.', () => broker.call('UNLINK', name))) location.hash = linkTo('keys')
  }
  return (
    <section class="card">
      <h2>The key</h2>
      <div class="toolbar">
        <ActionForm
          verb="Let it expire"
          onSubmit={() =>
            /^\d+(\.\d+)?$/.test(seconds)
              ? act('It will expire.', () => broker.call('PEXPIRE', name, Math.round(Number(seconds) * 1000)))
              : Promise.resolve(note('Type a number of seconds.', true))
          }
        >
          <TextField label="Seconds" value={seconds} onInput={setSeconds} placeholder="3600" width="8rem" />
        </ActionForm>
        <ActionForm verb="Let it stay" onSubmit={() => act('It stays.', () => broker.call('PERSIST', name))} />
        <ActionForm verb="Rename" onSubmit={rename}>
          <TextField label="New name" value={newName} onInput={setNewName} />
        </ActionForm>
        <ActionForm verb="Delete" isDanger onSubmit={remove} />
      </div>
    </section>
  )
}
