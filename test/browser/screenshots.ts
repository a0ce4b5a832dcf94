/** Takes the pictures of the console that the README shows: `npm run screenshots`. */
import { mkdirSync, statSync } from 'node:fs'
import { type Browser, type Console, openBrowser, openConsole } from './stage.ts'
import { fill, keepBusy } from './traffic.ts'

const folder = 'docs/console'
const bytesMax = 150 * 1024

interface Picture {
  readonly name: string
  readonly hash: string
  /** What is done before it is taken: this is clicked on, these lines are typed. */
  readonly click?: string
  readonly lines?: readonly string[]
  /** Charts want some samples first. */
  readonly afterMs: number
}

const lines = [
  'XADD orders * kind placed sku A-1',
  'XRANGE orders - + COUNT 1',
  'XPENDING orders billing',
  'LPOP orders',
  'XGROUP CREATE',
]

const pictures: readonly Picture[] = [
  { name: 'overview', hash: '#/overview', afterMs: 30_000 },
  { name: 'stream', hash: '#/streams/orders', click: '.entry:nth-child(3) .entry-head', afterMs: 1000 },
  { name: 'pending', hash: '#/streams/orders?view=pending&group=billing', afterMs: 1000 },
  { name: 'keys', hash: '#/keys', afterMs: 1000 },
  { name: 'command', hash: '#/command', lines, afterMs: 1000 },
]

async function take(browser: Browser, shown: Console, colorScheme: 'light' | 'dark'): Promise<void> {
  for (const { name, hash, click, lines = [], afterMs } of pictures) {
    const watched = await browser.page(`${shown.url}${hash}`, { colorScheme, viewport: { width: 1200, height: 760 } })
    await watched.page.waitForTimeout(afterMs)
    if (click !== undefined) await watched.page.locator(click).click()
    for (const line of lines) {
      await watched.page.keyboard.type(line)
      if (line !== lines.at(-1)) await watched.page.keyboard.press('Enter')
      await watched.page.waitForTimeout(300)
    }
    const path = `${folder}/${name}-${colorScheme}.png`
    await watched.page.screenshot({ path })
    await watched.close()
    if (watched.complaints.length > 0) throw new Error(`${name}: ${watched.complaints.join('\n')}`)
    if (statSync(path).size > bytesMax) throw new Error(`${path} has more than ${bytesMax} bytes`)
    console.log(path)
  }
}

mkdirSync(folder, { recursive: true })
const shown = await openConsole({ flags: ['--appendonly', 'yes'] })
await fill(shown.server, { isHostile: false })
const rest = await keepBusy(shown.server)
const browser = await openBrowser()
try {
  for (const colorScheme of ['light', 'dark'] as const) await take(browser, shown, colorScheme)
} finally {
  await browser.close()
  await rest()
  await shown.close()
}
