/** The console by keyboard. */
import type { PageName } from '../lib/address.ts'
import { Store } from '../lib/store.ts'
import { linkTo, refreshes, useStore } from './hooks.ts'
import { Dialog } from './messages.tsx'
import { nextTheme } from './theme.ts'

export interface PageKey {
  readonly name: PageName
  readonly letter: string
  readonly title: string
}

export const shortcutsShown = new Store(false)
const pageKeys = new Store<readonly PageKey[]>([])
/** A second key that comes later than this after `g` means itself. */
const chordMs = 1500

/** Listens until what it returns is called. */
export function listenToKeys(keys: readonly PageKey[]): () => void {
  pageKeys.set(keys)
  let chordAt = 0
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isAsked()) return
    const page = event.timeStamp - chordAt < chordMs ? keys.find(({ letter }) => letter === event.key) : undefined
    chordAt = event.key === 'g' ? event.timeStamp : 0
    if (page !== undefined) location.hash = linkTo(page.name)
    else if (!runShortcut(event.key)) return
    event.preventDefault()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

function runShortcut(key: string): boolean {
  switch (key) {
    case '?':
      shortcutsShown.set(true)
      return true
    case '/':
      return focusOn('[data-search]')
    case 'r':
      refreshes.set(refreshes.value + 1)
      return true
    case 't':
      nextTheme()
      return true
    case 'j':
      return moveRow(1)
    case 'k':
      return moveRow(-1)
  }
  return false
}

function focusOn(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector)
  element?.focus()
  if (element instanceof HTMLInputElement) element.select()
  return element !== null
}

/** The focus goes to the link or button of the next or previous row. */
function moveRow(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')]
  const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement))
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  return next !== undefined
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea, select')
}

function isAsked(): boolean {
  return document.querySelector('dialog[open]') !== null
}

export function ShortcutsDialog() {
  const isShown = useStore(shortcutsShown)
  const pages = useStore(pageKeys)
  if (!isShown) return null
  const close = (): void => shortcutsShown.set(false)
  const rows: [string, string][] = [
    ...pages.map(({ letter, title }): [string, string] => [`g ${letter}`, title]),
    ['/', 'Search'],
    ['j  k', 'Next, previous row'],
    ['Enter', 'Open the row'],
    ['r', 'Ask anew'],
    ['t', 'Colours: as the system, light, dark'],
    ['Esc', 'Close a window'],
    ['?', 'This list'],
  ]
  return (
    <Dialog title="Keyboard" onClose={close}>
      <dl class="shortcuts">
        {rows.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              {keys.split(/\s+/).map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-buttons">
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  )
}
