import { describe, expect, test } from 'vitest'
import { parseCommandLine, UsageError } from '../src/cli-options.ts'
import { readConfig } from '../src/server/config/config-file.ts'

const optionsOf = (...args: string[]) => {
  const line = parseCommandLine(args)
  if (line.task !== 'serve') throw new Error(`it is ${line.task}`)
  return line
}

describe('the command line', () => {
  test('without arguments serves with the defaults', () => {
    expect(parseCommandLine([])).toEqual({ task: 'serve', options: '' })
  })

  test('takes a file first, then options of one or many words', () => {
    expect(parseCommandLine(['my.conf', '--port', '7000', '--bind', 'a', 'b'])).toEqual({
      task: 'serve',
      configFile: 'my.conf',
      options: 'port "7000" \nbind "a" "b" ',
    })
  })

  test('an option keeps its value even when that begins with two dashes', () => {
    expect(optionsOf('--requirepass', '--x', '--port', '1').options).toBe('requirepass "--x" \nport "1" ')
  })

  test('an option may have its value in the same argument', () => {
    expect(optionsOf('--port 7000', '--hz', '5').options).toBe('port 7000 \nhz "5" ')
  })

  test('a bare --save is an empty one', () => {
    expect(optionsOf('--save', '--port', '1').options).toBe('save ""\nport "1" ')
    expect(optionsOf('--save').options).toBe('save ""')
  })

  test('values of any characters reach the configuration as UTF-8 bytes', () => {
    const config = readConfig({ ...optionsOf('--dir', 'd\u00fc "x"'), readInclude: () => ({ files: [] }) })
    expect(config.settings.dataFolder).toBe('d\u00fc "x"')
    expect(config.get('dir')).toBe('d\u00c3\u00bc "x"')
  })

  test('knows help, version and verify', () => {
    expect(parseCommandLine(['--help'])).toEqual({ task: 'help' })
    expect(parseCommandLine(['-v'])).toEqual({ task: 'version' })
    expect(parseCommandLine(['verify', 'x.db'])).toEqual({ task: 'verify', file: 'x.db' })
  })

  test('verify without its file, and a file from the standard input, are refused', () => {
    expect(() => parseCommandLine(['verify'])).toThrow(UsageError)
    expect(() => parseCommandLine(['-'])).toThrow(UsageError)
  })
})
