/** The examples that are pages, in a real Chromium, as a user opens them: from a server of files, with the broker elsewhere. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { KillableMillrace } from '../clients/killable-millrace.ts'
import { hasChromium } from '../support/chromium.ts'
import { freePort } from '../support/free-port.ts'
import { waitForHttp } from '../support/http-ready.ts'
import { RespClient } from '../support/resp-client.ts'
import { type Browser, openBrowser, patienceMs } from './stage.ts'

const contentTypes: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }

/** The longest that the client waits before it comes again, and what a busy machine takes for it. */
const comebackMs = 20_000

/** What the browser itself says of pages that use a server elsewhere, and one that is away. */
const expected = /^asks elsewhere: ws:|WebSocket connection .* failed/

describe.skipIf(!hasChromium)('the examples in a browser', () => {
  let browser: Browser
  let home: string
  /** Hands out the project's folder. */
  const files = createServer((request, response) => {
    const { pathname } = new URL(request.url!, home)
    readFile(`.${pathname}`).then(
      (bytes) => response.setHeader('content-type', contentTypes[extname(pathname)] ?? 'text/plain').end(bytes),
      () => response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end(),
    )
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve))
    home = `http://127.0.0.1:${(files.address() as AddressInfo).port}`
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    files.close()
  })

  /** A broker that lets the pages in, and how to open one of them. */
  async function stage(): Promise<{ millrace: KillableMillrace; open: (example: string) => Promise<Page> }> {
    const port = await freePort()
    const millrace = await KillableMillrace.start('--http-port', String(port), '--http-allowed-origins', home)
    onTestFinished(() => millrace.stop())
    await waitForHttp(`http://127.0.0.1:${port}/`)
    const open = async (example: string): Promise<Page> => {
      const query = `broker=ws://127.0.0.1:${port}/ws`
      const watched = await browser.page(`${home}/examples/${example}?${query}`)
      onTestFinished(async () => {
        await watched.close()
        expect(watched.complaints.filter((each) => !expected.test(each))).toEqual([])
      })
      return watched.page
    }
    return { millrace, open }
  }

  test('the live feed shows every order once and in order, over a restart of the server', async () => {
    const { millrace, open } = await stage()
    const page = await open('live-feed.html')
    const lines = async (): Promise<string[]> =>
      (await page.locator('li').allInnerTexts()).map((line) => line.replace(/ \(.*/, ''))
    const order = async (item: string): Promise<void> => {
      await page.locator('input').fill(item)
      await page.getByRole('button').click()
    }
    await page.locator('#state', { hasText: 'open' }).waitFor()
    await order('bread')
    await page.locator('li', { hasText: 'bread' }).waitFor()
    await millrace.kill()
    await page.locator('#state', { hasText: 'waiting' }).waitFor()
    await order('<b>milk</b>')
    await millrace.restart()
    await page.locator('li', { hasText: 'milk' }).waitFor({ timeout: comebackMs })
    const other = await RespClient.open({ port: millrace.port })
    await other.call('XADD', 'example:feed', '*', 'item', 'honey')
    other.reset()
    await page.locator('li', { hasText: 'honey' }).waitFor()
    expect(await lines()).toEqual(['honey', '<b>milk</b>', 'bread'])
  })

  test('the dashboard shows what its producer reports, its alarms, and who else looks', async () => {
    const { millrace, open } = await stage()
    const [page, other] = [await open('dashboard.html'), await open('dashboard.html')]
    await expect.poll(() => page.locator('#viewers').innerText(), { timeout: patienceMs }).toBe('2')
    const { stdout } = await promisify(execFile)(process.execPath, ['examples/dashboard.mjs', '8'], {
      env: { ...process.env, REDIS_URL: `redis://127.0.0.1:${millrace.port}` },
    })
    expect(stdout).toContain('24 reports were sent')
    expect(stdout).toContain('hammer is at 0.91, which 2 saw')
    await expect.poll(() => page.locator('tr').allInnerTexts()).toHaveLength(3)
    const load = Math.round(Math.abs(Math.sin(0.7)) * 100)
    await page.locator('tr', { hasText: `${load} %` }).waitFor()
    expect(await page.locator('#alarm').innerText()).toMatch(/ is at (1|0\.9\d)/)
    await other.close()
    await expect.poll(() => page.locator('#viewers').innerText()).toBe('1')
  })
})
