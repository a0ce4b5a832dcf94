import { describe, expect, test } from 'vitest'
import { commandTable } from '../../src/commands/table.ts'
import { quoteWord, splitWords } from '../../src/lib/words.ts'
import { AclCommands } from '../../src/server/acl/acl-commands.ts'
import { userDirectiveFault } from '../../src/server/acl/acl-file.ts'
import { ConfigFileError, type ConfigSource, readConfig } from '../../src/server/config/config-file.ts'

const noIncludes = () => ({ failure: 'no includes here' })
const commandNames = ['get', 'set', 'flushall']
const aclCommands = new AclCommands(commandTable)
const userFault = (words: readonly string[], isKnown: boolean) => userDirectiveFault(words, aclCommands, isKnown)
const read = (file: string, more: Partial<ConfigSource> = {}) =>
  readConfig({ file: { path: 'main.conf', text: file }, readInclude: noIncludes, commandNames, userFault, ...more })

function refusal(file: string, more: Partial<ConfigSource> = {}): ConfigFileError {
  try {
    read(file, more)
  } catch (error) {
    if (error instanceof ConfigFileError) return error
    throw error
  }
  throw new Error('the text was taken')
}

describe('a configuration file', () => {
  test('has comments, blank lines, quotes and directives in any case', () => {
    const config = read('# comment\r\n\r\n  PORT 7000 \nrequirepass "a \\x41\\n\\"b"\nlogfile \'it\\\'s\'\n')
    expect(config.get('port')).toBe('7000')
    expect(config.get('requirepass')).toBe('a A\n"b')
    expect(config.get('logfile')).toBe("it's")
  })

  test('the last value of a directive wins, and options win over the file', () => {
    expect(read('port 1\nport 2\n', { options: 'port "3"' }).get('port')).toBe('3')
  })

  test('lines of save and of client-output-buffer-limit add up; an empty save forgets those before it', () => {
    expect(read('save 900 1\nsave 300 10 60 5').get('save')).toBe('900 1 300 10 60 5')
    expect(read('save 900 1\nsave ""').get('save')).toBe('')
    expect(read('save ""\nsave 900 1').get('save')).toBe('900 1')
    expect(
      read('client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit pubsub 4 5 6').get(
        'client-output-buffer-limit',
      ),
    ).toBe('normal 1 2 3 slave 268435456 67108864 60 pubsub 4 5 6')
  })

  test.each([
    ['save', 'save "60  1"', '60 1'],
    ['bind', 'bind "127.0.0.1 ::1"', '127.0.0.1 ::1'],
    ['shutdown-on-sigterm', 'shutdown-on-sigterm "nosave now"', 'nosave now'],
    ['latency-tracking-info-percentiles', "latency-tracking-info-percentiles '50 99'", '50 99'],
    ['oom-score-adj-values', 'oom-score-adj-values "0 200 800"', '0 200 800'],
  ])('the words of %s may stand in one pair of quotes', (name, line, value) => {
    expect(read(line).get(name)).toBe(value)
  })

  test('among other words, quoted ones are not taken apart', () => {
    expect(refusal('save "60 1" 300 10').reason).toBe('Invalid save parameters')
  })

  test('aliases and retired directives are taken', () => {
    const config = read('slave-priority 5\nhash-max-ziplist-entries 3\nlist-max-ziplist-entries 3\n')
    expect(config.get('replica-priority')).toBe('5')
    expect(config.get('hash-max-listpack-entries')).toBe('3')
  })

  test('directives that are fixed at run time can be given', () => {
    expect(read('databases 3\nenable-debug-command local').settings).toMatchObject({
      databaseCount: 3,
      debugCommand: 'local',
    })
  })

  test('renamed commands are kept in order', () => {
    expect(read('rename-command FLUSHALL ""\nrename-command GET fetch').renamedCommands).toEqual([
      { from: 'FLUSHALL', to: '' },
      { from: 'GET', to: 'fetch' },
    ])
  })

  test('a command can be renamed to a name that was taken from another, and renamed again', () => {
    const file = 'rename-command set ""\nrename-command GET Set\nrename-command sEt fetch'
    expect(read(file).renamedCommands).toHaveLength(3)
  })

  test('replicaof no one is fine', () => {
    expect(read('replicaof NO one').get('replicaof')).toBe('')
  })

  test.each([
    ['port 7000\n\nport "70\n', 3, 'port "70', 'Unbalanced quotes in configuration line'],
    ['  port x\r\n', 1, 'port x', "argument couldn't be parsed into an integer"],
    ['port', 1, 'port', 'wrong number of arguments'],
    ['bogus 1', 1, 'bogus 1', 'Bad directive or wrong number of arguments'],
    ['port=7000', 1, 'port=7000', 'Bad directive or wrong number of arguments'],
    ['replicaof host 6379', 1, 'replicaof host 6379', 'replication is not supported: this server is never a replica'],
    ['slaveof host x', 1, 'slaveof host x', 'Invalid master port'],
    ['cluster-enabled yes', 1, 'cluster-enabled yes', 'cluster mode is not supported'],
    ['rename-command foo bar', 1, 'rename-command foo bar', 'No such command in rename-command'],
    ['rename-command get SET', 1, 'rename-command get SET', 'Target command name already exists'],
    [
      'user bob on +nope',
      1,
      'user bob on +nope',
      "Error in user declaration '+nope': Unknown command or category name in ACL",
    ],
    [
      'user bob\nuser bob',
      2,
      'user bob',
      "Error in user declaration 'bob': Duplicate user found. A user can only be defined once in config files",
    ],
    ['loadmodule x.so', 1, 'loadmodule x.so', 'modules are not supported'],
    ['include nowhere', 1, 'include nowhere', "can't open config file 'nowhere': no includes here"],
  ])('%j is refused with line %d', (file, lineNumber, line, reason) => {
    const error = refusal(file)
    expect([error.lineNumber, error.line, error.reason]).toEqual([lineNumber, line, reason])
  })

  test('the report reads as that of Redis', () => {
    expect(refusal('port x').message).toBe(
      '\n*** FATAL CONFIG FILE ERROR ***\n' +
        "Reading the configuration file main.conf, at line 1\n>>> 'port x'\nargument couldn't be parsed into an integer\n",
    )
  })
})

