import { describe, expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

/** Runs a script without keys. */
function run(client: TestClient, script: string, ...values: string[]): string | undefined {
  return client.call(['EVAL', script, '0', ...values])
}

const sha = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db'

describe('EVAL', () => {
  test('gives the script its keys and other arguments, any bytes in them', () => {
    const client = new TestBroker().client()
    const script = 'return {KEYS[1], KEYS[2], ARGV[1], #ARGV[1], KEYS[3]}'
    const reply = client.call(['EVAL', script, '2', 'one', 'two', '\x00\xff\r\n'])
    expect(reply).toBe('["one", "two", "\\x00\\xff\\r\\n", :4]')
  })

  test('gives each script tables of its own making, whatever the one before did with them', () => {
    const client = new TestBroker().client()
    const spoil = [
      'return 1',
      'KEYS[1] = nil',
      'KEYS[3] = 1 ARGV[2] = 2 ARGV.x = 3',
      'KEYS.x = 1 ARGV[0] = 0',
      'KEYS[1], KEYS[2], ARGV[1] = nil, nil, nil KEYS.x, ARGV.x = 1, 1 KEYS.x, ARGV.x = nil, nil',
      'setmetatable(KEYS, {__index = function() return 1 end}) setmetatable(ARGV, {__len = 1})',
      'table.insert(KEYS, 1, 1) table.remove(ARGV)',
      // The last element comes behind the names, where Lua keeps these.
      'ARGV[1] = nil ARGV.h, ARGV.m, ARGV.s = 1, 1, 1 ARGV[1] = 1',
    ]
    const look = `local all = {#KEYS, #ARGV, tostring(getmetatable(KEYS)), tostring(getmetatable(ARGV))}
      for _, each in ipairs({KEYS, ARGV}) do for name, value in pairs(each) do
        all[#all + 1] = tostring(name) .. '=' .. value
      end end
      return all`
    for (const script of spoil) {
      client.call(['EVAL', script, '2', 'a', 'b', 'c'])
      const reply = client.call(['EVAL', look, '2', 'one', 'two', 'three'])
      expect(reply).toBe('[:2, :1, "nil", "nil", "1=one", "2=two", "1=three"]')
      client.call(['EVAL', script, '2', 'a', 'b', 'c'])
      expect(client.call(['EVAL', look, '0'])).toBe('[:0, :0, "nil", "nil"]')
      client.call(['EVAL', script, '0'])
      expect(client.call(['EVAL', look, '0'])).toBe('[:0, :0, "nil", "nil"]')
    }
  })

  test('converts what the script returns, and stops an array at its first nil', () => {
    const client = new TestBroker().client()
    expect(run(client, 'return 3.99')).toBe(':3')
    expect(run(client, 'return -3.99')).toBe(':-3')
    expect(run(client, "return {ok='fine'}")).toBe('+fine')
    expect(run(client, "return {err='BAD luck'}")).toBe('-BAD luck')
    expect(run(client, 'return true')).toBe(':1')
    expect(run(client, 'return {1, nil, 3}')).toBe('[:1]')
  })

  test('looks for the fields that decide in whatever order Lua keeps them', () => {
    const client = new TestBroker().client()
    for (const before of 'abcdefghijklmnopqrstuvwxyz') {
      const filled = `local t = {} t.${before}, t.err, t.g = 1, 'BAD luck', 2`
      expect(run(client, `${filled} t[1] = 'element' return t`)).toBe('-BAD luck')
    }
  })

  test('says where an error was raised', () => {
    const client = new TestBroker().client()
    expect(run(client, '\n\nreturn nowhere')).toMatch(
      /^-ERR user_script:3: Script attempted to access nonexistent global variable 'nowhere' script: \w{40}, on @user_script:3\.$/,
    )
    expect(run(client, "redis.call('incr', 'a', 'b')")).toMatch(
      /^-ERR Wrong number of args calling Redis command from script script: \w{40}, on @user_script:1\.$/,
    )
  })

  test('refuses what its arguments or its text are not', () => {
    const client = new TestBroker().client()
    expect(client.call('EVAL "return 1" x')).toBe('-ERR value is not an integer or out of range')
    expect(client.call('EVAL "return 1" 1')).toBe("-ERR Number of keys can't be greater than number of args")
    expect(client.call('EVAL "return 1" -1')).toBe("-ERR Number of keys can't be negative")
    expect(client.call('EVAL "x x" 0')).toBe(
      "-ERR Error compiling script (new function): user_script:1: '=' expected near 'x'",
    )
  })

  test('lets nobody change what scripts share', () => {
    const client = new TestBroker().client()
    const attempts = [
      'x = 1',
      'string.x = 1',
      "rawset(_G, 'x', 1)",
      'setmetatable(redis, {})',
      'table.insert(string, 1)',
    ]
    attempts.push("getmetatable('').__index = 1", 'redis.call = 1', 'local g = _G g.x = 1')
    for (const attempt of attempts) expect(run(client, attempt)).toContain('Attempt to modify a readonly table')
    for (const name of [
      'io',
      'os',
      'debug',
      'require',
      'package',
      'dofile',
      'loadfile',
      'print',
      'getfenv',
      'setfenv',
    ]) {
      expect(run(client, `return ${name}`)).toContain('nonexistent global variable')
    }
    expect(run(client, 'return {loadstring(string.dump(function() return 1 end))}')).toBe('[]')
    expect(run(client, 'return select(2, load(function() return string.dump(run or type) end))')).toContain('-ERR')
  })

  test('has no function that hands out a table which others use', () => {
    const client = new TestBroker().client()
    const attempts = `
      local libraries = {_G, bit, cjson, cmsgpack, coroutine, math, redis, string, struct, table, getmetatable('')}
      local tries = 0
      local spoil = function(value)
        if type(value) == 'table' then tries = tries + 1 pcall(function() value.evil = 1 end) pcall(rawset, value, 'evil', 1) end
      end
      for _, library in pairs(libraries) do
        spoil(library)
        for _, each in pairs(_G) do
          local functions = type(each) == 'table' and each or {each}
          for name, call in pairs(functions) do
            if type(call) == 'function' and name ~= 'yield' and name ~= 'wrap' then
              for _, more in pairs({0, 1, 'x', library, function(...) for _, value in pairs({...}) do spoil(value) end end}) do
                for _, value in pairs({pcall(call, library, more)}) do spoil(value) end
                for _, value in pairs({pcall(call, more, library)}) do spoil(value) end
              end
            end
          end
        end
      end
      return tries`
    const tries = run(client, attempts)
    expect(Number(tries?.slice(1))).toBeGreaterThan(100)
    const look = `local found = {}
      for name, each in pairs(_G) do
        if name == 'evil' then found[#found + 1] = '_G' end
        if type(each) == 'table' and rawget(each, 'evil') then found[#found + 1] = name end
      end
      return {#found, rawget(getmetatable(''), 'evil') == nil, cjson.encode({string.rep('a', 2)})}`
    expect(run(client, look)).toBe('[:0, :1, "[\\"aa\\"]"]')
    expect(
      run(client, 'local n = 0 for _ in pairs(string) do n = n + 1 end return n > 10 and next(string) ~= nil'),
    ).toBe(':1')
  })

  test.each(["'stop'", "'setpause', 1000000", "'setstepmul', 0"])(
    'collects garbage for others although a script said collectgarbage(%s)',
    (settings) => {
      const client = new TestBroker().client()
      run(client, `collectgarbage(${settings})`)
      const waste = "local t = {} for i = 1, 10 do t[i] = string.rep('x', 100000) .. i .. ARGV[1] end"
      for (let i = 0; i < 100; i++) run(client, waste, String(i))
      const used = /used_memory_vm_eval:(\d+)/.exec(client.call('INFO memory') ?? '')?.[1]
      expect(Number(used)).toBeLessThan(20_000_000)
      expect(run(client, "return {collectgarbage('setpause', 200), collectgarbage('setstepmul', 200)}")).toBe(
        '[:200, :200]',
      )
    },
  )

  test('keeps a script that asks for too much memory from everybody else', () => {
    const client = new TestBroker().client()
    const reply = run(client, "local s = 'x' while true do s = s .. s end")
    expect(reply).toMatch(/^-ERR .*not enough memory/)
    expect(run(client, 'return 7')).toBe(':7')
  })

  test('survives endless recursion, in Lua and through patterns', () => {
    const client = new TestBroker().client()
    expect(run(client, 'local function f() return 1 + f() end return f()')).toContain('stack overflow')
    expect(run(client, "return string.find(string.rep('a', 300000), string.rep('a?', 300000) .. 'b')")).toMatch(/^[-$]/)
    expect(run(client, 'local t = {} t[1] = t return t')).toMatch(/^-ERR/)
    expect(run(client, 'return 7')).toBe(':7')
  })
})

describe("a script's commands", () => {
  test('are one log record, and only their effects are in it', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call([
      'EVAL',
      "redis.call('set', KEYS[1], 1) redis.call('incr', KEYS[1]) return redis.call('get', 'n')",
      '1',
      'n',
    ])
    expect(broker.records).toHaveLength(1)
    expect(broker.records[0]).toMatch(/\nset\r\n.*\nincr\r\n/s)
    expect(broker.records[0]).not.toMatch(/eval/i)
  })

  test('that were run stay when the script fails later', () => {
    const client = new TestBroker().client()
    run(client, "redis.call('set', 'a', 1) redis.call('nope')")
    expect(client.call('GET a')).toBe('"1"')
  })

  test('wake who waits only when the script has ended', () => {
    const broker = new TestBroker()
    const [writer, reader] = [broker.client(), broker.client()]
    reader.send('BLPOP l 0')
    run(writer, "redis.call('rpush', 'l', 'a') redis.call('rpush', 'l', 'b') return redis.call('llen', 'l')")
    expect(reader.received()).toEqual(['["l", "a"]'])
    expect(writer.call('LLEN l')).toBe(':1')
  })

  test('break a watch, and may be part of a transaction', () => {
    const broker = new TestBroker()
    const [one, two] = [broker.client(), broker.client()]
    one.call('WATCH k')
    run(two, "redis.call('set', 'k', 'v')")
    one.call('MULTI')
    one.call('PING')
    expect(one.call('EXEC')).toBe('*-1')
    one.call('MULTI')
    one.call(['EVAL', "return redis.call('get', 'k')", '0'])
    expect(one.call('EXEC')).toBe('["v"]')
  })

  test('select a database for themselves alone', () => {
    const client = new TestBroker().client()
    run(client, "redis.call('select', 3) redis.call('set', 'k', 'three')")
    expect(client.call('GET k')).toBe('$-1')
    client.call('SELECT 3')
    expect(client.call('GET k')).toBe('"three"')
  })

  test('are shown to monitors as coming from lua', () => {
    const broker = new TestBroker()
    const [client, monitor] = [broker.client(), broker.client()]
    monitor.call('MONITOR')
    run(client, "redis.call('set', 'k', 'v')")
    const lines = monitor.received()
    expect(lines[0]).toContain('"EVAL"')
    expect(lines[1]).toMatch(/\[0 lua\] "set" "k" "v"$/)
  })

  test('must not be ones that block or that scripts may not use', () => {
    const client = new TestBroker().client()
    expect(run(client, "return redis.call('multi')")).toContain('This Redis command is not allowed from script')
    expect(run(client, "return redis.call('xread', 'block', 0, 'streams', 's', '$')")).toContain(
      'xread command is not allowed with BLOCK option from scripts',
    )
    expect(
      run(client, "return redis.call('XReadGroup', 'group', 'g', 'c', 'block', 0, 'streams', 's', '>')"),
    ).toContain('ERR XReadGroup command is not allowed with BLOCK option from scripts')
    expect(run(client, "return redis.call('eval', 'return 1', 0)")).toContain('not allowed from script')
  })
})

