/** The house rules of the project, held by a machine; each is shown to fail on a file that breaks it. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commandTable } from '../src/commands/table.ts'
import {
  browserSafety,
  fileLength,
  fileName,
  functionLength,
  importsOf,
  importTable,
  moduleHomes,
  noAny,
  noDefaultExport,
  noDownloadAddresses,
  noLeftovers,
  oneTitle,
  ownPath,
  purity,
  type Rule,
  type SourceFile,
  selfContained,
} from './tidy/rules.ts'

/** Paths of the files under a folder that have one of the endings. */
function filesIn(folder: string, ...endings: string[]): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}

const sources = [...filesIn('src', '.ts', '.tsx'), ...filesIn('protocol', '.ts')]
const tests = filesIn('test', '.ts', '.py')
const code = [...sources, ...tests.filter(({ path }) => path.endsWith('.ts')), ...filesIn('examples', '.mjs')]
const texts = readdirSync('.').filter((name) => name.endsWith('.md'))
const documents = [...texts.map((path) => ({ path, text: readFileSync(path, 'utf8') })), ...filesIn('protocol', '.md')]
const lockFile = { path: 'package-lock.json', text: readFileSync('package-lock.json', 'utf8') }

const many = (line: string, count: number): string => `${line}\n`.repeat(count)
const aFunction = (lines: number): string => `  run(call: Call): void {\n${many('    step()', lines - 2)}  }\n`

