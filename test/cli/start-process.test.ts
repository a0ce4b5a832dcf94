import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runMillrace } from './ended-program.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-start-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a start that asks for no server', () => {
  test('--help tells how to call it', async () => {
    const ended = await runMillrace(['--help'], folder)
    expect([ended.code, ended.stderr]).toEqual([0, ''])
    expect(ended.stdout).toContain('Usage: millrace [FILE]')
  })

  test('--version tells the version', async () => {
    const ended = await runMillrace(['--version'], folder)
    expect(ended.code).toBe(0)
    expect(ended.stdout).toMatch(/^Millrace \d+\.\d+\.\d+\n$/)
  })
})

describe('a start that must fail ends with code 1, a reason and nothing left behind:', () => {
  const refused: [what: string, args: string[], reason: RegExp][] = [
    ['an unknown option', ['--no-such-thing', '1'], /Bad directive or wrong number of arguments/],
    ['a value that is none', ['--port', '70x'], /'port "70x"'\nargument couldn't be parsed into an integer/],
    [
      'a configuration file that is not there',
      ['missing.conf'],
      /Can't read .*missing\.conf: No such file or directory/,
    ],
    ['a log file in no folder', ['--logfile', 'nowhere/log'], /Can't open the log file .*nowhere\/log: No such file/],
    ['renaming no command', ['--rename-command', 'foo', 'bar'], /No such command in rename-command/],
    ['an include that is not there', ['--include', 'x.conf'], /can't open config file 'x\.conf': No such file/],
    ['nowhere to listen', ['--port', '0', '--http-port', '0', '--appendonly', 'no'], /Nothing to listen on/],
  ]
  test.each(refused)('%s', async (_what, args, reason) => {
    const ended = await runMillrace(args, folder)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(reason)
    expect(ended.stderr).not.toContain('    at ')
    expect(await readdir(folder)).toEqual([])
  })

  test('a bad line in a file, by its number', async () => {
    await writeFile(join(folder, 'bad.conf'), '# mine\nport 7000\nmaxclients many\n')
    const ended = await runMillrace(['bad.conf'], folder)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain("at line 3\n>>> 'maxclients many'\nargument couldn't be parsed into an integer")
    expect(await readdir(folder)).toEqual(['bad.conf'])
  })

  test('a port that is taken, with a word on how to choose another', async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
    })
    const ended = await runMillrace(['--port', String(port), '--http-port', '0', '--appendonly', 'no'], folder)
    other.close()
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain(`Port ${port} on 127.0.0.1 is taken by another program`)
    expect(ended.stderr).toContain('--port')
  })

  test('a folder that can not be made', async () => {
    const ended = await runMillrace(['--dir', '/proc/no/data'], folder)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/Can't make the data folder \/proc\/no\/data: .*--dir/)
  })
})
