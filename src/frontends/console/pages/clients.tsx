/** Who is connected. */
import { useState } from 'preact/hooks'
import { type Client, describeFlags, parseClients } from '../lib/client-line.ts'
import { formatBytes, formatCount, formatSpan } from '../lib/format.ts'
import { asBytes } from '../lib/read-reply.ts'
import { broker } from '../parts/broker.ts'
import { Failure, TextField } from '../parts/controls.tsx'
import { address, setOptions, useAsked, useStore } from '../parts/hooks.ts'
import { actConfirmed } from '../parts/messages.tsx'

const columns: readonly { name: keyof Client; title: string; isNumber?: true }[] = [
  { name: 'id', title: 'Id', isNumber: true },
  { name: 'name', title: 'Name' },
  { name: 'address', title: 'Address' },
  { name: 'user', title: 'User' },
  { name: 'database', title: 'DB', isNumber: true },
  { name: 'command', title: 'Last command' },
  { name: 'ageMs', title: 'Age', isNumber: true },
  { name: 'idleMs', title: 'Idle', isNumber: true },
  { name: 'queryBytes', title: 'In', isNumber: true },
  { name: 'outputBytes', title: 'Out', isNumber: true },
  { name: 'memoryBytes', title: 'Memory', isNumber: true },
]

export function ClientsPage() {
  const { sort = 'id', find = '' } = useStore(address).options
  const { value, error } = useAsked(
    async () => {
      const [list, own] = await broker.batch([
        ['CLIENT', 'LIST'],
        ['CLIENT', 'ID'],
      ])
      return { clients: parseClients(asBytes(list!)), ownId: asBytes(own!) as string }
    },
    [],
    2000,
  )
  const shown = sorted(value?.clients.filter((client) => matches(client, find)) ?? [], sort)
  return (
    <>
      <h1>
        Clients <span class="hint">{value && formatCount(value.clients.length)}</span>
      </h1>
      <div class="toolbar">
        <Find find={find} />
      </div>
      <Failure message={error} />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {columns.map(({ name, title, isNumber }) => (
                <th key={name} class={isNumber ? 'number' : ''} aria-sort={ariaSort(sort, name)}>
                  <button
                    type="button"
                    class="link"
                    onClick={() => setOptions({ sort: sort === name ? `-${name}` : name })}
                  >
                    {title}
                    {sort === name ? ' ↑' : sort === `-${name}` ? ' ↓' : ''}
                  </button>
                </th>
              ))}
              <th>State</th>
              <th>
                <span class="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((client) => (
              <ClientRow key={client.id} client={client} isOwn={client.id === value?.ownId} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function ariaSort(sort: string, name: string): 'ascending' | 'descending' | undefined {
  if (sort === name) return 'ascending'
  return sort === `-${name}` ? 'descending' : undefined
}

function matches(client: Client, find: string): boolean {
  const words = `${client.id} ${client.name} ${client.address} ${client.user} ${client.command} ${client.library}`
  return words.toLowerCase().includes(find.toLowerCase())
}

function sorted(clients: readonly Client[], sort: string): Client[] {
  const sign = sort.startsWith('-') ? -1 : 1
  const column = columns.find(({ name }) => name === sort.replace(/^-/, ''))
  if (column === undefined) return [...clients]
  const { name, isNumber } = column
  return clients.toSorted((a, b) => {
    const order = isNumber ? Number(a[name]) - Number(b[name]) : String(a[name]).localeCompare(String(b[name]))
    return sign * order
  })
}

function Find({ find }: { find: string }) {
  const [typed, setTyped] = useState(find)
  return (
    <TextField
      label="Find"
      value={typed}
      placeholder="name, address, user, command"
      isSearch
      width="18rem"
      onInput={(value) => {
        setTyped(value)
        setOptions({ find: value })
      }}
    />
  )
}

function ClientRow({ client, isOwn }: { client: Client; isOwn: boolean }) {
  const kill = () =>
    actConfirmed(
      {
        title: 'End the connection?',
        body: `Client ${client.id}, ${client.name === '' ? client.address : client.name}. Most clients connect again by themselves.`,
        verb: 'End it',
      },
      `Client ${client.id} is gone.`,
      () => broker.call('CLIENT', 'KILL', 'ID', client.id),
    )
  return (
    <tr class={isOwn ? 'is-own' : ''}>
      <td class="number">{client.id}</td>
      <td>
        {client.name}
        {isOwn && <span class="hint"> this page</span>}
      </td>
      <td title={client.library}>{client.address}</td>
      <td>{client.user}</td>
      <td class="number">{client.database}</td>
      <td>
        <code>{client.command}</code>
      </td>
      <td class="number">{formatSpan(client.ageMs)}</td>
      <td class="number">{formatSpan(client.idleMs)}</td>
      <td class="number">{formatBytes(client.queryBytes)}</td>
      <td class="number">{formatBytes(client.outputBytes)}</td>
      <td class="number">{formatBytes(client.memoryBytes)}</td>
      <td>{describeFlags(client.flags)}</td>
      <td class="actions">
        {!isOwn && (
          <button
            type="button"
            class="danger"
            data-row
            aria-label={`End client ${client.id}`}
            onClick={() => void kill()}
          >
            End
          </button>
        )}
      </td>
    </tr>
  )
}
