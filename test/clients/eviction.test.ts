/** Clients that do not read what they asked for, under `maxmemory-clients`. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { encodeCommand } from '../support/resp-client.ts'
import { againstEachServer } from './judges.ts'

const patience = { timeout: 20_000 }
const mebibyte = 1024 * 1024

againstEachServer('maxmemory-clients', (server) => {
  /** Asks for so many values of 1 MiB and reads none of them, but what the system has room for. */
  async function owed(mebibytes: number, ...before: string[][]): Promise<{ socket: Socket; closed: Promise<unknown> }> {
    const socket = connect(server().port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    // A reset is one of the ways in which it may be closed.
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const requests = [...before, ...Array.from({ length: mebibytes }, () => ['GET', 'value'])]
    socket.write(Buffer.concat(requests.map(encodeCommand)))
    return { socket, closed }
  }

  it('closes who owes most, spares who asked to be spared, and keeps those who behave', async () => {
    const client = await server().connect()
    const textOf = async (...words: string[]): Promise<string> => {
      const reply = await client.call(...words)
      return 'text' in reply ? reply.text : ''
    }
    await client.call('SET', 'value', 'x'.repeat(mebibyte))
    await client.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 0 0 0')
    await owed(30, ['CLIENT', 'SETNAME', 'spared'], ['CLIENT', 'NO-EVICT', 'ON'])
    await owed(10, ['CLIENT', 'SETNAME', 'modest'])
    const list = () => textOf('CLIENT', 'LIST')
    await expect.poll(list, patience).toMatch(/name=spared .* flags=e .* omem=[12]\d{7} tot-mem=[123]\d{7} /)
    await expect.poll(list, patience).toMatch(/name=modest .* omem=[1-9]\d{6} /)
    await client.call('CONFIG', 'SET', 'maxmemory-clients', '64mb')
    expect(await textOf('INFO', 'stats')).toContain('evicted_clients:0\r\n')

    const greedy = await owed(100, ['CLIENT', 'SETNAME', 'greedy'])
    await expect.poll(() => textOf('INFO', 'stats'), patience).toContain('evicted_clients:1\r\n')
    const names = [...(await list()).matchAll(/ name=(\w+) /g)].map(([, name]) => name)
    expect(names.toSorted()).toEqual(['modest', 'spared'])
    greedy.socket.resume()
    await greedy.closed
  })
})
