/** Users of the built program: in its configuration file, in an aclfile, and after a restart. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { printReply } from '../support/notation.ts'
import { type RunningServer, startMillrace } from '../support/servers.ts'
import { runToEnd, scratchFolder, startInVain, whyNotRun } from './real-process.ts'

if (whyNotRun !== undefined) console.warn(`skipped: ${whyNotRun}`)

const digestOfSecret = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'

async function serve(dir: string, flags: readonly string[], configFile?: string): Promise<RunningServer> {
  const server = await startMillrace({ dir, flags, ...(configFile === undefined ? {} : { configFile }) })
  onTestFinished(() => server.stop())
  return server
}

/** Replies of one connection, in transcript notation. */
async function ask(server: RunningServer, ...commands: string[][]): Promise<string[]> {
  const client = await server.connect()
  try {
    return (await client.pipeline(...commands)).map((reply) => printReply(reply))
  } finally {
    client.reset()
  }
}

describe.skipIf(whyNotRun !== undefined)('users of the program', () => {
  test('come from the configuration file, and CONFIG REWRITE puts them back', async () => {
    const folder = scratchFolder()
    const file = join(folder, 'millrace.conf')
    writeFileSync(file, '# Who may do what.\nuser worker on >secret ~jobs:* "~it\'s" (+get ~x)\nuser sleeper\n')
    const server = await serve(folder, [], file)
    const lines = [
      'user default on nopass ~* &* +@all',
      'user sleeper off resetchannels -@all',
      `user worker on #${digestOfSecret} ~jobs:* ~it's resetchannels -@all (~x resetchannels -@all +get)`,
    ]
    expect(await ask(server, ['ACL', 'LIST'])).toEqual([`["${lines.join('", "')}"]`])
    const replies = await ask(
      server,
      ['ACL', 'DELUSER', 'sleeper'],
      ['ACL', 'SETUSER', 'worker', '+@list'],
      ['CONFIG', 'REWRITE'],
    )
    expect(replies).toEqual([':1', '+OK', '+OK'])
    const text = readFileSync(file, 'latin1')
    expect(text).toMatch(/^# Who may do what\.\nuser default on nopass ~\* &\* \+@all\nuser worker on #/)
    expect(text).not.toContain('secret')
    expect(text).toContain('"~it\'s" resetchannels')
    await server.stop()
    const again = await serve(folder, [], file)
    expect(await ask(again, ['AUTH', 'worker', 'secret'], ['LPUSH', 'jobs:1', 'x'])).toEqual(['+OK', ':1'])
  })

  test('come from an aclfile, and ACL SAVE puts them back, for its owner alone to read', async () => {
    const folder = scratchFolder()
    const file = join(folder, 'users.acl')
    writeFileSync(file, 'user default on nopass +@all ~*\nuser worker on >secret +@all ~*\n')
    chmodSync(file, 0o600)
    const server = await serve(folder, ['--aclfile', file])
    expect(await ask(server, ['ACL', 'SETUSER', 'other', 'on'], ['ACL', 'SAVE'])).toEqual(['+OK', '+OK'])
    expect(readFileSync(file, 'latin1')).toBe(
      'user default on nopass ~* resetchannels +@all\nuser other on resetchannels -@all\n' +
        `user worker on #${digestOfSecret} ~* resetchannels +@all\n`,
    )
    await server.stop()
    const again = await serve(folder, ['--aclfile', file])
    expect(await ask(again, ['AUTH', 'worker', 'secret'], ['ACL', 'WHOAMI'])).toEqual(['+OK', '"worker"'])
    writeFileSync(file, 'user default on\nuser default on\n')
    expect((await ask(again, ['ACL', 'LOAD']))[0]).toContain("Duplicate user 'default' found on line 2")
  })

  test('stop the start when they are wrong', async () => {
    const folder = scratchFolder()
    const file = join(folder, 'millrace.conf')
    writeFileSync(file, 'port 0\nuser worker +nope\n')
    expect((await runToEnd([file])).output).toContain(
      "at line 2\n>>> 'user worker +nope'\nError in user declaration '+nope': Unknown command or category name in ACL\n",
    )
    const missing = await startInVain(folder, ['--aclfile', join(folder, 'nowhere')])
    expect(missing).toMatchObject({ code: 1 })
    expect(missing.output).toMatch(
      /^The users can't be read: Error loading ACLs, opening file '.*nowhere': No such file/,
    )
    const broken = join(folder, 'users.acl')
    writeFileSync(broken, 'nonsense\n')
    expect((await startInVain(folder, ['--aclfile', broken])).output).toContain(
      'users.acl:1 should start with user keyword',
    )
    writeFileSync(broken, '')
    const both = await startInVain(folder, ['--aclfile', broken, '--user', 'worker', 'on'])
    expect(both.output).toContain('both in the configuration file and in an aclfile')
  })
})
