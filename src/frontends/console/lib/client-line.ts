/** CLIENT LIST, read. */
export interface Client {
  readonly id: string
  readonly address: string
  readonly name: string
  readonly user: string
  readonly flags: string
  readonly database: string
  readonly command: string
  readonly library: string
  readonly ageMs: number
  readonly idleMs: number
  readonly subscriptions: number
  readonly queryBytes: number
  readonly outputBytes: number
  readonly memoryBytes: number
  readonly protocol: string
}

export function parseClients(text: string): Client[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine)
}

function parseLine(line: string): Client {
  const facts = new Map(
    line.split(' ').map((part) => {
      const equals = part.indexOf('=')
      return [part.slice(0, equals), part.slice(equals + 1)]
    }),
  )
  const text = (name: string): string => facts.get(name) ?? ''
  const number = (name: string): number => Number(facts.get(name) ?? 0)
  return {
    id: text('id'),
    address: text('addr'),
    name: text('name'),
    user: text('user'),
    flags: text('flags'),
    database: text('db'),
    command: text('cmd'),
    library: [text('lib-name'), text('lib-ver')].filter((part) => part !== '').join(' '),
    ageMs: number('age') * 1000,
    idleMs: number('idle') * 1000,
    subscriptions: number('sub') + number('psub') + number('ssub'),
    queryBytes: number('qbuf'),
    outputBytes: number('omem') + number('obl'),
    memoryBytes: number('tot-mem'),
    protocol: text('resp'),
  }
}

const flagNames: Readonly<Record<string, string>> = {
  b: 'blocked',
  P: 'subscribed',
  x: 'in MULTI',
  d: 'watched keys changed',
  c: 'closing',
  u: 'unblocked',
  A: 'closing',
  U: 'unix socket',
  r: 'read only',
  S: 'replica',
  M: 'master',
  O: 'monitor',
  e: 'never evicted',
  T: 'does not touch',
  t: 'tracks keys',
  R: 'tracking target gone',
  B: 'broadcast tracking',
}

/** The state of a client in words, '' when there is nothing to say. */
export function describeFlags(flags: string): string {
  return [...flags].flatMap((flag) => flagNames[flag] ?? []).join(', ')
}