const rules: readonly {
  title: string
  rule: Rule
  files: readonly SourceFile[]
  bad: SourceFile[]
  good: SourceFile[]
}[] = [
  {
    title: 'a room imports only from the rooms below it',
    rule: importTable,
    files: sources,
    bad: [
      { path: 'src/broker/a.ts', text: "import { b } from '../keyspace/b.ts'" },
      { path: 'src/lib/a.ts', text: "import type {\n  b,\n} from '../../protocol/resp/args.ts'" },
      { path: 'src/frontends/a.ts', text: "export { b } from '../commands/b.ts'" },
      { path: 'src/elsewhere/a.ts', text: '' },
      { path: 'src/frontends/console/pages/a.tsx', text: "import { b } from '../../../lib/b.ts'" },
      { path: 'src/frontends/a.ts', text: "import { b } from '../client/b.ts'" },
    ],
    good: [
      { path: 'src/commands/list/a.ts', text: "import { b } from '../../broker/b.ts'\nimport { c } from './c.ts'" },
      { path: 'protocol/resp/a.ts', text: "import { b } from '../../src/lib/bytes.ts'" },
      { path: 'src/cli.ts', text: "import { b } from './log/b.ts'" },
      { path: 'src/frontends/console/pages/a.tsx', text: "import { b } from '../lib/b.ts'" },
    ],
  },
  {
    title: 'the database and the network have one room each',
    rule: moduleHomes,
    files: sources,
    bad: [
      { path: 'src/server/a.ts', text: "import Database from 'better-sqlite3'" },
      { path: 'src/cli/a.ts', text: "import { createServer } from 'node:net'" },
      { path: 'src/server/a.ts', text: "import type { Server } from 'node:net'" },
      { path: 'src/frontends/a.ts', text: "import { render } from 'preact'" },
    ],
    good: [
      { path: 'src/log/a.ts', text: "import Database from 'better-sqlite3'" },
      { path: 'src/frontends/a.ts', text: "import { createServer } from 'node:net'" },
      { path: 'src/cli/a.ts', text: "import type { Server } from 'node:net'" },
    ],
  },
  {
    title: 'a pure room reads no clock and no randomness, starts no timer and opens nothing',
    rule: purity,
    files: sources,
    bad: [
      'const now = Date.now()',
      'const now = new Date()',
      'const luck = Math.random()',
      "import { randomBytes } from 'node:crypto'",
      'const now = performance.now()',
      'setTimeout(go, 5)',
      'const port = process.env.PORT',
      "import { openSync } from 'node:fs'",
    ].map((text) => ({ path: 'src/keyspace/a.ts', text })),
    good: [
      { path: 'src/keyspace/a.ts', text: '/** Not Date.now(). */\n  // Nor setTimeout.\nserver.process.sleep(5)' },
      { path: 'src/cli/a.ts', text: 'const now = Date.now()' },
    ],
  },
  {
    title: 'the client stands alone',
    rule: selfContained,
    files: sources,
    bad: [
      "import { b } from '../../protocol/websocket/b.ts'",
      "import { type B, b } from '../../protocol/websocket/b.ts'",
      "import type { B } from '../../protocol/resp/b.ts'",
      "import { once } from 'node:events'",
      "import type { WebSocket } from 'ws'",
    ].map((text) => ({ path: 'src/client/a.ts', text })),
    good: [
      {
        path: 'src/client/a.ts',
        text: "import type { B } from '../../protocol/websocket/b.ts'\nimport { c } from './c.ts'",
      },
      { path: 'src/frontends/a.ts', text: "import { once } from 'node:events'" },
    ],
  },
  {
    title: 'a page takes nothing for a part of itself that somebody stored, and asks no other server',
    rule: browserSafety,
    files: sources,
    bad: [
      'element.innerHTML = value',
      '<p dangerouslySetInnerHTML={{ __html: value }} />',
      'document.write(value)',
      'eval(value)',
      'new Function(value)',
      "setTimeout('go()', 5)",
      "fetch('https://example.org/font')",
      '<a href="javascript:go()">',
    ].map((text) => ({ path: 'src/frontends/console/a.tsx', text })),
    good: [
      {
        path: 'src/frontends/console/a.tsx',
        text: '/** Not innerHTML. */\nelement.textContent = value\nsetTimeout(go, 5)',
      },
      { path: 'src/frontends/http/a.ts', text: "const base = 'http://localhost'" },
    ],
  },
  {
    title: 'a file is read in one sitting',
    rule: fileLength,
    files: sources,
    bad: [{ path: 'src/a.ts', text: many('x', 401) }],
    good: [{ path: 'src/a.ts', text: many('x', 400) }],
  },
  {
    title: 'a function is read without scrolling',
    rule: functionLength,
    files: sources,
    bad: [
      { path: 'src/a.ts', text: aFunction(71) },
      { path: 'src/a.ts', text: `export const f = (): void => {\n${many('  step()', 70)}}\n` },
      { path: 'src/a.ts', text: `export function f(\n  a: number,\n): void {\n${many('  step()', 70)}}\n` },
    ],
    good: [
      { path: 'src/a.ts', text: aFunction(70) },
      { path: 'src/a.ts', text: `const list = {\n${many('  a,', 100)}}\n` },
      { path: 'src/a.ts', text: `export class A {\n${aFunction(40)}\n${aFunction(40)}}\n` },
    ],
  },
  {
    title: 'nothing is exported by default',
    rule: noDefaultExport,
    files: code,
    bad: [{ path: 'src/a.ts', text: 'const a = 1\nexport default a' }],
    good: [{ path: 'src/a.ts', text: "import Database from 'better-sqlite3'\nexport const a = 1" }],
  },
  {
    title: 'every type says something',
    rule: noAny,
    files: sources,
    bad: [
      { path: 'src/a.ts', text: 'function f(a: any) {}' },
      { path: 'src/a.ts', text: 'const b = a as any' },
    ],
    good: [{ path: 'src/a.ts', text: "/** As any other. */\nconst a: unknown = 'any'" }],
  },
  {
    title: 'nothing is left for later in the code or the documents',
    rule: noLeftovers,
    files: [...code.filter(({ path }) => !path.startsWith('test/tidy')), ...documents],
    bad: ['// TODO: later', '# FIXME', 'test.only(', 'XXX'].map((text) => ({ path: 'src/a.ts', text })),
    good: [{ path: 'src/a.ts', text: '/** All that is to do is done. */' }],
  },
  {
    title: 'files have names in kebab case that say something',
    rule: fileName,
    files: [...sources, ...tests.filter(({ path }) => path.endsWith('.ts'))],
    bad: ['src/lib/ByteMap.ts', 'src/lib/byte_map.ts', 'src/lib/utils.ts', 'test/helpers.ts'].map((path) => ({
      path,
      text: '',
    })),
    good: ['src/lib/byte-map.ts', 'test/lib/byte-map.test.ts'].map((path) => ({ path, text: '' })),
  },
  {
    title: 'a document has one title, in its first line',
    rule: oneTitle,
    files: documents,
    bad: [
      { path: 'a.md', text: '# A\n\n# B\n' },
      { path: 'a.md', text: 'A\n' },
      { path: 'a.md', text: '\n# A\n' },
    ],
    good: [{ path: 'a.md', text: '# A\n\n## B\n\n```sh\n# a comment\n```\n' }],
  },
  {
    title: 'the lock file names no place to download from',
    rule: noDownloadAddresses,
    files: [lockFile],
    bad: [{ path: 'package-lock.json', text: '{"a": {"version": "1.0.0", "resolved": "somewhere/a.tgz"}}' }],
    good: [
      { path: 'package-lock.json', text: '{"a": {"version": "1.0.0", "funding": {"url": "https://example.org"}}}' },
    ],
  },
]