describe('include', () => {
  const files = new Map([
    ['a.conf', 'timeout 5\ninclude b.conf\n'],
    ['b.conf', 'maxclients 7\n'],
    ['bad.conf', '# one\nport x\n'],
    ['self.conf', 'include self.conf\n'],
  ])
  const readInclude = (pattern: string) => {
    const text = files.get(pattern)
    return text === undefined ? { failure: 'no such file' } : { files: [{ path: pattern, text }] }
  }

  test('stands for the lines of the file, which may include others', () => {
    const config = read('timeout 1\ninclude a.conf\nmaxclients 8', { readInclude })
    expect(config.settings).toMatchObject({ idleTimeoutSeconds: 5, clientsMax: 8 })
  })

  test('an error in it has the path and the line of the included file', () => {
    const error = refusal('timeout 1\n\n\ninclude bad.conf', { readInclude })
    expect(error).toMatchObject({ path: 'bad.conf', lineNumber: 2, line: 'port x' })
    expect(error.message).toContain('Reading the configuration file bad.conf, at line 2\n')
  })

  test('of several files that a pattern names, the error has the one it is in', () => {
    const all = [...files].slice(1, 3).map(([path, text]) => ({ path, text }))
    const error = refusal('include *.conf', { readInclude: () => ({ files: all }) })
    expect(error).toMatchObject({ path: 'bad.conf', lineNumber: 2 })
  })

  test('an error behind it has the including file again, one among the options no file', () => {
    expect(refusal('include b.conf\nport x', { readInclude })).toMatchObject({ path: 'main.conf', lineNumber: 2 })
    expect(refusal('timeout 1\n', { options: 'port "x"' })).toMatchObject({ path: undefined, lineNumber: 3 })
  })

  test('a file that includes itself is refused', () => {
    expect(refusal('include self.conf', { readInclude }).reason).toBe('more than 64 files include one another')
  })
})

describe('words', () => {
  test.each([
    ['', []],
    ['a  b\tc', ['a', 'b', 'c']],
    ['a"b c"', ['ab c']],
    ['"a"b', undefined],
    ['"a', undefined],
    ["'a", undefined],
    ["'a\\nb'", ['a\\nb']],
    ['"\\x4g\\q"', ['x4gq']],
    ['""', ['']],
  ])('%j splits into %j', (line, words) => {
    expect(splitWords(line)).toEqual(words)
  })

  test('any bytes survive quoting', () => {
    const everyByte = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')
    expect(splitWords(quoteWord(everyByte))).toEqual([everyByte])
  })
})
