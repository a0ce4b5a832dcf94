/** The configuration while the broker runs: every directive of Redis 7.0 with its value, CONFIG GET and CONFIG SET.
 *
 *  Values are byte strings (one character per byte, see `words.ts`) and change all together or not at all: a CONFIG SET of several
 *  directives first checks all of them, then sets them, then tells the listeners, and goes back to the old values when a listener refuses.
 *  Nothing here opens a file or a socket; what a change means outside is the listeners' business. */

import { globMatches } from '../../lib/glob.ts'
import type { Renaming } from './command-names.ts'
import type { Directive } from './directive.ts'
import { directives, findDirective } from './directives.ts'
import { ValueRefused } from './kinds.ts'
import { readSettings, type Settings } from './settings.ts'

/** Who asks for a change, as far as it matters. */
export type ChangeContext = {
  /** The data is still being read. */
  readonly loading?: boolean
  /** The client is on this machine (loopback or unix socket), for `local` of `enable-protected-configs`. */
  readonly localClient?: boolean
}

/** Called once per CONFIG SET after values were changed; `settings` has the new ones already. Throws ValueRefused to have all of them taken
 *  back, and must then have changed nothing itself; listeners that ran before it are called again with the old values. */
export type ChangeListener = (settings: Settings) => void

/** A value that a change would give to a directive. `name` is the directive's name or alias in lower case, as errors print it. */
type Assignment = { readonly directive: Directive; readonly name: string; readonly value: string }

/** What a change did: the values before it, and what now differs, by the directive's name with the name it was given under. */
type Written = { readonly before: ReadonlyMap<string, string>; readonly changed: ReadonlyMap<string, string> }

/** A change that is refused; the message is the whole error reply. */
class ChangeRefused extends Error {}

export class Config {
  /** Typed values of the honoured directives. The object stays the same for ever and its fields are always current. */
  readonly settings: Settings
  /** Commands to be renamed at start, in the order of the file; an empty new name takes the command away. */
  readonly renamedCommands: Renaming[] = []
  /** The `user` lines of the file: a name and its rules. */
  readonly userLines: (readonly string[])[] = []
  /** The text of every directive, by its name. */
  readonly #texts = new Map<string, string>(directives.map((item) => [item.name, item.initial]))
  /** Listeners by the directive's name. */
  readonly #listeners = new Map<string, ChangeListener[]>()

  constructor() {
    this.settings = this.#readSettings()
  }

  /** The value of a directive as CONFIG GET prints it (but for what its kind keeps and does not show), by name or alias in any case. Throws when there is no such directive: a name in our
   *  own code is never a user's mistake. */
  get(name: string): string {
    return this.#texts.get(knownDirective(name).name)!
  }

  /** What CONFIG GET answers: pairs of name and value. A pattern without `*`, `?` or `[` is a name and comes back as it was written; others
   *  match names and aliases in any case. No name comes twice. Redis' order is random; ours is that of the patterns, then of the reference. */
  getMatching(patterns: readonly string[]): [name: string, value: string][] {
    const found = new Map<string, [string, string]>()
    for (const pattern of patterns) {
      for (const [name, directive] of matching(pattern)) {
        const key = name.toLowerCase()
        const text = this.get(directive.name)
        if (!found.has(key)) found.set(key, [name, directive.kind.shown?.(text) ?? text])
      }
    }
    return [...found.values()]
  }

  /** Runs CONFIG SET with the words that follow it: names and values in turn, at least one pair. Returns `undefined` when all are set, else
   *  the whole error reply (`ERR …` or `LOADING …`), with nothing changed. */
  set(words: readonly string[], context: ChangeContext = {}): string | undefined {
    try {
      this.#tell(this.#write(this.#checkedAssignments(words, context)))
      return undefined
    } catch (error) {
      if (error instanceof ChangeRefused) return error.message
      throw error
    }
  }

  /** Says what CONFIG SET would do, and does none of it: for changes that the outside must try first and can only try asynchronously, such
   *  as listening on another port. Returns the error reply, or the settings as they would be and the names of what would change. */
  preview(
    words: readonly string[],
    context: ChangeContext = {},
  ): { readonly refusal: string } | { readonly settings: Settings; readonly changed: readonly string[] } {
    try {
      const { before, changed } = this.#write(this.#checkedAssignments(words, context))
      const settings = { ...this.settings }
      this.#restore(before)
      return { settings, changed: [...changed.keys()] }
    } catch (error) {
      if (error instanceof ChangeRefused) return { refusal: error.message }
      throw error
    }
  }

