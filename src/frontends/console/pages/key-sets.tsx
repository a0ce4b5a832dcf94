/** Sets and sorted sets. */
import { useState } from 'preact/hooks'
import { type Bytes, fromText, showShort } from '../lib/bytes.ts'
import { formatCount, formatCounted } from '../lib/format.ts'
import { asBytes, asNumber, asPairs } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { ActionForm, Failure, SelectField, TextField } from '../parts/controls.tsx'
import { address, setOptions, useAsked, useStore } from '../parts/hooks.ts'
import { act, actConfirmed } from '../parts/messages.tsx'
import { Payload } from '../parts/payload.tsx'
import { Pager } from './key-list.tsx'
import { MemberFilter, useMembers } from './key-members.tsx'

export function SetEditor({ name }: { name: Bytes }) {
  const members = useMembers('SSCAN', name)
  const { value: count } = useAsked(async () => asNumber(await broker.call('SCARD', name)), [name], 5000)
  const [typed, setTyped] = useState('')
  return (
    <section>
      <div class="toolbar">
        <MemberFilter members={members} />
        <ActionForm
          verb="Add"
          isPrimary
          onSubmit={() => act('Added.', () => broker.call('SADD', name, fromText(typed)))}
        >
          <TextField label="Member" value={typed} onInput={setTyped} />
        </ActionForm>
      </div>
      <Failure message={members.error} />
      <ul class="entries">
        {members.members.map(([member]) => (
          <MemberRow key={member} member={member} onRemove={() => remove('SREM', name, member)} />
        ))}
      </ul>
      <div class="row list-foot">
        <span class="hint">
          {formatCount(members.members.length)} of {formatCounted(count ?? 0, 'member')}
        </span>
        {!members.isDone && (
          <button type="button" onClick={members.more}>
            More
          </button>
        )}
      </div>
    </section>
  )
}

function remove(command: 'SREM' | 'ZREM', name: Bytes, member: Bytes): Promise<boolean> {
  const question = { title: 'Remove the member?', body: <code>{showShort(member, 200)}</code>, verb: 'Remove' }
  return actConfirmed(question, 'Removed.', () => broker.call(command, name, member))
}

function MemberRow({
  member,
  score,
  onRemove,
  onScore,
}: {
  member: Bytes
  score?: string
  onRemove: () => void
  onScore?: (score: string) => Promise<unknown>
}) {
  const [isOpen, setOpen] = useState(false)
  const [typed, setTyped] = useState(score ?? '')
  return (
    <li class={isOpen ? 'entry is-open' : 'entry'}>
      <button type="button" class="entry-head" data-row aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {score !== undefined && <span class="entry-id number">{score}</span>}
        <span class="entry-preview">{member === '' ? <i>empty</i> : showShort(member, 160)}</span>
      </button>
      {isOpen && (
        <div class="entry-body">
          <Payload bytes={member} />
          <div class="row">
            {onScore && (
              <ActionForm verb="Set the score" onSubmit={() => onScore(typed)}>
                <TextField label="Score" value={typed} onInput={setTyped} width="9rem" />
              </ActionForm>
            )}
            <button type="button" class="danger" onClick={onRemove}>
              Remove
            </button>
          </div>
        </div>
      )}
    </li>
  )
}

const pageLength = 100

export function SortedSetEditor({ name }: { name: Bytes }) {
  const { options } = useStore(address)
  const at = Number(options.at ?? 0) || 0
  const order = options.order === 'highest' ? 'highest' : 'lowest'
  const { value: page, error } = useAsked(() => askPage(name, at, order), [name, at, order], 5000)
  const [member, setMember] = useState('')
  const [score, setScore] = useState('')
  return (
    <section>
      <div class="toolbar">
        <SelectField
          label="Order"
          value={order}
          options={[
            ['lowest', 'Lowest first'],
            ['highest', 'Highest first'],
          ]}
          onChange={(value) => setOptions({ order: value === 'lowest' ? '' : value, at: '' })}
        />
        <ActionForm
          verb="Add"
          isPrimary
          onSubmit={() => act('Saved.', () => broker.call('ZADD', name, score.trim(), fromText(member)))}
        >
          <TextField label="Score" value={score} onInput={setScore} width="7rem" />
          <TextField label="Member" value={member} onInput={setMember} />
        </ActionForm>
      </div>
      <Failure message={error} />
      <ul class="entries">
        {page?.members.map(([own, ownScore]) => (
          <MemberRow
            key={`${own} ${ownScore}`}
            member={own}
            score={ownScore}
            onRemove={() => remove('ZREM', name, own)}
            onScore={(typed) => act('Saved.', () => broker.call('ZADD', name, typed.trim(), own))}
          />
        ))}
      </ul>
      <Pager at={at} length={page?.count ?? 0} pageLength={pageLength} />
    </section>
  )
}

async function askPage(
  name: Bytes,
  at: number,
  order: 'lowest' | 'highest',
): Promise<{ count: number; members: (readonly [Bytes, string])[] }> {
  const reverse = order === 'highest' ? ['REV'] : []
  const [count, members] = await broker.batch([
    ['ZCARD', name],
    ['ZRANGE', name, at, at + pageLength - 1, ...reverse, 'WITHSCORES'],
  ])
  return {
    count: asNumber(count!),
    members: asPairs(members!).map(([own, score]) => [asBytes(own), asBytes(score)] as const),
  }
}
