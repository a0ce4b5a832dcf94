/** Light or dark: as the system says, unless the reader chose. */
import { Store } from '../lib/store.ts'

export type Theme = 'system' | 'light' | 'dark'

const themeItem = 'millrace.theme'
const order: readonly Theme[] = ['system', 'light', 'dark']

const kept = order.find((theme) => theme === localStorage.getItem(themeItem))
export const theme = new Store<Theme>(kept ?? 'system')
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

/** Told whenever colours change, for charts, which can't be styled. */
export const isDark = new Store(false)

export function applyTheme(): void {
  const dark = theme.value === 'dark' || (theme.value === 'system' && systemIsDark.matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  if (isDark.value !== dark) isDark.set(dark)
}

export function nextTheme(): void {
  const next = order[(order.indexOf(theme.value) + 1) % order.length]!
  localStorage.setItem(themeItem, next)
  theme.set(next)
  applyTheme()
}

systemIsDark.addEventListener('change', applyTheme)