describe.each(rules)('$title', ({ rule, files, bad, good }) => {
  test('holds', () => {
    expect(files.length).toBeGreaterThan(0)
    expect(files.flatMap((file) => rule(file).map((complaint) => `${file.path}: ${complaint}`))).toEqual([])
  })

  test('is broken by what breaks it, and by nothing else', () => {
    for (const file of bad) expect(rule(file), file.text).not.toEqual([])
    for (const file of good) expect(rule(file), file.text).toEqual([])
  })
})

describe('what is there is used', () => {
  const entries = [
    'src/cli.ts',
    'src/docs.ts',
    'src/log/writer-thread.ts',
    'src/frontends/doorman-process.ts',
    'src/frontends/write-thread.ts',
    'src/frontends/console/main.tsx',
    'src/frontends/console/ambient.d.ts',
    'src/client/client.ts',
  ]
  const unused = (files: readonly SourceFile[]): string[] => {
    const imported = new Set(files.flatMap((file) => importsOf(file).map(({ module }) => ownPath(file.path, module))))
    return files.map(({ path }) => path).filter((path) => !imported.has(path) && !entries.includes(path))
  }

  test('every source file is imported by another', () => expect(unused(sources)).toEqual([]))

  test('a file that nobody imports is found', () => {
    const files = [
      { path: 'src/cli.ts', text: "import { a } from './lib/a.ts'" },
      { path: 'src/lib/a.ts', text: '' },
      { path: 'src/lib/b.ts', text: '' },
    ]
    expect(unused(files)).toEqual(['src/lib/b.ts'])
  })
})

describe('every command has a test that names it', () => {
  const names = commandTable.flatMap(({ name, subcommands }) =>
    subcommands === undefined ? [name] : subcommands.map((each) => `${name} ${each.name}`),
  )
  /** Commands that stand in none of the texts, in capitals, words apart by whatever a list of words is written with. */
  const unnamed = (all: readonly string[], files: readonly SourceFile[]): string[] => {
    const text = files.map((file) => file.text).join('\n')
    const pattern = (name: string): RegExp =>
      new RegExp(`(?<![\\w-])${name.toUpperCase().replace('|', '\\|').split(' ').join(`['", ]+`)}(?![\\w-])`)
    return all.filter((name) => !pattern(name).test(text))
  }
  const places = [
    ...tests.filter(({ path }) => !path.startsWith('test/tidy')),
    ...filesIn('protocol/sessions', '.session'),
  ]

  test('in test/ or in a session', () => expect(unnamed(names, places)).toEqual([]))

  test('a command that nobody tests is found', () => {
    const files = [{ path: 'test/a.test.ts', text: "call('XGROUP CREATE s g $') call(['XGROUP', 'SETID'])" }]
    expect(unnamed(['xgroup create', 'xgroup setid', 'xgroup destroy', 'xgro'], files)).toEqual([
      'xgroup destroy',
      'xgro',
    ])
  })
})

describe('every package that is used is defended', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const undefended = (text: string): string[] =>
    Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !text.includes(`\`${name}\``))

  test('by a sentence in ARCHITECTURE.md', () =>
    expect(undefended(readFileSync('ARCHITECTURE.md', 'utf8'))).toEqual([]))

  test('a package without one is found', () =>
    expect(undefended('`pino` writes the messages.')).toContain('better-sqlite3'))
})
