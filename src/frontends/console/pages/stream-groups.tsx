/** The groups of a stream: how far they are, who belongs to them. */
import { useState } from 'preact/hooks'
import { type Bytes, fromTyped, show, showShort, toTyped } from '../lib/bytes.ts'
import { formatCount, formatCounted, formatSpan } from '../lib/format.ts'
import { asBytes, asItems, asNumber, asNumberOrNull, asRecord } from '../lib/read-reply.ts'
import { timeOfId } from '../lib/stream-id.ts'
import { broker } from '../parts/broker.ts'
import { ActionForm, Failure, TextField } from '../parts/controls.tsx'
import { address, linkTo, setOptions, useAsked, useStore } from '../parts/hooks.ts'
import { act, actConfirmed, note } from '../parts/messages.tsx'

export interface Group {
  readonly name: Bytes
  readonly consumers: number
  readonly pending: number
  readonly lastId: string
  readonly lag: number | undefined
  /** The oldest of what is pending, and how long nobody was given it. */
  readonly oldest: { readonly id: string; readonly idleMs: number } | undefined
}

export async function askGroups(key: Bytes): Promise<Group[]> {
  const groups = asItems(await broker.call('XINFO', 'GROUPS', key)).map(asRecord)
  const names = groups.map((facts) => asBytes(facts.get('name')!))
  const pendings = await broker.batch(names.map((name) => ['XPENDING', key, name, '-', '+', 1]))
  return groups.map((facts, i) => {
    const pending = pendings[i]!
    const oldest = pending.kind === 'array' && pending.items[0] !== undefined ? asItems(pending.items[0]) : undefined
    return {
      name: names[i]!,
      consumers: asNumber(facts.get('consumers')!),
      pending: asNumber(facts.get('pending')!),
      lastId: asBytes(facts.get('last-delivered-id')!),
      lag: asNumberOrNull(facts.get('lag')),
      oldest: oldest === undefined ? undefined : { id: asBytes(oldest[0]!), idleMs: asNumber(oldest[2]!) },
    }
  })
}

/** How long the oldest pending entry has been in the stream, or, when its id has no time, idle. */
function ageOf({ oldest }: Group): string {
  if (oldest === undefined) return '–'
  const time = timeOfId(oldest.id)
  return time === undefined ? `idle ${formatSpan(oldest.idleMs)}` : formatSpan(Math.max(0, Date.now() - time))
}

export function StreamGroups({ streamKey }: { streamKey: Bytes }) {
  const { group: opened } = useStore(address).options
  const { value: groups, error } = useAsked(() => askGroups(streamKey), [streamKey], 2000)
  return (
    <>
      <NewGroup streamKey={streamKey} />
      <Failure message={error} />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Group</th>
              <th class="number">Unread</th>
              <th class="number">Pending</th>
              <th>Age of the oldest</th>
              <th class="number">Consumers</th>
              <th>Read up to</th>
              <th>
                <span class="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {groups?.map((group) => (
              <GroupRow key={group.name} streamKey={streamKey} group={group} isOpen={opened === toTyped(group.name)} />
            ))}
          </tbody>
        </table>
      </div>
      {groups?.length === 0 && <p class="empty">No group reads this stream.</p>}
      {opened !== undefined && <Consumers key={opened} streamKey={streamKey} group={fromTyped(opened)} />}
    </>
  )
}

