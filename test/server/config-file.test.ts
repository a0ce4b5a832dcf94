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
  readConfig({ file, readInclude: noIncludes, commandNames, userFault, ...more })

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
        "Reading the configuration file, at line 1\n>>> 'port x'\nargument couldn't be parsed into an integer\n",
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
    return text === undefined ? { failure: 'no such file' } : { text }
  }

  test('stands for the lines of the file, which may include others', () => {
    const config = read('timeout 1\ninclude a.conf\nmaxclients 8', { readInclude })
    expect(config.settings).toMatchObject({ idleTimeoutSeconds: 5, clientsMax: 8 })
  })

  test('an error in it has the line of the included file', () => {
    expect(refusal('timeout 1\n\n\ninclude bad.conf', { readInclude })).toMatchObject({ lineNumber: 2, line: 'port x' })
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
