/** The libraries inside of scripts. What is expected was answered by redis-server 7.0.15. */
import { describe, expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

const client = (): ((script: string) => string | undefined) => {
  const each = new TestBroker().client()
  return (script) => each.call(['EVAL', script, '0'])
}

describe('cjson', () => {
  test('writes arrays, objects, numbers and escapes', () => {
    const run = client()
    expect(run("return cjson.encode({1,2,{3,'x'},{a=1}})")).toBe(String.raw`"[1,2,[3,\"x\"],{\"a\":1}]"`)
    expect(run('return cjson.encode({})')).toBe('"{}"')
    expect(run('return cjson.encode({[1]=1,[3]=2})')).toBe('"[1,null,2]"')
    expect(run('return cjson.encode({1.5, 1e20, 0.1, cjson.null})')).toBe('"[1.5,1e+20,0.1,null]"')
    expect(run(String.raw`return cjson.encode('a/b\n\1')`)).toBe(String.raw`"\"a\\/b\\n\\u0001\""`)
  })

  test('rounds a number in the midst of two to the even one', () => {
    const run = client()
    expect(run('return cjson.encode({1700000000000050, 123456789012345, -127868175646.125, 123456789012335})')).toBe(
      '"[1.7e+15,1.2345678901234e+14,-127868175646.12,1.2345678901234e+14]"',
    )
    const rounded = (precision: number, numbers: string): string | undefined =>
      run(`cjson.encode_number_precision(${precision}) return cjson.encode({${numbers}})`)
    expect(rounded(1, '2.5, 3.5, 9.5, 0.25, 0.15, 25, -250, 5e-324, 1e23')).toBe(
      '"[2,4,1e+01,0.2,0.1,2e+01,-2e+02,5e-324,1e+23]"',
    )
    expect(rounded(3, '2.125, 3.375, 1234.5, 1235, 0.0125, 0.001953125, 0.000012345, 99950, 100.5, 999.5')).toBe(
      '"[2.12,3.38,1.23e+03,1.24e+03,0.0125,0.00195,1.23e-05,1e+05,100,1e+03]"',
    )
  })

  test('counts keys beyond 31 bits as Redis does, whose int does not hold them', () => {
    const run = client()
    expect(run("return cjson.encode({[2147483648]='a'})")).toBe(String.raw`"{\"2147483648\":\"a\"}"`)
    expect(run("return cjson.encode({1,2,[5000000000]='a'})")).toBe(
      String.raw`"{\"1\":1,\"2\":2,\"5000000000\":\"a\"}"`,
    )
    expect(run("return cjson.encode({[5000000000]='a',[2]='b'})")).toBe(String.raw`"[null,\"b\"]"`)
    expect(run("return cjson.encode({[1/0]='a',[2]='b'})")).toBe(String.raw`"[null,\"b\"]"`)
    expect(run("return cjson.encode({[2147483647]='a'})")).toContain('excessively sparse array')
  })

  test('refuses what JSON does not have', () => {
    const run = client()
    expect(run('return cjson.encode(1/0)')).toContain('Cannot serialise number: must not be NaN or Inf')
    expect(run('return cjson.encode({[1]=1,[20]=2})')).toContain('Cannot serialise table: excessively sparse array')
    expect(run('return cjson.encode(function() end)')).toContain('Cannot serialise function: type not supported')
    expect(run('local t={} local r=t for i=1,1001 do t[1]={} t=t[1] end return cjson.encode(r)')).toContain(
      'Cannot serialise, excessive nesting (1001)',
    )
  })

  test('reads JSON, and says where it is wrong', () => {
    const run = client()
    expect(run(`return cjson.decode('[1,2,{"b":[true,false,"x"]}]')`)).toBe('[:1, :2, []]')
    expect(run(`return cjson.decode('"\\\\u00e9"')`)).toBe(String.raw`"\xc3\xa9"`)
    expect(run("return cjson.decode('[1 2]')")).toContain(
      'Expected comma or array end but found T_NUMBER at character 4',
    )
    expect(run("return cjson.decode('{1:2}')")).toContain(
      'Expected object key string but found T_NUMBER at character 2',
    )
    expect(run("return cjson.decode('x')")).toContain('Expected value but found invalid token at character 1')
    expect(run("return cjson.decode(string.rep('[',1001))")).toContain('Found too many nested data structures (1001)')
  })
})

describe('tokens of cjson.decode', () => {
  const number = (text: string): string => `string.format('%.17g', cjson.decode('${text}'))`
  const complaint = (text: string): string =>
    `select(3, string.find(select(2, pcall(cjson.decode, '${text}')), '(invalid .*)$'))`
  const table = (expected: Readonly<Record<string, string>>, ask: (text: string) => string, before = ''): void => {
    const answer = client()(`${before} return {${Object.keys(expected).map(ask).join(',')}}`)
    expect(answer).toBe(
      `[${Object.values(expected)
        .map((text) => `"${text}"`)
        .join(', ')}]`,
    )
  }

  test('numbers are what C takes for them, however long', () => {
    table(
      {
        '1.': '1',
        '-.5': '-0.5',
        '01': '1',
        '-01': '-1',
        '-0': '-0',
        '-7': '-7',
        '-999999999999999': '-999999999999999',
        '1234567890123456': '1234567890123456',
        '12345678901234567890': '1.2345678901234567e+19',
        '0x1p4': '16',
        '-0X1.8': '-1.5',
        '0x.8p1': '1',
        '0x1.00000000000008p0': '1',
        '0x1.fffffffffffff8p1023': 'inf',
        '0x3p-1075': '9.8813129168249309e-324',
        '0x1p-1075': '0',
        '+5': '5',
        '-iNfinity': '-inf',
        [`0.${'0'.repeat(80)}1`]: '9.9999999999999996e-82',
        [`0x${'f'.repeat(70)}`]: '1.9426688922257291e+84',
      },
      number,
    )
    expect(client()("local n = cjson.decode('nan(1)') return n ~= n")).toBe(':1')
  })

  test('what begins like no word or number is an invalid token, what is none an invalid number', () => {
    table(
      {
        '.5': 'invalid token at character 1',
        '[.5]': 'invalid token at character 2',
        '1..2': 'invalid token at character 3',
        infinit: 'invalid token at character 4',
        'nan(': 'invalid token at character 4',
        Null: 'invalid token at character 1',
        '0xg': 'invalid token at character 2',
        '-x': 'invalid number at character 1',
        '--1': 'invalid number at character 1',
        '1++': 'invalid number at character 2',
        '[-]': 'invalid number at character 2',
      },
      complaint,
    )
  })

  test('numbers that JSON does not have are refused when they are to be', () => {
    const refuse = 'cjson.decode_invalid_numbers(false)'
    table({ '1.': '1', '0.': '0', '-.5': '-0.5', '-0': '-0' }, number, refuse)
    table(
      {
        nan: 'invalid token at character 1',
        inf: 'invalid token at character 1',
        '+1': 'invalid token at character 1',
        '1++': 'invalid token at character 2',
        '-inf': 'invalid number at character 1',
        '0x': 'invalid number at character 1',
        '[01]': 'invalid number at character 2',
      },
      complaint,
      refuse,
    )
  })

  test('the text ends at a NUL', () => {
    const run = client()
    expect(run(String.raw`return {cjson.decode('12\0'), cjson.decode('[1]\0xx'), cjson.decode('true\0')}`)).toBe(
      '[:12, [:1], :1]',
    )
    expect(run(String.raw`return cjson.decode('"a\0b"')`)).toContain('unexpected end of string at character 3')
    expect(run(String.raw`return cjson.decode('[1\0]')`)).toContain('but found T_END at character 3')
  })
})

test('cjson says what it refuses, and null is no pointer', () => {
  const run = client()
  expect(run('return cjson.encode({[true]=1})')).toContain(
    'Cannot serialise boolean: table key must be a number or string',
  )
  for (const name of [
    'encode_sparse_array',
    'encode_invalid_numbers',
    'encode_keep_buffer',
    'decode_invalid_numbers',
  ]) {
    expect(run(`return cjson.${name}('x')`)).toContain(`bad argument #1 to '${name}' (invalid option 'x')`)
    expect(run(`return cjson.${name}({})`)).toContain(`bad argument #1 to '${name}' (string expected, got table)`)
  }
  expect(run('return {tostring(cjson.null), type(getmetatable(cjson.null)), tostring(cjson.null == nil)}')).toBe(
    '["userdata: (nil)", "nil", "false"]',
  )
  expect(run('error(cjson.null)')).toContain('ERR userdata: (nil) script: ')
})

describe('cmsgpack', () => {
  test('reads what it writes', () => {
    const run = client()
    expect(run("return {cmsgpack.unpack(cmsgpack.pack(1,'a',{1,2},true,-5,2^40,-2^40))}")).toBe(
      '[:1, "a", [:1, :2], :1, :-5, :1099511627776, :-1099511627776]',
    )
    expect(run('return cmsgpack.pack({1,2,3,{a=1},{}})')).toBe(String.raw`"\x95\x01\x02\x03\x81\xa1a\x01\x90"`)
    expect(run('return {cmsgpack.unpack_one(cmsgpack.pack(1,2,3))}')).toBe('[:1, :1]')
    expect(run('return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3),2,1)}')).toBe('[:-1, :2, :3]')
  })

  test('reads 64 bits without a sign as if they had one, and rounds them once', () => {
    const run = client()
    expect(run(String.raw`return {cmsgpack.unpack('\207'..('\255'):rep(8))}`)).toBe('[:-1]')
    expect(run(String.raw`return tostring(cmsgpack.unpack('\207\128'..('\0'):rep(7)))`)).toBe('"-9.2233720368548e+18"')
    expect(run(String.raw`return cmsgpack.unpack('\207\64\32\0\0\0\0\18\1')`)).toBe(':4620693217682134016')
    expect(run(String.raw`return {cmsgpack.unpack('\206\255\255\255\255')}`)).toBe('[:4294967295]')
  })

  test('refuses torn and foreign bytes', () => {
    const run = client()
    for (const binary of [String.raw`\196\2ab`, String.raw`\197\0\2ab`, String.raw`\198\0\0\0\2ab`]) {
      expect(run(`return cmsgpack.unpack('${binary}')`)).toContain('Bad data format in input.')
    }
    expect(run(String.raw`return cmsgpack.unpack('\147')`)).toContain('Missing bytes in input.')
    expect(run(String.raw`return cmsgpack.unpack('\193')`)).toContain('Bad data format in input.')
  })
})

test('bit works on 32 bits with a sign', () => {
  const run = client()
  expect(run('return {bit.band(0xff,0x0f),bit.bor(1,2,4),bit.bnot(0),bit.lshift(1,31),bit.rshift(-1,1)}')).toBe(
    '[:15, :7, :-1, :-2147483648, :2147483647]',
  )
  expect(run('return {bit.rol(0x12345678,8),bit.bswap(0x12345678),bit.tobit(2.5),bit.arshift(-8,1)}')).toBe(
    '[:878082066, :2018915346, :2, :-4]',
  )
  expect(run('return {bit.tohex(255),bit.tohex(255,-4)}')).toBe('["000000ff", "00FF"]')
})

describe('struct', () => {
  test('packs numbers and strings in either order of bytes, aligned when asked to', () => {
    const run = client()
    expect(run("return struct.pack('bHf', 65, 258, 0.5)")).toBe(String.raw`"A\x02\x01\x00\x00\x00?"`)
    expect(run("return struct.pack('>i3 h <h', 1, 2, 3)")).toBe(String.raw`"\x00\x00\x01\x00\x02\x03\x00"`)
    expect(run("return struct.pack('>!4 i3 h c3 d', 1, 2, 'abc', 5)")).toBe(
      String.raw`"\x00\x00\x00\x00\x01\x00\x00\x02abc\x00@\x14\x00\x00\x00\x00\x00\x00"`,
    )
    expect(run("return struct.pack('sc0x', 5, 'ab')")).toBe(String.raw`"5\x00ab\x00"`)
    expect(run("return {struct.size('b!i'), struct.size('!4bi'), struct.size('!8i3b!4d'), struct.size('q')}")).toBe(
      '[:8, :8, :16, :0]',
    )
  })

  test('makes 64 bits of any number as C does', () => {
    const run = client()
    expect(run("return struct.pack('L', 2^63)")).toBe(String.raw`"\x00\x00\x00\x00\x00\x00\x00\x80"`)
    expect(run("return struct.pack('L', 2^64)")).toBe(String.raw`"\x00\x00\x00\x00\x00\x00\x00\x00"`)
    expect(run("return struct.pack('L', -1/0)")).toBe(String.raw`"\x00\x00\x00\x00\x00\x00\x00\x80"`)
    expect(run("return struct.pack('>i9', -2)")).toBe(String.raw`"\x00\xff\xff\xff\xff\xff\xff\xff\xfe"`)
    expect(run("return {struct.unpack('i3I3', '\\255\\255\\255\\255\\255\\255')}")).toBe('[:-1, :16777215, :7]')
    expect(run("return {struct.unpack('i9', 'abcdefghi')}")).toBe('[:-31, :10]')
  })

  test('reads what it packs, strings with their sizes before them and from anywhere', () => {
    const run = client()
    expect(run("return {struct.unpack('>bIds', struct.pack('>bIds', -3, 7, 4, 'x'))}")).toBe('[:-3, :7, :4, "x", :16]')
    expect(run("return {struct.unpack('Bc0', '\\3abcd')}")).toBe('["abc", :5]')
    expect(run("return {struct.unpack('c1c0', '2abc')}")).toBe('["ab", :4]')
    expect(run("return {struct.unpack('!4bi', 'aa\\0\\0\\0\\1\\0\\0\\0', 2)}")).toBe('[:97, :256, :9]')
    expect(run("return {struct.unpack('', 'abc', -1)}")).toBe('[:-1]')
  })

  test('says what is wrong with a format, an argument or the data', () => {
    const run = client()
    const cases: [string, string][] = [
      ["pack('=i', 1)", "bad argument #1 to 'pack' (invalid format option '=')"],
      ["pack('i33', 1)", 'integral size 33 is larger than limit of 32'],
      ["size('c99999999999')", 'integral size overflow'],
      ["size('!3')", 'alignment 3 is not a power of 2'],
      ["size('s')", "bad argument #1 to 'size' (option 's' has no fixed size)"],
      ["size('c0')", "bad argument #1 to 'size' (option 'c0' has no fixed size)"],
      ["pack('i')", "bad argument #2 to 'pack' (number expected, got nil)"],
      ["pack('c5', 'abc')", "bad argument #3 to 'pack' (string too short)"],
      ["unpack('i', 'abc')", "bad argument #2 to 'unpack' (data string too short)"],
      ["unpack('b', 'abc', 0)", "bad argument #3 to 'unpack' (offset must be 1 or greater)"],
      ["unpack('c0', 'abc')", "format 'c0' needs a previous size"],
      ["unpack('s', 'abc')", 'unfinished string in data'],
      ["unpack(('b'):rep(9000), ('a'):rep(9000))", 'stack overflow (too many results)'],
    ]
    for (const [call, error] of cases) expect(run(`return struct.${call}`)).toContain(error)
  })
})

test('what is too large for a library or begins with NUL is what C makes of it', () => {
  const run = client()
  expect(run('return {bit.tobit(1e16),bit.ror(1e16,-3.99)}')).toBe('[:937459712, :2114453507]')
  expect(run("return {string.format('%x',1e100),string.format('%x',2^63),string.format('%x',-1)}")).toBe(
    '["0", "8000000000000000", "ffffffffffffffff"]',
  )
  expect(run(String.raw`return redis.error_reply('\000\255')`)).toBe('-"ERR "')
  expect(run(String.raw`return redis.status_reply('a\000\255')`)).toBe('+a')
})
