/** A user: whether and how it may come in, and what it may do. Passwords are kept as SHA-256 digests only. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { latin1Bytes } from '../../lib/bytes.ts'
import { splitWords } from '../../lib/words.ts'
import { lowerCase } from '../config/command-names.ts'
import type { AclCommands } from './acl-commands.ts'
import { selectorWords } from './describe.ts'
import { type Bounds, ruleFault, Selector } from './selector.ts'

export class User {
  readonly name: string
  isOn = false
  /** Any password will do. */
  noPassword = false
  /** Whether payloads of RESTORE are checked: kept and told, since all are. */
  sanitizes: 'unsaid' | 'yes' | 'skip' = 'unsaid'
  /** Digests in hexadecimal digits, as they came. */
  passwords: string[] = []
  /** Its own rules. */
  root: Selector
  /** Those in parentheses. */
  selectors: Selector[] = []
  /** The user of which this is a narrowed form. */
  base: User | undefined
  #bounds: Bounds = {}
  readonly #commands: AclCommands
  readonly #opensChannels: () => boolean

  /** May do nothing. `opensChannels` is `acl-pubsub-default`: whether whoever begins anew may use all channels. */
  constructor(name: string, commands: AclCommands, opensChannels: () => boolean) {
    this.name = name
    this.#commands = commands
    this.#opensChannels = opensChannels
    this.root = this.#newSelector()
  }

  /** The same rights under the same name. */
  copy(): User {
    const copy = new User(this.name, this.#commands, this.#opensChannels)
    copy.become(this)
    return copy
  }

  /** A user of the same name with the same rights but for keys and channels beyond the bounds. It is in no list of users. */
  narrowed(bounds: Bounds): User {
    const narrow = new User(this.name, this.#commands, this.#opensChannels)
    narrow.become(this)
    narrow.base = this
    narrow.#bounds = bounds
    narrow.root = this.root.narrowed(bounds)
    narrow.selectors = this.selectors.map((each) => each.narrowed(bounds))
    return narrow
  }

  /** A narrowed user after its base has changed; itself when it is not narrowed. */
  get renewed(): User {
    return this.base === undefined ? this : this.base.narrowed(this.#bounds)
  }

  /** Whether it is the same user and not bound in another way, so that it may whatever the other one may. */
  covers(other: User): boolean {
    if ((this.base ?? this) !== (other.base ?? other)) return false
    return this.base === undefined || boundsText(this.#bounds) === boundsText(other.#bounds)
  }

  /** Takes over everything but the name. */
  become(other: User): void {
    this.isOn = other.isOn
    this.noPassword = other.noPassword
    this.sanitizes = other.sanitizes
    this.passwords = [...other.passwords]
    this.root = other.root.copy()
    this.selectors = other.selectors.map((each) => each.copy())
  }

  /** Its own rules and those in parentheses. */
  get allSelectors(): readonly Selector[] {
    return [this.root, ...this.selectors]
  }

  /** Nothing needs to be checked. */
  get mayDoEverything(): boolean {
    return this.allSelectors.some((each) => each.allCommands && each.allKeys && each.allChannels)
  }

  /** Whether the password lets it in. */
  accepts(password: Uint8Array): boolean {
    if (!this.isOn) return false
    if (this.noPassword) return true
    const given = digest(password)
    let isRight = false
    // All are compared, each in the same time: how long it takes tells nothing of any.
    for (const each of this.passwords) if (timingSafeEqual(given, Buffer.from(each, 'hex'))) isRight = true
    return isRight
  }

  /** Applies a rule; returns why it can't be. */
  apply(rule: string): string | undefined {
    if (rule === '') return undefined
    if (/^[>#<!]/.test(rule)) return this.#applyPassword(rule)
    if (rule.startsWith('(') && rule.endsWith(')')) return this.#addSelector(rule.slice(1, -1))
    switch (lowerCase(rule)) {
      case 'on':
        return this.#set({ isOn: true })
      case 'off':
        return this.#set({ isOn: false })
      case 'nopass':
        return this.#set({ noPassword: true, passwords: [] })
      case 'resetpass':
        return this.#set({ noPassword: false, passwords: [] })
      case 'sanitize-payload':
        return this.#set({ sanitizes: 'yes' })
      case 'skip-sanitize-payload':
        return this.#set({ sanitizes: 'skip' })
      case 'clearselectors':
        return this.#set({ selectors: [] })
      case 'reset':
        return this.#reset()
    }
    return this.root.apply(rule)
  }

  /** Words such as `on` and `nopass`. */
  get flags(): string[] {
    const flags = [this.isOn ? 'on' : 'off']
    if (this.noPassword) flags.push('nopass')
    if (this.sanitizes === 'yes') flags.push('sanitize-payload')
    if (this.sanitizes === 'skip') flags.push('skip-sanitize-payload')
    return flags
  }

  /** The rules that make it, word by word; those of a selector may be several words. */
  get words(): string[] {
    const selectors = this.selectors.flatMap((each) => {
      const words = selectorWords(each, this.#commands)
      return [`(${words[0]}`, ...words.slice(1, -1), `${words.at(-1)})`]
    })
    const passwords = this.passwords.map((each) => `#${each}`)
    return [...this.flags, ...passwords, ...selectorWords(this.root, this.#commands), ...selectors]
  }

  #set(changes: Partial<Pick<User, 'isOn' | 'noPassword' | 'sanitizes' | 'passwords' | 'selectors'>>): undefined {
    Object.assign(this, changes)
  }

  #reset(): undefined {
    this.isOn = false
    this.noPassword = false
    this.sanitizes = 'yes'
    this.passwords = []
    this.root = this.#newSelector()
    this.selectors = []
  }

  #newSelector(): Selector {
    const selector = new Selector(this.#commands)
    if (this.#opensChannels()) selector.apply('allchannels')
    return selector
  }

  /** `>password`, `#digest`, `<password`, `!digest`. */
  #applyPassword(rule: string): string | undefined {
    const isPlain = rule.startsWith('>') || rule.startsWith('<')
    const hash = isPlain ? digest(latin1Bytes(rule.slice(1))).toString('hex') : rule.slice(1)
    if (!/^[0-9a-f]{64}$/.test(hash)) return ruleFault.badHash
    const at = this.passwords.indexOf(hash)
    if (rule.startsWith('>') || rule.startsWith('#')) {
      if (at < 0) this.passwords.push(hash)
      this.noPassword = false
    } else {
      if (at < 0) return ruleFault.noSuchPassword
      this.passwords.splice(at, 1)
    }
    return undefined
  }

  #addSelector(rules: string): string | undefined {
    const selector = this.#newSelector()
    // As in Redis, quotes that do not close leave nothing of the text: the selector allows nothing.
    for (const rule of splitWords(cString(rules)) ?? []) {
      const fault = selector.apply(rule)
      if (fault !== undefined) return fault
    }
    this.selectors.push(selector)
    return undefined
  }
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** As Redis takes text that it hands on as a C string: up to the first NUL. */
export function cString(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** Joins the words of selectors, `(+get` and `~x)`; undefined together with the word that opens one that is not closed. */
export function joinSelectors(words: readonly string[]): { rules: string[] } | { open: string } {
  const rules: string[] = []
  let open: string | undefined
  let joined = ''
  for (const word of words) {
    // A selector that is begun while another is open takes its place, as in Redis.
    if (word.startsWith('(') && !word.endsWith(')')) {
      open = word
      joined = word
      continue
    }
    if (open === undefined) {
      rules.push(word)
      continue
    }
    joined += ` ${cString(word)}`
    if (!word.endsWith(')')) continue
    rules.push(joined)
    open = undefined
  }
  return open === undefined ? { rules } : { open }
}

function boundsText({ keys, channels }: Bounds): string {
  const keyTexts = keys?.map(({ text, permissions }) => [text, permissions])
  return JSON.stringify([keyTexts, channels?.map(({ text }) => text)])
}
