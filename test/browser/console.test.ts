/** The console in a real Chromium, on a real server at work: every page is opened and acted on. */

import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { pages } from '../../src/frontends/console/lib/address.ts'
import { hasChromium } from '../support/chromium.ts'
import { printReply } from '../support/notation.ts'
import type { RespClient } from '../support/resp-client.ts'
import { startMillrace } from '../support/servers.ts'
import {
  type Browser,
  type Console,
  type Look,
  openBrowser,
  openConsole,
  patienceMs,
  phone,
  type WatchedPage,
} from './stage.ts'
import { fill, hostile, keepBusy } from './traffic.ts'

describe.skipIf(!hasChromium)('the console', () => {
  let browser: Browser
  let shown: Console
  let client: RespClient
  let rest: () => Promise<void>

  beforeAll(async () => {
    shown = await openConsole()
    await fill(shown.server)
    rest = await keepBusy(shown.server)
    client = await shown.server.connect()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await rest?.()
    client?.reset()
    await shown?.close()
  })

  let shared: WatchedPage | undefined
  let complaints: string[] = []
  afterEach(() => expect(complaints).toEqual([]))

  /** Goes there in the one page that most tests share. */
  async function visit(hash: string): Promise<Page> {
    shared ??= await browser.page('about:blank', {}, shown.url)
    shared.complaints.length = 0
    complaints = shared.complaints
    await shared.page.goto('about:blank')
    await shared.page.goto(`${shown.url}${hash}`)
    return shared.page
  }

  /** A page of its own, for what needs another look or leaves something behind. */
  async function open(hash: string, look: Look = {}, at = shown): Promise<Page> {
    const watched = await browser.page(`${at.url}${hash}`, look)
    complaints = watched.complaints
    onTestFinished(() => watched.close())
    return watched.page
  }

  /** The server's answer, in the notation of the transcripts. */
  const ask = async (...words: string[]): Promise<string> => printReply(await client.call(...words))
  const goTo = (page: Page, view: string) => page.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`)
  const yes = (page: Page, verb: string) =>
    page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click()
  const says = (page: Page, text: string | RegExp) => page.locator('.note').filter({ hasText: text }).first().waitFor()
  const button = (page: Page, name: string) => page.locator('main').getByRole('button', { name, exact: true })

  const views = [
    ...pages,
    'streams/orders',
    'streams/orders?order=oldest',
    'streams/orders?view=groups&group=billing',
    'streams/orders?view=pending&group=billing',
    'streams/orders?view=add',
    'queues/mail',
    'channels/news',
    'channels/n%2A?kind=pattern',
    'keys/session:81',
    'keys/mail',
    'keys/user:1',
    'keys/tags',
    'keys/scores',
    'keys/k%00%FF%0A',
    'configuration?only=changed',
  ]

  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('opens every page, %s and %i wide, without a complaint', async (colorScheme, width) => {
    const viewport = width === 390 ? phone : { width, height: 900 }
    const page = await open('#/overview', { colorScheme, viewport })
    for (const view of views) {
      await goTo(page, view)
      await page.locator('main h1').first().waitFor()
      await page.waitForTimeout(150)
      const scrollWidth = await page.evaluate<number>('document.documentElement.scrollWidth')
      expect(scrollWidth, `${view} is no wider than the window`).toBeLessThanOrEqual(width)
      expect(await page.locator('.error').allInnerTexts(), view).toEqual([])
    }
  })

  test('counts what goes through the server', async () => {
    const page = await visit('#/overview')
    const figure = page.locator('figure', { hasText: 'Messages' }).locator('.legend-item b').first()
    await expect.poll(() => figure.innerText(), { timeout: patienceMs }).toMatch(/^[\d.]+\/s$/)
    await page.locator('figure canvas').first().waitFor()
    await page.getByRole('link', { name: 'orders' }).first().waitFor()
  })

  test('shows how long commits take where there is a log', async () => {
    const logged = await openConsole({ flags: ['--appendonly', 'yes'] })
    onTestFinished(() => logged.close())
    const writer = await logged.server.connect()
    const page = await open('#/overview', {}, logged)
    const commit = page.locator('figure', { hasText: 'Commit time' }).locator('.legend-item b').first()
    const written = async (): Promise<string> => {
      await writer.call('SET', 'key', 'value')
      return commit.innerText()
    }
    await expect.poll(written, { timeout: patienceMs }).toMatch(/^[\d.]+ (µs|ms|s)$/)
  })

  test('adds an entry to a stream, shows it as JSON and in hex, and deletes it', async () => {
    const page = await visit('#/streams/notes?view=add')
    await page.getByLabel('Field', { exact: true }).fill('text')
    await page.getByLabel('Value', { exact: true }).fill('{"größe":[1,2]}')
    await page.getByRole('button', { name: 'Add the entry' }).click()
    await says(page, 'Added')
    await page.getByRole('link', { name: 'Entries' }).click()
    await page.locator('.entry-head').first().click()
    await expect.poll(() => page.locator('.payload pre').innerText()).toBe('{\n  "größe": [\n    1,\n    2\n  ]\n}')
    await button(page, 'Hex').click()
    await expect.poll(() => page.locator('.payload pre').innerText()).toMatch(/^00000000 {2}7b 22 67 72 c3 b6/)
    await button(page, 'Delete').click()
    await yes(page, 'Delete')
    await page.getByText('No entries here.').waitFor()
    expect(await ask('XLEN', 'notes')).toBe(':0')
  })

  test('cuts no short value of an entry where there is room for it', async () => {
    await ask('XADD', 'short', '1-0', 'item', 'pen', 'amount', '2')
    const page = await visit('#/streams/short')
    const values = page.locator('.entry-preview span')
    await values.first().waitFor()
    expect(await values.evaluateAll((all) => all.map((each) => each.scrollWidth <= each.clientWidth))).toEqual([
      true,
      true,
    ])
  })

  test('follows a stream live, and a pause loses nothing', async () => {
    await ask('XADD', 'followed', '1-0', 'n', 'old')
    const page = await visit('#/streams/followed')
    await button(page, 'Live').click()
    await page.getByText('Waiting for the next entry').waitFor()
    await expect.poll(() => ask('CLIENT', 'LIST')).toContain('cmd=xread ')
    await ask('XADD', 'followed', '2-0', 'n', 'one')
    await page.locator('.entry', { hasText: '2-0' }).waitFor()
    await button(page, 'Pause').click()
    await page.getByText('Paused; it goes on where it stopped.').waitFor()
    await expect.poll(() => ask('CLIENT', 'LIST')).not.toContain('name=console-tail')
    await ask('XADD', 'followed', '3-0', 'n', 'two')
    await ask('XADD', 'followed', '4-0', 'n', 'three')
    expect(await page.locator('.entry').count()).toBe(1)
    await button(page, 'Go on').click()
    await page.locator('.entry', { hasText: '4-0' }).waitFor()
    expect(await page.locator('.entry code').allInnerTexts()).toEqual(['4-0', '3-0', '2-0'])
    expect(await page.locator('.notice').count()).toBe(0)
  })

  test('tells who follows a stream what was trimmed before it was shown, and that it began anew', async () => {
    await ask('XADD', 'trimmed', '1-0', 'n', 'old')
    const page = await visit('#/streams/trimmed')
    await button(page, 'Live').click()
    await page.getByText('Waiting for the next entry').waitFor()
    await expect.poll(() => ask('CLIENT', 'LIST')).toContain('cmd=xread ')
    await button(page, 'Pause').click()
    await expect.poll(() => ask('CLIENT', 'LIST')).not.toContain('name=console-tail')
    for (const id of ['2-0', '3-0', '4-0']) await ask('XADD', 'trimmed', 'MAXLEN', '2', id, 'n', 'x')
    await button(page, 'Go on').click()
    await page.locator('.entry', { hasText: '4-0' }).waitFor()
    expect(await page.locator('.notice').innerText()).toBe(
      'Entries after 1-0 were trimmed before they could be shown here.',
    )
    expect(await page.locator('.entry code').allInnerTexts()).toEqual(['4-0', '3-0'])
    await ask('DEL', 'trimmed')
    await ask('XADD', 'trimmed', '2-5', 'n', 'new')
    await page.locator('.entry', { hasText: '2-5' }).waitFor()
    expect(await page.locator('.notice').innerText()).toContain('began anew')
  })

  test('acknowledges, claims and hands back what is pending', async () => {
    for (const id of ['1-0', '2-0', '3-0', '4-0']) await ask('XADD', 'work', id, 'n', id)
    await ask('XGROUP', 'CREATE', 'work', 'team', '0')
    await ask('XREADGROUP', 'GROUP', 'team', 'anna', 'STREAMS', 'work', '>')
    const page = await visit('#/streams/work?view=pending&group=team')
    await page.getByLabel('Choose 1-0').check()
    await button(page, 'Acknowledge').click()
    await yes(page, 'Acknowledge')
    await says(page, 'Acknowledged 1 entry')
    await page.getByLabel('Choose 1-0').waitFor({ state: 'detached' })
    await page.getByLabel('Choose 2-0').check()
    await page.getByLabel('Claim for').fill('ben')
    await button(page, 'Claim').click()
    await says(page, 'now held by ben')
    expect(await ask('XPENDING', 'work', 'team', '-', '+', '9', 'ben')).toContain('2-0')
    await page.getByLabel('Choose all').check()
    await button(page, 'Hand back').click()
    await says(page, 'Handed back 3 entries')
    await expect.poll(() => page.locator('tbody tr', { hasText: 'nobody' }).count()).toBe(3)
  })

  test('makes and destroys a group', async () => {
    const page = await visit('#/streams/orders?view=groups')
    await page.getByLabel('New group').fill('audit')
    await page.getByRole('button', { name: 'Create the group' }).click()
    const row = page.locator('tbody tr', { hasText: 'audit' })
    await row.waitFor()
    await row.getByRole('button', { name: 'Destroy' }).click()
    await yes(page, 'Cancel')
    expect(await ask('XINFO', 'GROUPS', 'orders')).toContain('audit')
    await row.getByRole('button', { name: 'Destroy' }).click()
    await yes(page, 'Destroy')
    await row.waitFor({ state: 'detached' })
    expect(await ask('XINFO', 'GROUPS', 'orders')).not.toContain('audit')
  })

  test('pushes to a queue, takes from it and moves elements to another', async () => {
    const page = await visit('#/queues/jobs')
    for (const element of ['a', 'b', 'c']) {
      await page.getByLabel('New element').fill(element)
      await page.getByRole('button', { name: 'Push to the tail' }).click()
      await page.locator('.elements li', { hasText: element }).waitFor()
    }
    await button(page, 'Take the head').click()
    await yes(page, 'Take it')
    await page.locator('.card pre', { hasText: 'a' }).waitFor()
    await page.getByLabel('Move', { exact: true }).fill('2')
    await page.getByLabel('to', { exact: true }).fill('jobs:dead')
    await button(page, 'Move').click()
    await yes(page, 'Move')
    await says(page, 'Moved')
    expect(await ask('LRANGE', 'jobs:dead', '0', '-1')).toBe('["b", "c"]')
  })

  test('listens to a channel and publishes', async () => {
    const page = await visit('#/channels/talk')
    await expect.poll(() => ask('PUBSUB', 'NUMSUB', 'talk')).toContain(':1')
    await ask('PUBLISH', 'talk', '{"hello":"world"}')
    await page.locator('.entry', { hasText: '{"hello":"world"}' }).waitFor()
    await page.getByLabel('Message').fill('from the page')
    await page.getByRole('button', { name: 'Publish' }).click()
    await says(page, 'Published to 1')
    await page.locator('.entry', { hasText: 'from the page' }).waitFor()
  })

  test('edits values of every type', async () => {
    const page = await visit('#/keys/counter')
    await button(page, 'Edit').click()
    await page.getByRole('dialog').getByLabel('Value').fill('42 ü')
    await yes(page, 'Save')
    await page.locator('pre', { hasText: '42 ü' }).waitFor()
    await page.goto(`${shown.url}#/keys/user:1`)
    await page.locator('.entry-head', { hasText: 'token' }).click()
    await button(page, 'Edit').click()
    await page.getByRole('dialog').getByLabel('Value').fill('renewed')
    await yes(page, 'Save')
    await page.locator('.entry-head', { hasText: 'renewed' }).waitFor()
    expect(await ask('HTTL', 'user:1', 'FIELDS', '1', 'token')).toMatch(/^\[:3\d\d\d\]$/)
    await page.goto(`${shown.url}#/keys/scores`)
    await page.getByLabel('Score').first().fill('99')
    await page.getByLabel('Member').fill('dora')
    await button(page, 'Add').click()
    await page.locator('.entry-head', { hasText: 'dora' }).waitFor()
    await page.goto(`${shown.url}#/keys/tags`)
    await page.locator('.entry-head', { hasText: 'sale' }).click()
    await button(page, 'Remove').click()
    await yes(page, 'Remove')
    await page.locator('.entry-head', { hasText: 'sale' }).waitFor({ state: 'detached' })
    await page.goto(`${shown.url}#/keys/thumbnails`)
    await page.locator('.entry-head', { hasText: 'image-2' }).click()
    await button(page, 'Remove').click()
    await yes(page, 'Remove')
    await page.locator('.entry-head', { hasText: 'image-2' }).waitFor({ state: 'detached' })
    expect(await ask('LRANGE', 'thumbnails', '0', '-1')).toBe('["image-1", "image-3"]')
  })

  test('makes a key, lets it expire, renames and deletes it, in another database', async () => {
    const page = await visit('#/keys?db=2')
    await page.getByRole('link', { name: 'in-database-2' }).waitFor()
    await page.getByRole('button', { name: 'New key' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Key').fill('made\\x00here')
    await dialog.getByLabel('Value').fill('v')
    await yes(page, 'Make it')
    await page.locator('h1', { hasText: 'made\\x00here' }).waitFor()
    await page.getByLabel('Seconds').fill('1000')
    await button(page, 'Let it expire').click()
    await page.getByText(/expires in 16 min/).waitFor()
    await page.getByLabel('New name').fill('renamed')
    await button(page, 'Rename').click()
    await page.locator('h1', { hasText: 'renamed' }).waitFor()
    await button(page, 'Delete').click()
    await yes(page, 'Delete')
    await page.getByRole('link', { name: 'in-database-2' }).waitFor()
    await expect.poll(() => page.getByRole('link', { name: 'renamed' }).count()).toBe(0)
  })

  test('ends a client', async () => {
    const victim = await shown.server.connect()
    await victim.call('CLIENT', 'SETNAME', 'victim')
    const page = await visit('#/clients?find=victim')
    await page.locator('tbody tr', { hasText: 'victim' }).getByRole('button').click()
    await yes(page, 'End it')
    await says(page, 'is gone')
    await page.locator('tbody tr', { hasText: 'victim' }).waitFor({ state: 'detached' })
    await victim.waitForClose()
  })

  test('shows what was slow, as it was', async () => {
    const page = await visit('#/slowlog')
    await page.locator('tbody code', { hasText: 'SET slow "<img' }).waitFor()
    await button(page, 'Empty it').click()
    await yes(page, 'Empty it')
    await expect.poll(() => ask('SLOWLOG', 'GET', '-1')).not.toContain('slow", "<img')
  })

  test('sets a directive and tells what differs', async () => {
    const page = await visit('#/configuration?find=maxmemory-pol')
    await page.getByRole('button', { name: 'Change maxmemory-policy' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill('nonsense')
    await yes(page, 'Set')
    await says(page, /must be one of/)
    await page.getByRole('dialog').getByRole('textbox').fill('allkeys-lru')
    await yes(page, 'Set')
    await page.getByLabel('Only what differs').check()
    await page.locator('tr.is-changed', { hasText: 'maxmemory-policy' }).waitFor()
    await ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  })

  test('has a command line that completes, remembers and prints as redis-cli does', async () => {
    const page = await visit('#/command')
    const prompt = page.getByLabel('Command', { exact: true })
    await prompt.fill('hgeta')
    await page
      .getByRole('button', { name: 'HGETALL' })
      .or(page.locator('.help', { hasText: 'HGETALL' }))
      .first()
      .waitFor()
    await prompt.press('Tab')
    await expect.poll(() => prompt.inputValue()).toBe('HGETALL ')
    await page.locator('.help', { hasText: 'key' }).waitFor()
    const run = async (line: string): Promise<string> => {
      const before = await page.locator('.output').count()
      await prompt.fill(line)
      await prompt.press('Enter')
      await expect.poll(() => page.locator('.output').count()).toBe(before + 2)
      return (await page.locator('.output').last().innerText()).trimEnd()
    }
    expect(await run('RPUSH cli a "b c" "\\xff"')).toBe('(integer) 3')
    expect(await run('LRANGE cli 0 -1')).toBe('1) "a"\n2) "b c"\n3) "\\xff"')
    expect(await run('INCR cli')).toMatch(/^\(error\) WRONGTYPE/)
    expect(await run('MULTI')).toBe('OK')
    expect(await run('LLEN cli')).toBe('QUEUED')
    expect(await run('EXEC')).toBe('1) (integer) 3')
    await prompt.press('ArrowUp')
    await prompt.press('ArrowUp')
    expect(await prompt.inputValue()).toBe('LLEN cli')
    await prompt.fill('flushall')
    await prompt.press('Enter')
    await yes(page, 'Cancel')
    await page.locator('.output', { hasText: 'Not run.' }).waitFor()
    expect(await ask('EXISTS', 'cli')).toBe(':1')
  })

  test('takes nothing that was stored for a part of itself', async () => {
    const page = await visit('#/keys')
    const hash = encodeURIComponent(hostile)
    for (const view of [
      'keys',
      `keys/${hash}`,
      'keys/hostile',
      'streams/hostile:stream',
      'queues/hostile:list',
      'slowlog',
      `channels/${hash}`,
      `streams/${hash}`,
    ]) {
      await goTo(page, view)
      await page.locator('main h1').first().waitFor()
      await page.waitForTimeout(150)
      for (const head of await page.locator('.entry-head').all()) await head.click()
      expect(await page.locator('main :is(img, script)').count()).toBe(0)
      expect(await page.title()).not.toBe('broken')
    }
    await ask('PUBLISH', 'talk', hostile)
  })

  test('does not complain when a view is left before its connection is open', async () => {
    const page = await visit('#/channels')
    for (let i = 0; i < 20; i++) {
      await page.evaluate(`new Promise((left) => {
        const shown = new MutationObserver(() => {
          shown.disconnect()
          setTimeout(() => { location.hash = '#/channels'; setTimeout(left, 20) })
        })
        shown.observe(document.querySelector('main'), { childList: true, subtree: true })
        location.hash = '#/channels/talk'
      })`)
    }
    await page.waitForTimeout(200)
  })

  test('is used by keyboard alone', async () => {
    const page = await visit('#/overview')
    await page.locator('figure').first().waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('g')
    await page.keyboard.press('k')
    await page.getByRole('link', { name: 'counter' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('counter')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
    expect(page.url()).toContain('match=counter')
    await page.locator('h1').click()
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.press('j')
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    expect(outline).toBe('solid')
    await page.keyboard.press('Enter')
    await page.locator('h1 code', { hasText: 'counter' }).waitFor()
  })

  test('is light or dark as the system says or the reader chose', async () => {
    const page = await open('#/streams', { colorScheme: 'dark' })
    const theme = () => page.evaluate('document.documentElement.dataset.theme')
    expect(await theme()).toBe('dark')
    await page.getByRole('button', { name: 'Auto' }).click()
    expect(await theme()).toBe('light')
    await page.reload()
    expect(await theme()).toBe('light')
  })

  test('says when the server is gone, and goes on when it is back', async () => {
    const first = await openConsole()
    onTestFinished(() => first.close())
    const page = await open('#/keys', {}, first)
    await page.getByText('No keys here.').waitFor()
    await first.server.stop()
    await page.getByText(/Not connected/).waitFor()
    const second = await startMillrace({ flags: ['--http-port', new URL(first.url).port] })
    onTestFinished(() => second.stop())
    const other = await second.connect()
    await other.call('SET', 'back', 'again')
    other.reset()
    await page.getByRole('link', { name: 'back' }).waitFor()
    expect(await page.getByText(/Not connected/).count()).toBe(0)
    // The browser itself speaks of the connections that failed.
    complaints = complaints.filter((each) => !/WebSocket connection .* failed/.test(each))
  })

  test('asks who is there when the server does', async () => {
    const closed = await openConsole({ flags: ['--requirepass', 'geheim ü'] })
    onTestFinished(() => closed.close())
    const page = await open('#/keys', {}, closed)
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('WRONGPASS').waitFor()
    await page.getByLabel('Password').fill('geheim ü')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('No keys here.').waitFor()
    await page.reload()
    await page.getByText('No keys here.').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Password').waitFor()
  })
})