describe('EVALSHA and SCRIPT', () => {
  test('run what EVAL or SCRIPT LOAD has brought, until SCRIPT FLUSH', () => {
    const client = new TestBroker().client()
    expect(client.call(`EVALSHA ${sha} 0`)).toBe('-NOSCRIPT No matching script. Please use EVAL.')
    expect(client.call('SCRIPT LOAD "return 1"')).toBe(`"${sha}"`)
    expect(client.call(`EVALSHA ${sha.toUpperCase()} 0`)).toBe(':1')
    expect(client.call(`SCRIPT EXISTS ${sha} nope`)).toBe('[:1, :0]')
    expect(client.call('SCRIPT FLUSH ASYNC')).toBe('+OK')
    expect(client.call(`SCRIPT EXISTS ${sha}`)).toBe('[:0]')
    expect(client.call('SCRIPT FLUSH NOW')).toBe('-ERR SCRIPT FLUSH only support SYNC|ASYNC option')
  })

  test('say that nothing runs, and that there is no debugger', () => {
    const client = new TestBroker().client()
    expect(client.call('SCRIPT KILL')).toBe('-NOTBUSY No scripts in execution right now.')
    expect(client.call('SCRIPT HELP')).toContain('+"SCRIPT <subcommand>')
    expect(client.call('SCRIPT DEBUG NO')).toBe('+OK')
    expect(client.call('SCRIPT DEBUG MAYBE')).toBe('-ERR Use SCRIPT DEBUG YES/SYNC/NO')
    expect(client.call('SCRIPT DEBUG YES')).toBe('-ERR the debugger for scripts is not supported')
  })
})

describe('EVAL_RO, EVALSHA_RO and the flags of a shebang', () => {
  test('let nothing be written', () => {
    const client = new TestBroker().client()
    expect(client.call(['EVAL_RO', "return redis.call('set', 'k', 'v')", '0'])).toContain(
      'Write commands are not allowed from read-only scripts.',
    )
    client.call('SCRIPT LOAD "return 1"')
    expect(client.call(`EVALSHA_RO ${sha} 0`)).toBe(':1')
    expect(run(client, "#!lua flags=no-writes\nreturn redis.call('set', 'k', 'v')")).toContain('on @user_script:2.')
    expect(client.call(['EVAL_RO', '#!lua\nreturn 1', '0'])).toBe(
      '-ERR Can not execute a script with write flag using *_ro command.',
    )
  })

  test('are refused when they are unknown', () => {
    const client = new TestBroker().client()
    expect(run(client, '#!lua flags=fast\nreturn 1')).toBe('-ERR Unexpected flag in script shebang: fast')
    expect(run(client, '#!js\nreturn 1')).toBe('-ERR Unexpected engine in script shebang: #!js')
    expect(run(client, '#!lua')).toBe('-ERR Invalid script shebang')
  })
})
