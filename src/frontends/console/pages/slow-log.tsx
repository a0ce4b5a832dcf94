/** Commands that took long. */

import { formatMicroseconds, formatTime } from '../lib/format.ts'
import { quote } from '../lib/print-reply.ts'
import { asBytes, asItems, asNumber, asRecord, asStrings } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { Failure } from '../parts/controls.tsx'
import { linkTo, useAsked } from '../parts/hooks.ts'
import { actConfirmed } from '../parts/messages.tsx'

const shownMax = 200

interface SlowCommand {
  readonly id: number
  readonly atMs: number
  readonly us: number
  readonly words: string
  readonly client: string
}

async function askSlow(): Promise<{ commands: SlowCommand[]; count: number; thresholdUs: number }> {
  const [log, count, config] = await broker.batch([
    ['SLOWLOG', 'GET', shownMax],
    ['SLOWLOG', 'LEN'],
    ['CONFIG', 'GET', 'slowlog-log-slower-than'],
  ])
  const threshold = config!.kind === 'error' ? undefined : asRecord(config!).get('slowlog-log-slower-than')
  const commands = asItems(log!).map((item): SlowCommand => {
    const [id, at, us, args, address, name] = asItems(item)
    return {
      id: asNumber(id!),
      atMs: asNumber(at!) * 1000,
      us: asNumber(us!),
      words: asStrings(args!)
        .map((arg) => (/^[\x21\x23-\x26\x28-\x7e]+$/.test(arg) ? arg : quote(arg)))
        .join(' '),
      client: [asBytes(name!), asBytes(address!)].filter((part) => part !== '').join(', '),
    }
  })
  return { commands, count: asNumber(count!), thresholdUs: threshold === undefined ? -1 : asNumber(threshold) }
}

export function SlowLogPage() {
  const { value, error } = useAsked(askSlow, [], 5000)
  const reset = () =>
    actConfirmed(
      { title: 'Empty the slow log?', body: 'What it holds is forgotten.', verb: 'Empty it' },
      'Emptied.',
      () => broker.call('SLOWLOG', 'RESET'),
    )
  return (
    <>
      <h1>Slow log</h1>
      <div class="toolbar">
        <span class="hint">
          {value && value.thresholdUs >= 0 && (
            <>
              Commands that took {formatMicroseconds(value.thresholdUs)} or longer.{' '}
              <a href={linkTo('configuration', undefined, { find: 'slowlog' })}>Change</a>
            </>
          )}
        </span>
        <button type="button" class="danger" disabled={!value || value.count === 0} onClick={() => void reset()}>
          Empty it
        </button>
      </div>
      <Failure message={error} />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Time</th>
              <th class="number">Took</th>
              <th>Command</th>
              <th>Client</th>
            </tr>
          </thead>
          <tbody>
            {value?.commands.map((command) => (
              <tr key={command.id}>
                <td class="nowrap">{formatTime(command.atMs).slice(0, 19)}</td>
                <td class="number">{formatMicroseconds(command.us)}</td>
                <td class="wide">
                  <code>{command.words}</code>
                </td>
                <td>{command.client}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {value?.commands.length === 0 && <p class="empty">Nothing was slow.</p>}
    </>
  )
}
