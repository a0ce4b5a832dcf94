/** The house rules that a machine can hold. A rule looks at one file and returns what it has to say against it, a line
 *  each, nothing when all is well. Rules see code as the formatter leaves it and know no syntax beyond that. */

export interface SourceFile {
  /** From the project's root, with slashes. */
  readonly path: string
  readonly text: string
}

export type Rule = (file: SourceFile) => string[]

const fileLinesMax = 400
const functionLinesMax = 70

/** Which rooms a room may import from, besides itself. `protocol` may use `lib`: both lie under everything else. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  protocol: ['lib'],
  broker: ['protocol', 'lib'],
  keyspace: ['broker', 'protocol', 'lib'],
  commands: ['keyspace', 'broker', 'protocol', 'lib'],
  scripting: ['commands', 'keyspace', 'broker', 'protocol', 'lib'],
  log: ['keyspace', 'protocol', 'lib'],
  server: ['commands', 'scripting', 'log', 'keyspace', 'broker', 'protocol', 'lib'],
  frontends: ['server', 'protocol', 'lib'],
  console: [],
  client: ['protocol'],
}

/** Rooms that hear of time and chance as arguments, and open nothing. */
const pureRooms = ['protocol', 'lib', 'broker', 'keyspace', 'commands', 'scripting', 'server']

/** Packages and modules that belong to some rooms alone. The rim may use their types to name what it starts. */
const homes: readonly { module: RegExp; rooms: readonly string[]; typeRooms: readonly string[] }[] = [
  { module: /^better-sqlite3$/, rooms: ['log'], typeRooms: [] },
  { module: /^(preact|preact\/.+|uplot|uplot\/.+)$/, rooms: ['console'], typeRooms: [] },
  { module: /^(node:(net|tls|http|https)|fastify|ws|@fastify\/.+)$/, rooms: ['frontends'], typeRooms: ['cli'] },
]

const impureWords: readonly RegExp[] = [
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bMath\.random\b/,
  /\brandom(Bytes|Int|UUID|FillSync)\b/,
  /\bperformance\.now\b/,
  /\bset(Timeout|Interval|Immediate)\b/,
  /(?<![./\w:-])process\.\w+/,
  /'node:(fs|fs\/promises|os|net|tls|http|https|dgram|dns|child_process|worker_threads|timers|timers\/promises)'/,
]

/** The console runs in browsers: it is a room of its own within the front ends. */
const consoleFolder = 'src/frontends/console/'

/** So does the client. */
const clientFolder = 'src/client/'

/** The room of a source file: the folder under src, `protocol`, `console`, or `cli` for what lies in src itself. */
export function roomOf(path: string): string {
  const parts = path.split('/')
  if (parts[0] === 'protocol') return 'protocol'
  if (path.startsWith(consoleFolder)) return 'console'
  return parts.length > 2 ? parts[1]! : 'cli'
}

/** The code without comments, line by line; strings stay. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, '')).replace(/^\s*\/\/.*$/gm, '')
}

interface Import {
  readonly module: string
  readonly isType: boolean
}

export function importsOf({ text }: SourceFile): Import[] {
  const found: Import[] = []
  const statement = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm
  for (const match of codeOf(text).matchAll(statement)) {
    found.push({ module: match[2] ?? match[3]!, isType: match[1] !== undefined })
  }
  return found
}

/** The path of a module that is one of our own files, undefined for others. */
export function ownPath(from: string, module: string): string | undefined {
  if (!module.startsWith('.')) return undefined
  return new URL(module, `file:///${from}`).pathname.slice(1)
}

export const importTable: Rule = (file) => {
  const room = roomOf(file.path)
  const allowed = mayImport[room]
  if (room === 'cli') return []
  if (allowed === undefined) return [`the room ${room} is not in the import table`]
  return importsOf(file)
    .map(({ module }) => ownPath(file.path, module))
    .filter((path) => path !== undefined)
    .map(roomOf)
    .filter((other) => other !== room && !allowed.includes(other))
    .map((other) => `${room} may not import ${other}`)
}

export const moduleHomes: Rule = (file) => {
  const room = roomOf(file.path)
  return importsOf(file).flatMap(({ module, isType }) =>
    homes
      .filter((home) => home.module.test(module) && !home.rooms.includes(room))
      .filter((home) => !(isType && home.typeRooms.includes(room)))
      .map((home) => `${module} belongs to ${home.rooms.join(', ')} alone`),
  )
}

