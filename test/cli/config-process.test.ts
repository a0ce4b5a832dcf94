import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { printReply } from '../support/notation.ts'
import { RespClient } from '../support/resp-client.ts'
import { type RunningServer, type StartOptions, startMillrace } from '../support/servers.ts'

let folder: string
const running: RunningServer[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-config-'))
})

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

async function start(options: StartOptions = {}): Promise<RunningServer> {
  const server = await startMillrace({ dir: folder, ...options })
  running.push(server)
  return server
}

/** Runs a line of words and prints the reply as transcripts do. */
const ask = async (client: RespClient, line: string) => printReply(await client.call(...line.split(' ')))

const refused = (name: string, reason: string) =>
  `-ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`

describe('CONFIG SET of where it listens', () => {
  test('moves the server to another port; connections stay, and the old port is closed', async () => {
    const server = await start()
    const port = await freePort()
    const client = await server.connect()
    expect(await ask(client, `CONFIG SET port ${port} timeout 7`)).toBe('+OK')
    const moved = await RespClient.open({ port })
    expect(await ask(moved, 'PING')).toBe('+PONG')
    expect(await ask(client, 'CONFIG GET timeout')).toContain('"7"')
    expect(await ask(client, 'INFO server')).toContain(`tcp_port:${port}`)
    await expect(server.connect()).rejects.toThrow(/ECONNREFUSED/)
  })

  test('is refused where the port is taken, and leaves everything as it was', async () => {
    const [server, other] = [await start(), await start({ dir: await mkdtemp(join(folder, 'other-')) })]
    const client = await server.connect()
    expect(await ask(client, `CONFIG SET timeout 7 PORT ${other.port}`)).toBe(
      refused('port', 'Unable to listen on this port. Check server logs.'),
    )
    expect(await ask(client, 'CONFIG GET timeout')).toContain('"0"')
    expect(await ask(await server.connect(), 'PING')).toBe('+PONG')
    expect(server.output()).toContain(`Port ${other.port} on 127.0.0.1 is taken`)
  })

  test('binds other addresses of the same port, and comes back where that fails', async () => {
    const server = await start()
    const client = await server.connect()
    expect(await ask(client, 'CONFIG SET bind *')).toBe('+OK')
    expect(await ask(await RespClient.open({ port: server.port, host: '127.0.0.2' }), 'PING')).toBe('+PONG')
    // From a reserved block, which no machine has.
    expect(await ask(client, 'CONFIG SET bind 240.0.0.1')).toBe(
      refused('bind', 'Failed to bind to specified addresses.'),
    )
    expect(await ask(await server.connect(), 'CONFIG GET bind')).toContain('"*"')
    expect(await ask(client, 'CONFIG SET bind 127.0.0.1')).toBe('+OK')
    await expect(RespClient.open({ port: server.port, host: '127.0.0.2' })).rejects.toThrow(/ECONNREFUSED/)
  })

  test('keeps the address when another directive of the same command is refused, and inside MULTI', async () => {
    const server = await start()
    const client = await server.connect()
    const port = await freePort()
    expect(await ask(client, `CONFIG SET port ${port} appendonly yes`)).toBe(
      refused('appendonly', 'whether there is a log is decided at start'),
    )
    await expect(RespClient.open({ port })).rejects.toThrow(/ECONNREFUSED/)
    await ask(client, 'MULTI')
    await ask(client, `CONFIG SET port ${port}`)
    expect(await ask(client, 'EXEC')).toContain(
      "can't be changed while the data is being read, nor inside a transaction",
    )
    expect(await ask(await server.connect(), 'PING')).toBe('+PONG')
  })
})

describe('a configuration file', () => {
  test('includes what matches a pattern, loses to options, and is rewritten in place with its mode', async () => {
    const file = join(folder, 'my.conf')
    await mkdir(join(folder, 'conf.d'))
    await writeFile(join(folder, 'conf.d', '1.conf'), 'timeout 11\nmaxclients 50\n')
    await writeFile(join(folder, 'conf.d', '2.conf'), 'maxclients 60\n')
    await writeFile(join(folder, 'conf.d', '.3.conf'), 'maxclients 70\n')
    const include = `include ${folder}/conf.?/*.conf`
    await writeFile(file, `# mine\n${include}\ninclude ${folder}/none/*.conf\nhz 20\n`)
    await chmod(file, 0o640)
    const server = await start({ configFile: file, flags: ['--hz', '30'] })
    const client = await server.connect()
    expect(await ask(client, 'CONFIG GET maxclients')).toContain('"60"')
    expect(await ask(client, 'CONFIG GET timeout')).toContain('"11"')
    expect(await ask(client, 'CONFIG GET hz')).toContain('"30"')
    expect(await ask(client, 'CONFIG SET timeout 12')).toBe('+OK')
    expect(await ask(client, 'CONFIG REWRITE')).toBe('+OK')
    const text = await readFile(file, 'utf8')
    expect(text).toMatch(/^# mine\ninclude /)
    expect(text).toContain(`${include}\n`)
    expect(text).toMatch(/^hz 30$[\s\S]*# Generated by CONFIG REWRITE[\s\S]*^timeout 12$/m)
    expect((await stat(file)).mode & 0o777).toBe(0o640)
  })

  test('that can not be written is named with the reason of the system', async () => {
    const configs = await mkdtemp(join(folder, 'configs-'))
    const file = join(configs, 'my.conf')
    await writeFile(file, '')
    const client = await (await start({ configFile: file })).connect()
    await rm(configs, { recursive: true })
    expect(await ask(client, 'CONFIG REWRITE')).toBe('-ERR Rewriting config file: No such file or directory')
  })

  test('renames commands and takes them away; the log can be read without it', async () => {
    const file = join(folder, 'names.conf')
    await writeFile(file, 'rename-command SET "put"\nrename-command DEL ""\nrename-command GET set\n')
    const flags = ['--appendonly', 'yes']
    const first = await start({ configFile: file, flags })
    const client = await first.connect()
    expect(await ask(client, 'PuT key value')).toBe('+OK')
    expect(await ask(client, 'SET key')).toBe('"value"')
    expect(await ask(client, 'DEL key')).toContain("ERR unknown command 'DEL'")
    expect(await ask(client, 'PUT key')).toBe("-ERR wrong number of arguments for 'set' command")
    await first.stop()
    expect(await ask(await (await start({ flags })).connect(), 'GET key')).toBe('"value"')
  })
})

test('clients beyond maxclients are turned away, also when it was lowered', async () => {
  const server = await start()
  const client = await server.connect()
  expect(await ask(client, 'CONFIG SET maxclients 1')).toBe('+OK')
  const second = await server.connect()
  expect(printReply((await second.next()).reply)).toBe('-ERR max number of clients reached')
  await second.waitForClose()
  expect(await ask(client, 'CONFIG SET maxclients 4294967295')).toContain(
    'The operating system is not able to handle the specified number of clients, try with ',
  )
})

test('who came without the password is asked for it again once there is one again', async () => {
  const server = await start({ flags: ['--requirepass', 'first'] })
  const [known, unknown] = [await server.connect(), await server.connect()]
  expect(await ask(known, 'AUTH first')).toBe('+OK')
  expect(await ask(known, 'CONFIG SET requirepass ')).toBe('+OK')
  expect(await ask(unknown, 'PING')).toBe('+PONG')
  expect(await ask(known, 'CONFIG SET requirepass second')).toBe('+OK')
  expect(await ask(unknown, 'PING')).toBe('-NOAUTH Authentication required.')
  expect(await ask(known, 'PING')).toBe('+PONG')
})