function GroupRow({ streamKey, group, isOpen }: { streamKey: Bytes; group: Group; isOpen: boolean }) {
  const { name } = group
  const destroy = () =>
    actConfirmed(
      {
        title: 'Destroy the group?',
        body: (
          <>
            <code>{show(name)}</code> forgets how far it has read, and{' '}
            {formatCounted(group.pending, 'pending entry', 'pending entries')}.
          </>
        ),
        verb: 'Destroy',
      },
      'The group is gone.',
      () => broker.call('XGROUP', 'DESTROY', streamKey, name),
    )
  return (
    <tr class={isOpen ? 'is-chosen' : ''}>
      <td>
        <button
          type="button"
          class="link"
          data-row
          aria-expanded={isOpen}
          onClick={() => setOptions({ group: isOpen ? '' : toTyped(name) })}
        >
          {showShort(name)}
        </button>
      </td>
      <td class="number">{group.lag === undefined ? 'unknown' : formatCount(group.lag)}</td>
      <td class="number">
        <a href={linkTo('streams', streamKey, { view: 'pending', group: toTyped(name) })}>
          {formatCount(group.pending)}
        </a>
      </td>
      <td>{ageOf(group)}</td>
      <td class="number">{formatCount(group.consumers)}</td>
      <td>
        <code>{group.lastId}</code>
      </td>
      <td class="actions">
        <SetIdButton streamKey={streamKey} group={name} />
        <button type="button" class="danger" onClick={() => void destroy()}>
          Destroy
        </button>
      </td>
    </tr>
  )
}

function SetIdButton({ streamKey, group }: { streamKey: Bytes; group: Bytes }) {
  const [typed, setTyped] = useState<string | undefined>(undefined)
  if (typed === undefined) {
    return (
      <button type="button" onClick={() => setTyped('$')}>
        Move
      </button>
    )
  }
  return (
    <ActionForm
      verb="Move"
      onSubmit={async () => {
        const body = 'The group goes on reading behind this id: it may get entries again, or never.'
        const moved = await actConfirmed({ title: 'Move the group?', body, verb: 'Move' }, 'Moved.', () =>
          broker.call('XGROUP', 'SETID', streamKey, group, typed.trim()),
        )
        if (moved) setTyped(undefined)
      }}
    >
      <TextField label="Behind id" value={typed} onInput={setTyped} width="9rem" />
    </ActionForm>
  )
}

function NewGroup({ streamKey }: { streamKey: Bytes }) {
  const [name, setName] = useState('')
  const [from, setFrom] = useState('$')
  return (
    <div class="toolbar">
      <ActionForm
        verb="Create the group"
        onSubmit={async () => {
          if (name === '') return note('A group needs a name.', true)
          const isMade = await act('Created.', () =>
            broker.call('XGROUP', 'CREATE', streamKey, fromTyped(name), from.trim(), 'MKSTREAM'),
          )
          if (isMade) setName('')
        }}
      >
        <TextField label="New group" value={name} onInput={setName} placeholder="name" />
        <TextField label="Reads behind (0 all, $ new)" value={from} onInput={setFrom} width="11rem" />
      </ActionForm>
    </div>
  )
}

function Consumers({ streamKey, group }: { streamKey: Bytes; group: Bytes }) {
  const { value: consumers, error } = useAsked(
    async () => asItems(await broker.call('XINFO', 'CONSUMERS', streamKey, group)).map(asRecord),
    [streamKey, group],
    2000,
  )
  return (
    <section>
      <h2>Consumers of {showShort(group)}</h2>
      <Failure message={error} />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Consumer</th>
              <th class="number">Pending</th>
              <th>Last asked</th>
              <th>
                <span class="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {consumers?.map((facts) => {
              const name = asBytes(facts.get('name')!)
              const pending = asNumber(facts.get('pending')!)
              return (
                <tr key={name}>
                  <td>{showShort(name)}</td>
                  <td class="number">
                    <a
                      href={linkTo('streams', streamKey, {
                        view: 'pending',
                        group: toTyped(group),
                        consumer: toTyped(name),
                      })}
                    >
                      {formatCount(pending)}
                    </a>
                  </td>
                  <td>{formatSpan(asNumber(facts.get('idle')!))} ago</td>
                  <td class="actions">
                    <button
                      type="button"
                      class="danger"
                      onClick={() =>
                        void actConfirmed(
                          {
                            title: 'Delete the consumer?',
                            body: `Its pending entries (${formatCount(pending)}) are forgotten, too: nobody gets them again.`,
                            verb: 'Delete',
                          },
                          'The consumer is gone.',
                          () => broker.call('XGROUP', 'DELCONSUMER', streamKey, group, name),
                        )
                      }
                    >
                      Delete
                    </button>
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {consumers?.length === 0 && <p class="empty">Nobody has read for this group yet.</p>}
    </section>
  )
}