export const purity: Rule = (file) => {
  if (!pureRooms.includes(roomOf(file.path))) return []
  const code = codeOf(file.text)
  return impureWords.flatMap((word) => {
    const found = word.exec(code)
    return found === null ? [] : [`${found[0]} in the pure room ${roomOf(file.path)}`]
  })
}

/** The client is handed to browsers file by file and stands alone: beyond its folder it takes types, and only those of the messages. */
export const selfContained: Rule = (file) => {
  if (!file.path.startsWith(clientFolder)) return []
  return importsOf(file)
    .filter(({ module, isType }) => {
      const path = ownPath(file.path, module)
      return !path?.startsWith(clientFolder) && !(isType && path?.startsWith('protocol/websocket/'))
    })
    .map(({ module }) => `${module} is not the client's own`)
}

/** What would make a page take what somebody stored for a part of itself, what the content security policy forbids, and
 *  addresses of other servers. */
const unsafeInBrowsers: readonly RegExp[] = [
  /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|srcdoc|createContextualFragment)\b/,
  /\bdocument\.write\b/,
  /\beval\(|\bnew Function\(|\bset(Timeout|Interval)\(['"`]/,
  /\b(https?|wss?):\/\//,
  /['"`]javascript:/,
]

export const browserSafety: Rule = (file) => {
  if (!file.path.startsWith(consoleFolder) && !file.path.startsWith(clientFolder)) return []
  const code = codeOf(file.text)
  return unsafeInBrowsers.flatMap((word) => {
    const found = word.exec(code)
    return found === null ? [] : [`${found[0]} in code for browsers`]
  })
}

export const fileLength: Rule = ({ text }) => {
  const count = text.trimEnd().split('\n').length
  return count > fileLinesMax ? [`${count} lines, more than ${fileLinesMax}`] : []
}

/** A function begins with a line that ends in `{` and ends with the next line that closes at the same depth. */
export const functionLength: Rule = ({ text }) => {
  const lines = text.split('\n')
  return lines.flatMap((line, begin) => {
    if (!opensFunction(line)) return []
    const indent = /^ */.exec(line)![0]
    const end = lines.findIndex((other, at) => at > begin && other.startsWith(`${indent}}`))
    const count = end - begin + 1
    return count > functionLinesMax
      ? [`line ${begin + 1}: a function of ${count} lines, more than ${functionLinesMax}`]
      : []
  })
}

function opensFunction(line: string): boolean {
  const code = line.trim()
  if (!code.endsWith('{') || /^(\} )?(if|else|for|while|switch|catch|do|try|class|interface)\b/.test(code)) return false
  return /\bfunction\b/.test(code) || code.endsWith('=> {') || /\)(: [^=]+)? \{$/.test(code)
}

export const noDefaultExport: Rule = ({ text }) =>
  /^export default\b|\bas default\b/m.test(codeOf(text)) ? ['a default export'] : []

export const noAny: Rule = ({ text }) => (/(: |\bas |<|\| )any\b/.test(codeOf(text)) ? ['the type any'] : [])

export const noLeftovers: Rule = ({ text }) =>
  [...text.matchAll(/\b(TO-?DO|FIX-?ME|XXX)\b|\b(?:test|it|describe)\.only\(/g)].map(
    (match) => `left over: ${match[0]}`,
  )

export const fileName: Rule = ({ path }) => {
  const name = path
    .split('/')
    .at(-1)!
    .replace(/\.test\.ts$|\.d\.ts$|\.tsx?$/, '')
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return ['a name that is not in kebab case']
  return /^(utils?|helpers?|common|types|manager|base)$/.test(name) ? ['a name that says nothing'] : []
}

export const oneTitle: Rule = ({ text }) => {
  const titles = text.replace(/^```[\s\S]*?^```/gm, '').match(/^# .+/gm) ?? []
  return titles.length === 1 && text.startsWith('# ') ? [] : [`${titles.length} titles, or none in the first line`]
}

/** A lock file must serve whatever registry an installer uses. */
export const noDownloadAddresses: Rule = ({ text }) => {
  const resolved = text.match(/"resolved": *"[^"]*"/g) ?? []
  return resolved.map((each) => `names where it came from: ${each}`)
}
