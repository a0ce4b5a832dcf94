/** What clients send, rightly and wrongly: for the parser alone and for whole servers side by side. */

export interface WireCase {
  readonly title: string
  /** One character a byte. */
  readonly input: string
  readonly requests: readonly (readonly string[])[]
  readonly error?: string
}

const ping = ['PING']
const expected = (got: string): string => `Protocol error: expected '$', got '${got}'`

export const wireCases: readonly WireCase[] = [
  { title: 'a request', input: '*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n', requests: [['ECHO', 'hi']] },
  {
    title: 'requests behind each other',
    input: '*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nPING\r\n$1\r\na\r\nPING\r\n',
    requests: [ping, ['PING', 'a'], ping],
  },
  {
    title: 'empty and binary arguments',
    input: '*3\r\n$4\r\nECHO\r\n$0\r\n\r\n$4\r\n\r\n\0\xff\r\n',
    requests: [['ECHO', '', '\r\n\0\xff']],
  },
  {
    title: 'sizes of one, two and three digits',
    input: `*4\r\n$6\r\nEXISTS\r\n$9\r\n${'a'.repeat(9)}\r\n$99\r\n${'b'.repeat(99)}\r\n$100\r\n${'c'.repeat(100)}\r\n`,
    requests: [['EXISTS', 'a'.repeat(9), 'b'.repeat(99), 'c'.repeat(100)]],
  },
  {
    title: 'many arguments',
    input: `*41\r\n$6\r\nEXISTS\r\n${'$1\r\nk\r\n'.repeat(40)}`,
    requests: [['EXISTS', ...Array(40).fill('k')]],
  },
  { title: 'an array of nothing', input: '*0\r\n*-1\r\n*-9223372036854775808\r\nPING\r\n', requests: [ping] },
  {
    title: 'other bytes where the line end of a size belongs',
    input: '*2\rx$4\ryECHO\r\n$1\rzaxy*1\r\n$4\r\nPING\r\n',
    requests: [['ECHO', 'a'], ping],
  },
  { title: 'an incomplete request', input: 'PING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nabc', requests: [ping] },
  { title: 'an incomplete line', input: 'PING\r\nPING', requests: [ping] },
  { title: 'a wrong type whose line has not ended', input: 'PING\r\n*1\r\n+PING', requests: [ping] },
  { title: 'a wrong type', input: 'PING\r\n*1\r\n+PING\r\nPING\r\n', requests: [ping], error: expected('+') },
  { title: 'a line end in place of an argument', input: '*1\r\n\r\nPING\r\n', requests: [], error: expected('\r') },
  {
    title: 'a wrong type behind good arguments',
    input: '*3\r\n$4\r\nECHO\r\n:1\r\n',
    requests: [],
    error: expected(':'),
  },
  { title: 'a byte above ASCII in place of a type', input: '*1\r\n\xe9\r\n', requests: [], error: expected('\xe9') },
  {
    title: 'a count that is no number',
    input: 'PING\r\n*x\r\n',
    requests: [ping],
    error: 'Protocol error: invalid multibulk length',
  },
  {
    title: 'a count with a leading zero',
    input: '*01\r\n$4\r\nPING\r\n',
    requests: [],
    error: 'Protocol error: invalid multibulk length',
  },
  { title: 'no count', input: '*\r\n', requests: [], error: 'Protocol error: invalid multibulk length' },
  {
    title: 'the largest count and one more',
    input: '*2147483648\r\n',
    requests: [],
    error: 'Protocol error: invalid multibulk length',
  },
  {
    title: 'a count below 64 bits',
    input: '*-9223372036854775809\r\n',
    requests: [],
    error: 'Protocol error: invalid multibulk length',
  },
  {
    title: 'a size that is no number',
    input: '*1\r\n$x\r\n',
    requests: [],
    error: 'Protocol error: invalid bulk length',
  },
  {
    title: 'a size with a leading zero',
    input: '*1\r\n$04\r\nPING\r\n',
    requests: [],
    error: 'Protocol error: invalid bulk length',
  },
  {
    title: 'a size with a plus',
    input: '*1\r\n$+4\r\nPING\r\n',
    requests: [],
    error: 'Protocol error: invalid bulk length',
  },
  { title: 'a negative size', input: '*1\r\n$-1\r\n', requests: [], error: 'Protocol error: invalid bulk length' },
  { title: 'no size', input: '*1\r\n$\r\n', requests: [], error: 'Protocol error: invalid bulk length' },
  {
    title: 'a size above proto-max-bulk-len',
    input: 'PING\r\n*1\r\n$536870913\r\n',
    requests: [ping],
    error: 'Protocol error: invalid bulk length',
  },
  {
    title: 'a fault that arrives before all arguments',
    input: '*9\r\n$4\r\nECHO\r\n$abc\r\n',
    requests: [],
    error: 'Protocol error: invalid bulk length',
  },
  { title: 'a NUL in a count', input: 'PING\r\n*1\0\r\n$4\r\nPING\r\n', requests: [ping] },
  { title: 'a NUL in a size', input: '*1\r\n$4\0\r\nPING\r\n', requests: [] },
  { title: 'a NUL in an inline request', input: 'PING\r\nPING\0\r\nPING\r\n', requests: [ping] },
  { title: 'lines that end with LF alone', input: 'PING\nECHO a\n', requests: [ping, ['ECHO', 'a']] },
  { title: 'blank lines', input: '\r\n\n  \t\r\nPING\r\n', requests: [ping] },
  { title: 'white space around words', input: '  ECHO\t a \x0b\x0c\r\r\n', requests: [['ECHO', 'a']] },
  { title: 'white space that ends no word', input: 'ECHO a\x0bb\x0cc\r\n', requests: [['ECHO', 'a\x0bb\x0cc']] },
  {
    title: 'double quotes',
    input: 'ECHO "a b\\n\\r\\t\\b\\a\\x41\\xzz\\q\\"\\\\"\n',
    requests: [['ECHO', 'a b\n\r\t\b\x07Axzzq"\\']],
  },
  { title: 'single quotes', input: "ECHO 'a \\'b\\n\"'\n", requests: [['ECHO', 'a \'b\\n"']] },
  { title: 'an empty word', input: 'ECHO ""\n', requests: [['ECHO', '']] },
  { title: 'a quote that opens in a word', input: 'ECHO a"b c"\n', requests: [['ECHO', 'ab c']] },
  {
    title: 'what a browser posts, and a request behind it',
    input: 'POST / HTTP/1.1\r\nHost: a\r\n\r\nPING\r\n',
    requests: [['POST', '/', 'HTTP/1.1'], ['Host:', 'a'], ping],
  },
  { title: 'a header of HTTP', input: 'hOST: a\r\nPING\r\n', requests: [['hOST:', 'a'], ping] },
  { title: 'a POST as RESP', input: '*1\r\n$4\r\npost\r\nPING\r\n', requests: [['post'], ping] },
  { title: 'a quoted NUL', input: 'ECHO "\\x00"\n', requests: [['ECHO', '\0']] },
  { title: 'white space that may follow a quote', input: 'EXISTS "a"\x0bb\n', requests: [['EXISTS', 'a', 'b']] },
  {
    title: 'a quote that stays open',
    input: 'PING\nECHO "a\nPING\n',
    requests: [ping],
    error: 'Protocol error: unbalanced quotes in request',
  },
  {
    title: 'a backslash before the end of a line',
    input: 'ECHO "a\\\n',
    requests: [],
    error: 'Protocol error: unbalanced quotes in request',
  },
  {
    title: 'a word right behind a quote',
    input: 'ECHO "a"b\n',
    requests: [],
    error: 'Protocol error: unbalanced quotes in request',
  },
  {
    title: 'a single quote that stays open',
    input: "ECHO 'a\\'\n",
    requests: [],
    error: 'Protocol error: unbalanced quotes in request',
  },
]

