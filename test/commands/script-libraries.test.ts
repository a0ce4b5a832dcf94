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

  test('refuses torn and foreign bytes', () => {
    const run = client()
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
