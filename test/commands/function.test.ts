import { describe, expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

const register = 'redis.register_function'

/** Loads a library called `lib`. */
function load(client: TestClient, body: string, ...options: string[]): string | undefined {
  return client.call(['FUNCTION', 'LOAD', ...options, `#!lua name=lib\n${body}`])
}

const counter = `local n = 0
local function next() n = n + 1 return n end
${register}('count', function() return next() end)
${register}{function_name='twice', callback=function() next() return next() end, flags={'no-writes'}, description='two'}`

describe('FUNCTION LOAD', () => {
  test('registers functions that share what their library keeps in locals', () => {
    const client = new TestBroker().client()
    expect(load(client, counter)).toBe('"lib"')
    expect(client.call('FCALL count 0')).toBe(':1')
    expect(client.call('FCALL twice 0')).toBe(':3')
    expect(client.call('FCALL COUNT 0')).toBe(':4')
  })

  test('replaces a library only when asked to, and keeps the old one when the new one is refused', () => {
    const client = new TestBroker().client()
    load(client, counter)
    expect(load(client, counter)).toBe("-ERR Library 'lib' already exists")
    expect(load(client, 'x x', 'REPLACE')).toBe("-ERR Error compiling function: user_function:2: '=' expected near 'x'")
    expect(load(client, '', 'REPLACE')).toBe('-ERR No functions registered')
    expect(client.call('FCALL count 0')).toBe(':1')
    expect(load(client, counter, 'replace')).toBe('"lib"')
    expect(client.call('FCALL count 0')).toBe(':1')
  })

  test('refuses a function that another library has, in any case', () => {
    const client = new TestBroker().client()
    load(client, counter)
    const other = `#!lua name=other\n${register}('COUNT', function() end)`
    expect(client.call(['FUNCTION', 'LOAD', other])).toBe('-ERR Function COUNT already exists')
  })

  test('shows libraries that load nothing but a small redis, and lets them change nothing', () => {
    const client = new TestBroker().client()
    for (const name of ['error', 'pairs', '_G', 'string', 'math', 'KEYS', 'cjson']) {
      expect(load(client, `local a = ${name}`)).toBe(
        `-ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable '${name}'`,
      )
    }
    expect(load(client, "redis.call('GET', 'x')")).toContain("nonexistent global variable 'call'")
    expect(load(client, 'x = 1')).toContain('Attempt to modify a readonly table')
    expect(load(client, 'redis.x = 1')).toContain('Attempt to modify a readonly table')
  })

  test('lets nobody register a function later', () => {
    const client = new TestBroker().client()
    load(client, `local r = redis ${register}('f', function() r.register_function('g', function() end) end)`)
    expect(client.call('FCALL f 0')).toBe(
      '-ERR redis.register_function can only be called on FUNCTION LOAD command script: f, on @user_function:2.',
    )
  })

  test('ends a library that takes half a second', () => {
    const broker = new TestBroker()
    const client = broker.client()
    broker.usPerLook = 600_000
    expect(load(client, 'while true do end')).toBe('-ERR Error registering functions: ERR FUNCTION LOAD timeout')
    broker.usPerLook = 0
    expect(load(client, counter)).toBe('"lib"')
    expect(client.call('FCALL count 0')).toBe(':1')
  })

  test('says what a first line lacks', () => {
    const client = new TestBroker().client()
    const cases: [string, string][] = [
      ['x', 'Missing library metadata'],
      ['#!lua name=a', 'Invalid library metadata'],
      ['#!lua name=a\0\n', 'Invalid library metadata'],
      ['#!lua "name=a\n', 'Invalid library metadata'],
      ['#!lua\n', 'Library name was not given'],
      ['#!lua x=a\n', 'Invalid metadata value given: x=a'],
      ['#!lua name=a name=b\n', 'Invalid metadata value, name argument was given multiple times'],
      ['#!foo name=a\n', "Engine 'foo' not found"],
    ]
    for (const [code, error] of cases) expect(client.call(['FUNCTION', 'LOAD', code])).toBe(`-ERR ${error}`)
  })

  test('says what is wrong with a registration', () => {
    const client = new TestBroker().client()
    const cases: [string, string][] = [
      ['()', 'wrong number of arguments to redis.register_function'],
      ["('f', function() end, 1)", 'wrong number of arguments to redis.register_function'],
      ["('f')", 'only applicable to Lua table (representing named arguments).'],
      ["(nil, 'b')", 'first argument to redis.register_function must be a string'],
      ["('f', 'b')", 'second argument to redis.register_function must be a function'],
      ["('f.', function() end)", 'Library names can only contain letters, numbers, or underscores(_)'],
      ['{[true]=1}', 'named argument key given to redis.register_function is not a string'],
      ['{foo=1}', 'unknown argument given to redis.register_function'],
      ['{function_name={}}', 'function_name argument given to redis.register_function must be a string'],
      ['{description={}}', 'description argument given to redis.register_function must be a string'],
      ['{callback=1}', 'callback argument given to redis.register_function must be a function'],
      ['{flags=1}', 'flags argument to redis.register_function must be a table representing function flags'],
      ["{flags={'raw-arguments'}}", 'unknown flag given'],
      ['{callback=function() end}', 'redis.register_function must get a function name argument'],
      ["{function_name='f'}", 'redis.register_function must get a callback argument'],
    ]
    for (const [call, error] of cases) {
      const reply = load(client, register + call)
      expect(reply).toContain('-ERR Error registering functions: ERR ')
      expect(reply).toContain(error)
    }
    const twice = `${register}('f', function() end) ${register}('f', function() end)`
    expect(load(client, twice)).toContain('Function already exists in the library')
  })
})

describe('FCALL', () => {
  test('gives the function its keys and its other arguments as two tables', () => {
    const client = new TestBroker().client()
    load(client, `${register}('f', function(keys, args) return {keys, args} end)`)
    expect(client.call(['FCALL', 'f', '2', 'a', 'b', '\0\xff'])).toBe('[["a", "b"], ["\\x00\\xff"]]')
    expect(client.call('COMMAND GETKEYS FCALL f 2 a b c')).toBe('["a", "b"]')
    expect(client.call('COMMAND GETKEYS FCALL f 0 a')).toBe('[]')
    expect(client.call('COMMAND GETKEYS FCALL f 2 a')).toBe('[]')
    expect(client.call('COMMAND GETKEYS FCALL f 1x a b')).toBe('["a"]')
  })

  test('refuses what its arguments are not', () => {
    const client = new TestBroker().client()
    load(client, counter)
    expect(client.call('FCALL nothing x')).toBe('-ERR Function not found')
    expect(client.call('FCALL count x')).toBe('-ERR Bad number of keys provided')
    expect(client.call('FCALL count 1')).toBe("-ERR Number of keys can't be greater than number of args")
    expect(client.call('FCALL count -1')).toBe("-ERR Number of keys can't be negative")
  })

  test('says which function failed, and where', () => {
    const client = new TestBroker().client()
    load(client, `${register}('f', function() return nowhere end)`)
    expect(client.call('FCALL f 0')).toBe(
      "-ERR user_function:2: Script attempted to access nonexistent global variable 'nowhere' script: f, on @user_function:2.",
    )
  })

  test('FCALL_RO runs what says no-writes, and that cannot write', () => {
    const client = new TestBroker().client()
    load(
      client,
      `local function write() return redis.call('SET', 'k', 'v') end
${register}('free', write)
${register}{function_name='bound', callback=write, flags={'no-writes'}}`,
    )
    expect(client.call('FCALL_RO free 0')).toBe('-ERR Can not execute a script with write flag using *_ro command.')
    for (const name of ['FCALL', 'FCALL_RO']) {
      expect(client.call(`${name} bound 0`)).toContain('Write commands are not allowed from read-only scripts.')
    }
    expect(client.call('FCALL free 0')).toBe('+OK')
  })

  test('is not for scripts, and neither is FUNCTION', () => {
    const client = new TestBroker().client()
    load(client, counter)
    expect(client.call(['EVAL', "return redis.call('FCALL', 'count', 0)", '0'])).toContain('not allowed from script')
    expect(client.call(['EVAL', "return redis.call('FUNCTION', 'LIST')", '0'])).toContain('not allowed from script')
  })

  test('logs what the function wrote, not the call', () => {
    const broker = new TestBroker()
    const client = broker.client()
    load(client, `${register}('f', function(keys) redis.call('INCR', keys[1]) return redis.call('INCR', keys[1]) end)`)
    expect(client.call('FCALL f 1 k')).toBe(':2')
    expect(broker.records[1]).toContain('INCR')
    expect(broker.records[1]).not.toMatch(/FCALL/i)
  })
})

describe('FUNCTION', () => {
  test('LIST tells names, flags and descriptions, and the code when asked', () => {
    const client = new TestBroker().client()
    load(client, counter)
    const functions =
      '[["name", "count", "description", $-1, "flags", []], ["name", "twice", "description", "two", "flags", [+"no-writes"]]]'
    expect(client.call('FUNCTION LIST LIBRARYNAME L*')).toBe(
      `[["library_name", "lib", "engine", "LUA", "functions", ${functions}]]`,
    )
    expect(client.call('FUNCTION LIST WITHCODE')).toContain('"library_code", "#!lua name=lib\\nlocal n = 0')
    expect(client.call('FUNCTION LIST LIBRARYNAME x')).toBe('[]')
    expect(client.call('FUNCTION LIST x')).toBe('-ERR Unknown argument x')
    expect(client.call('FUNCTION LIST LIBRARYNAME')).toBe('-ERR library name argument was not given')
  })

  test('DELETE and FLUSH take functions away', () => {
    const client = new TestBroker().client()
    load(client, counter)
    expect(client.call('FUNCTION DELETE LIB')).toBe('-ERR Library not found')
    expect(client.call('FUNCTION DELETE lib')).toBe('+OK')
    expect(client.call('FCALL count 0')).toBe('-ERR Function not found')
    load(client, counter)
    expect(client.call('FUNCTION FLUSH x')).toBe('-ERR FUNCTION FLUSH only supports SYNC|ASYNC option')
    expect(client.call('FUNCTION FLUSH ASYNC')).toBe('+OK')
    expect(client.call('FUNCTION LIST')).toBe('[]')
  })

  test('stays when the databases are emptied', () => {
    const client = new TestBroker().client()
    load(client, counter)
    client.call('FLUSHALL')
    expect(client.call('FUNCTION STATS')).toBe(
      '["running_script", $-1, "engines", ["LUA", ["libraries_count", :1, "functions_count", :2]]]',
    )
  })

  test('HELP tells of every subcommand', () => {
    const help = new TestBroker().client().call('FUNCTION HELP')
    for (const word of ['DELETE', 'DUMP', 'FLUSH', 'KILL', 'LIST', 'LOAD', 'RESTORE', 'STATS'])
      expect(help).toContain(`"${word}`)
  })

  test('KILL has nothing to end when nothing runs', () => {
    expect(new TestBroker().client().call('FUNCTION KILL')).toBe('-NOTBUSY No scripts in execution right now.')
  })

  test('counts in INFO and MEMORY', () => {
    const client = new TestBroker().client()
    load(client, counter)
    const info = client.call('INFO memory')
    expect(info).toContain('number_of_libraries:1')
    expect(info).toContain('number_of_functions:2')
    expect(client.call('MEMORY STATS')).toMatch(/"functions.caches", :[1-9]/)
  })
})

describe('FUNCTION DUMP and RESTORE', () => {
  /** What a client has as the bytes of its next reply. */
  function dump(client: TestClient): string {
    const printed = client.call('FUNCTION DUMP')!
    return JSON.parse(printed.replace(/\\x(..)/g, '\\u00$1')) as string
  }

  test('carry all libraries, by what policy is asked for', () => {
    const client = new TestBroker().client()
    load(client, counter)
    const bytes = dump(client)
    expect(client.call(['FUNCTION', 'RESTORE', bytes])).toBe('-ERR Library lib already exists')
    expect(client.call(['FUNCTION', 'RESTORE', bytes, 'REPLACE'])).toBe('+OK')
    client.call('FUNCTION FLUSH')
    client.call(['FUNCTION', 'LOAD', `#!lua name=other\n${register}('count', function() return 0 end)`])
    expect(client.call(['FUNCTION', 'RESTORE', bytes, 'REPLACE'])).toBe('-ERR Function count already exists')
    expect(client.call('FCALL count 0')).toBe(':0')
    expect(client.call(['FUNCTION', 'RESTORE', bytes, 'FLUSH'])).toBe('+OK')
    expect(client.call('FCALL count 0')).toBe(':1')
    expect(client.call('FUNCTION LIST')).not.toContain('other')
    // The request's memory is not the library's.
    client.call(['SET', 'k', 'x'.repeat(2000)])
    expect(client.call('FUNCTION LIST WITHCODE')).toContain('local function next() n = n + 1 return n end')
  })

  test('are what redis-server 7.0 writes', () => {
    const client = new TestBroker().client()
    expect(client.call('FUNCTION DUMP')).toBe(String.raw`"\n\x00]\x9b\\@\x0f\x7f\xa2\xda"`)
    client.call(['FUNCTION', 'LOAD', `#!lua name=a\n${register}('f',function() return 1 end)`])
    expect(dump(client)).toBe(
      `\xf5@A#!lua name=a\n${register}('f',function() return 1 end)\n\x00\x17\x9d\xab\xc7\x87\xfc\x9c\xad`,
    )
  })

  test('refuse other payloads and other words', () => {
    const client = new TestBroker().client()
    client.call('SET k y')
    const key = '\x00\x01y\n\x00\x9c\xb8\xc6\x91\x94\xb9Z$'
    expect(client.call(['FUNCTION', 'RESTORE', key])).toBe('-ERR given type is not a function')
    expect(client.call('FUNCTION RESTORE x')).toBe('-ERR DUMP payload version or checksum are wrong')
    expect(client.call('FUNCTION RESTORE x y')).toBe(
      '-ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.',
    )
  })
})
