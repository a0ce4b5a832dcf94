/** Channels: who listens where, what is said, and saying something. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Bytes, fromText, fromTyped, showShort, toTyped } from '../lib/bytes.ts'
import { formatCount, formatCounted, formatTime } from '../lib/format.ts'
import { asBytes, asItems, asNumber, asPairs, asStrings } from '../lib/read-reply.ts'
import type { Reply } from '../lib/resp.ts'
import { broker, openConnection } from '../parts/broker.ts'
import { ActionForm, Failure, KeyTitle, PatternForm, TextField } from '../parts/controls.tsx'
import { address, linkTo, useAsked, useStore } from '../parts/hooks.ts'
import { act, note } from '../parts/messages.tsx'
import { Payload } from '../parts/payload.tsx'

export function ChannelsPage() {
  const { key, options } = useStore(address)
  if (key === undefined) return <ChannelList />
  return <ChannelView key={`${options.kind} ${key}`} name={key} isPattern={options.kind === 'pattern'} />
}

async function askChannels(pattern: Bytes): Promise<{ channels: (readonly [Bytes, number])[]; patterns: number }> {
  const [names, patterns] = await broker.batch([
    ['PUBSUB', 'CHANNELS', pattern === '' ? '*' : pattern],
    ['PUBSUB', 'NUMPAT'],
  ])
  const channels = asStrings(names!)
  const counts = channels.length === 0 ? [] : asPairs(await broker.call('PUBSUB', 'NUMSUB', ...channels))
  return {
    channels: counts.map(([name, count]) => [asBytes(name), asNumber(count)] as const).sort((a, b) => b[1] - a[1]),
    patterns: asNumber(patterns!),
  }
}

function ChannelList() {
  const match = useStore(address).options.match ?? ''
  const { value, error } = useAsked(() => askChannels(fromTyped(match)), [match], 2000)
  return (
    <>
      <h1>Channels</h1>
      <div class="toolbar">
        <PatternForm key={match} value={match} />
        <ListenForm />
      </div>
      <Failure message={error} />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Channel</th>
              <th class="number">Subscribers</th>
            </tr>
          </thead>
          <tbody>
            {value?.channels.map(([name, count]) => (
              <tr key={name}>
                <td>
                  <a data-row href={linkTo('channels', name)}>
                    {showShort(name)}
                  </a>
                </td>
                <td class="number">{formatCount(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint list-foot">
        {value?.channels.length === 0 && 'Nobody is subscribed to a channel by its name. '}
        {value && `Patterns that are subscribed to: ${formatCount(value.patterns)}.`}
      </p>
    </>
  )
}

function ListenForm() {
  const [typed, setTyped] = useState('')
  const listen = (kind: '' | 'pattern'): void => {
    if (typed === '') return note('Type a channel or a pattern.', true)
    location.hash = linkTo('channels', fromTyped(typed), { kind })
  }
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        listen('')
      }}
    >
      <TextField label="Listen to" value={typed} onInput={setTyped} placeholder="news, news.*" />
      <button type="submit">Channel</button>
      <button type="button" onClick={() => listen('pattern')}>
        Pattern
      </button>
    </form>
  )
}

interface Message {
  readonly number: number
  readonly atMs: number
  readonly channel: Bytes
  readonly payload: Bytes
}

const keptMax = 500

interface Heard {
  readonly messages: readonly Message[]
  readonly count: number
}

/** What is said on a channel. While paused, what comes is kept, as far as the list is long. */
function useMessages(name: Bytes, isPattern: boolean, isPaused: boolean): Heard & { state: string } {
  const [shown, setShown] = useState<Heard>({ messages: [], count: 0 })
  const [state, setState] = useState('')
  const heard = useRef<Heard>({ messages: [], count: 0 })
  const paused = useRef(isPaused)
  paused.current = isPaused
  useEffect(() => {
    const take = (reply: Reply): void => {
      const [kind, ...rest] = asItems(reply)
      const word = asBytes(kind!)
      if (word !== 'message' && word !== 'pmessage') return
      const { messages, count } = heard.current
      const [channel, payload] = rest.slice(-2).map(asBytes)
      const message = { number: count + 1, atMs: Date.now(), channel: channel!, payload: payload! }
      heard.current = { messages: [message, ...messages].slice(0, keptMax), count: count + 1 }
    }
    // A busy channel is shown ten times a second, not message by message.
    const timer = setInterval(() => {
      if (!paused.current) setShown(heard.current)
    }, 100)
    const connection = openConnection({
      name: 'console-tail',
      onPush: take,
      onState: (next) => setState(next.name === 'lost' ? next.message : ''),
    })
    const stop = connection.onOpen(() => {
      connection.send([isPattern ? 'PSUBSCRIBE' : 'SUBSCRIBE', name])
    })
    connection.open()
    return () => {
      clearInterval(timer)
      stop()
      connection.close()
    }
  }, [name, isPattern])
  return { ...shown, state }
}

function ChannelView({ name, isPattern }: { name: Bytes; isPattern: boolean }) {
  const [isPaused, setPaused] = useState(false)
  const { messages, count, state } = useMessages(name, isPattern, isPaused)
  return (
    <>
      <KeyTitle page="channels" name={isPattern ? 'Channels by pattern' : 'Channels'} title={name} />
      <PublishForm channel={isPattern ? undefined : name} />
      <div class="toolbar">
        <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
        <span class="hint live" role="status">
          <i class={isPaused ? 'dot' : 'dot is-live'} />
          {isPaused ? 'Paused.' : 'Live.'} {formatCounted(count, 'message')} so far
          {count > keptMax && `, the newest ${keptMax} are kept`}.
        </span>
      </div>
      <Failure message={state === '' ? undefined : state} />
      <ul class="entries">
        {messages.map((message) => (
          <MessageRow key={message.number} message={message} />
        ))}
      </ul>
      {messages.length === 0 && <p class="empty">Nothing was said since you listen.</p>}
    </>
  )
}

function MessageRow({ message: { atMs, channel, payload } }: { message: Message }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <li class={isOpen ? 'entry is-open' : 'entry'}>
      <button type="button" class="entry-head" data-row aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="entry-id">
          <code>{showShort(channel, 40)}</code>
          <time>{formatTime(atMs).slice(11)}</time>
        </span>
        <span class="entry-preview">{showShort(payload, 160)}</span>
      </button>
      {isOpen && (
        <div class="entry-body">
          <Payload bytes={payload} />
        </div>
      )}
    </li>
  )
}

function PublishForm({ channel }: { channel: Bytes | undefined }) {
  const [target, setTarget] = useState(channel === undefined ? '' : toTyped(channel))
  const [text, setText] = useState('')
  const publish = async (): Promise<void> => {
    if (target === '') return note('Type a channel.', true)
    let receivers = 0
    const isSent = await act('', async () => {
      receivers = asNumber(await broker.call('PUBLISH', fromTyped(target), fromText(text)))
    })
    if (!isSent) return
    note(`Published to ${formatCounted(receivers, 'subscriber')}.`)
    setText('')
  }
  return (
    <div class="toolbar">
      <ActionForm verb="Publish" isPrimary onSubmit={publish}>
        {channel === undefined && <TextField label="Channel" value={target} onInput={setTarget} />}
        <TextField label="Message" value={text} onInput={setText} width="24rem" />
      </ActionForm>
    </div>
  )
}
