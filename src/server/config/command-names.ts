/** `rename-command`: the names that commands go by. Their facts, the log and the statistics keep to their own names, so
 *  that a log written under one configuration can be read under any other. */

/** One line of the file; an empty new name takes the command away. */
export type Renaming = { readonly from: string; readonly to: string }

/** The names in use, each with the command's own name. Names are byte strings and count in any case. */
export class CommandNames {
  readonly #ownNames: Map<string, string>

  /** `ownNames` are in lower case. */
  constructor(ownNames: Iterable<string>) {
    this.#ownNames = new Map([...ownNames].map((name) => [name, name]))
  }

  /** Renames the command that goes by `from` at this point; returns the reason when that can't be. */
  rename({ from, to }: Renaming): string | undefined {
    const ownName = this.#ownNames.get(lowerCase(from))
    if (ownName === undefined) return 'No such command in rename-command'
    this.#ownNames.delete(lowerCase(from))
    if (to === '') return undefined
    if (this.#ownNames.has(lowerCase(to))) return 'Target command name already exists'
    this.#ownNames.set(lowerCase(to), ownName)
    return undefined
  }

  /** The name in use of every command that still has one, by its own. */
  get byOwnName(): ReadonlyMap<string, string> {
    return new Map([...this.#ownNames].map(([name, ownName]) => [ownName, name]))
  }
}

/** As commands are compared: only ASCII letters have a case. */
export function lowerCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