/** Inputs that reach a limit; too long to be sent byte by byte. */
export const longCases: readonly WireCase[] = [
  {
    title: 'an inline request that is too long',
    input: `PING\r\n${'a'.repeat(200_000)}`,
    requests: [ping],
    error: 'Protocol error: too big inline request',
  },
  {
    title: 'a count that is too long',
    input: `*${'1'.repeat(200_000)}`,
    requests: [],
    error: 'Protocol error: too big mbulk count string',
  },
  {
    title: 'a size that is too long',
    input: `PING\r\n*2\r\n$4\r\nECHO\r\n$${'1'.repeat(200_000)}`,
    requests: [ping],
    error: 'Protocol error: too big bulk count string',
  },
  {
    title: 'a NUL that hides the end of a long line',
    input: `*1\0\r\n${'a'.repeat(200_000)}`,
    requests: [],
    error: 'Protocol error: too big mbulk count string',
  },
  {
    title: 'a long argument',
    input: `*2\r\n$4\r\nECHO\r\n$100000\r\n${'v'.repeat(100_000)}\r\nPING\r\n`,
    requests: [['ECHO', 'v'.repeat(100_000)], ping],
  },
]
/** What clients may send before they have authenticated, with a password set. */
export const restrictedCases: readonly WireCase[] = [
  { title: 'ten arguments', input: `*10\r\n${'$1\r\na\r\n'.repeat(10)}`, requests: [Array(10).fill('a')] },
  {
    title: 'eleven arguments',
    input: 'PING\r\n*11\r\n',
    requests: [ping],
    error: 'Protocol error: unauthenticated multibulk length',
  },
  {
    title: 'an argument of 16384 bytes',
    input: `*1\r\n$16384\r\n${'a'.repeat(16_384)}\r\n`,
    requests: [['a'.repeat(16_384)]],
  },
  {
    title: 'an argument of 16385 bytes',
    input: '*2\r\n$1\r\na\r\n$16385\r\n',
    requests: [],
    error: 'Protocol error: unauthenticated bulk length',
  },
]