  /** Has `listener` called after a CONFIG SET changed any of the directives `names`. Returns the function that takes it off again. */
  onChange(names: readonly string[], listener: ChangeListener): () => void {
    const lists = names.map((name) => this.#listenersOf(name))
    for (const list of lists) list.push(listener)
    return () => {
      for (const list of lists) list.splice(list.indexOf(listener), 1)
    }
  }

  /** Gives a directive a value at start, from the words of a file, the command line or what the machine made of it (the absolute path of
   *  `dir`), whether CONFIG SET could or not. Calls no listener. Throws ValueRefused, with nothing changed. */
  assign(name: string, words: readonly string[]): void {
    const directive = knownDirective(name)
    this.#texts.set(directive.name, this.#read(directive, words))
    Object.assign(this.settings, this.#readSettings())
  }

  #checkedAssignments(words: readonly string[], context: ChangeContext): Assignment[] {
    if (words.length % 2 === 1) throw new ChangeRefused('ERR syntax error')
    const assignments: Assignment[] = []
    for (let at = 0; at < words.length; at += 2) {
      const given = words[at]!
      const directive = findDirective(given)
      if (directive === undefined) {
        throw new ChangeRefused(`ERR Unknown option or number of arguments for CONFIG SET - '${given}'`)
      }
      const name = given.toLowerCase()
      const reason = this.#reasonAgainst(directive, context)
      if (reason !== undefined) throw refusal(given, reason)
      if (context.loading === true && directive.deniedWhileLoading === true) {
        throw new ChangeRefused('LOADING Redis is loading the dataset in memory')
      }
      // A name and its alias in one command are two names to Redis; the later value stays.
      if (assignments.some((earlier) => earlier.name === name)) throw refusal(given, 'duplicate parameter')
      assignments.push({ directive, name, value: words[at + 1]! })
    }
    return assignments
  }

  #reasonAgainst(directive: Directive, context: ChangeContext): string | undefined {
    if (directive.change === 'fixed') return "can't set immutable config"
    const allowed = this.settings.protectedConfigs
    const mayChangeGuarded = allowed === 'yes' || (allowed === 'local' && context.localClient === true)
    return directive.change === 'guarded' && !mayChangeGuarded ? "can't set protected config" : undefined
  }

  /** Gives all values, or none and throws ChangeRefused. */
  #write(assignments: readonly Assignment[]): Written {
    const before = new Map(assignments.map(({ directive }) => [directive.name, this.get(directive.name)]))
    const changed = new Map<string, string>()
    for (const { directive, name, value } of assignments) {
      try {
        const text = this.#read(directive, wordsOf(directive, value))
        if (text === before.get(directive.name)) changed.delete(directive.name)
        else if (directive.change === 'guarded')
          throw new ValueRefused('the data file stays where it is while it is open')
        else changed.set(directive.name, name)
        this.#texts.set(directive.name, text)
      } catch (error) {
        this.#restore(before)
        throw asRefusal(name, error)
      }
    }
    Object.assign(this.settings, this.#readSettings())
    return { before, changed }
  }

  #tell({ before, changed }: Written): void {
    const told = new Set<ChangeListener>()
    for (const [directiveName, name] of changed) {
      for (const listener of this.#listenersOf(directiveName)) {
        if (told.has(listener)) continue
        try {
          listener(this.settings)
        } catch (error) {
          this.#restore(before)
          for (const earlier of told) earlier(this.settings)
          throw asRefusal(name, error)
        }
        told.add(listener)
      }
    }
  }

  #restore(texts: ReadonlyMap<string, string>): void {
    for (const [name, text] of texts) this.#texts.set(name, text)
    Object.assign(this.settings, this.#readSettings())
  }

  #read(directive: Directive, words: readonly string[]): string {
    if (!directive.kind.manyWords && words.length !== 1) throw new ValueRefused('wrong number of arguments')
    const text = directive.kind.read(words, this.get(directive.name))
    if (directive.only !== undefined && text !== directive.only.value) throw new ValueRefused(directive.only.otherwise)
    return text
  }

  #readSettings(): Settings {
    return readSettings((name) => this.get(name))
  }

  #listenersOf(name: string): ChangeListener[] {
    const directive = knownDirective(name)
    let list = this.#listeners.get(directive.name)
    if (list === undefined) {
      list = []
      this.#listeners.set(directive.name, list)
    }
    return list
  }
}

function knownDirective(name: string): Directive {
  const directive = findDirective(name)
  if (directive === undefined) throw new Error(`no directive is called ${name}`)
  return directive
}

function matching(pattern: string): readonly (readonly [string, Directive])[] {
  if (!/[[*?]/.test(pattern)) {
    const directive = findDirective(pattern)
    return directive === undefined ? [] : [[pattern, directive]]
  }
  const bytes = Buffer.from(pattern, 'latin1')
  return directives
    .filter((directive) => directive.hidden !== true)
    .flatMap((directive) =>
      [directive.name, directive.alias ?? directive.name].map((name) => [name, directive] as const),
    )
    .filter(([name]) => globMatches(bytes, Buffer.from(name, 'latin1'), true))
}

/** CONFIG SET has one argument per directive: values of many words are parted at every single blank. */
function wordsOf(directive: Directive, value: string): readonly string[] {
  if (!directive.kind.manyWords) return [value]
  return value === '' ? [] : value.split(' ')
}

/** The error reply of a CONFIG SET that failed because of one directive. */
export function changeRefusal(name: string, reason: string): string {
  const detail = reason === '' ? '' : ` - ${reason}`
  return `ERR CONFIG SET failed (possibly related to argument '${name}')${detail}`
}

function refusal(name: string, reason: string): ChangeRefused {
  return new ChangeRefused(changeRefusal(name, reason))
}

/** A refused value becomes an answer; anything else is a bug and stays what it is. */
function asRefusal(name: string, error: unknown): unknown {
  return error instanceof ValueRefused ? refusal(name, error.message) : error
}
