/** A real Millrace, its console in a real Chromium, and an ear for what goes wrong in it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { chromiumPath } from '../support/chromium.ts'
import { freePort } from '../support/free-port.ts'
import { waitForHttp } from '../support/http-ready.ts'
import { type RunningServer, type StartOptions, startMillrace } from '../support/servers.ts'

/** It shall talk to nobody but us. */
const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const patienceMs = 8000

export interface Console {
  readonly server: RunningServer
  /** Where the console is, ending in a slash. */
  readonly url: string
  close(): Promise<void>
}

/** Starts a server and serves its console. */
export async function openConsole(options: StartOptions = {}): Promise<Console> {
  const port = await freePort()
  const flags = ['--http-port', String(port), ...(options.flags ?? [])]
  const server = await startMillrace({ ...options, flags })
  const url = `http://127.0.0.1:${port}/`
  await waitForHttp(url)
  return { server, url, close: () => server.stop() }
}

export interface Browser {
  /** A page of its own, with nothing remembered; `home` says where else it may go. */
  page(url: string, look?: Look, home?: string): Promise<WatchedPage>
  close(): Promise<void>
}

export interface Look {
  readonly colorScheme?: 'light' | 'dark'
  readonly viewport?: { readonly width: number; readonly height: number }
}

/** A page, and what was wrong with it so far: messages in its console, errors, requests to others. */
export interface WatchedPage {
  readonly page: Page
  readonly complaints: string[]
  close(): Promise<void>
}

export const desktop = { width: 1280, height: 900 }
export const phone = { width: 390, height: 844 }

export async function openBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'millrace-chromium-'))
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: chromiumFlags,
    env: { ...process.env, HOME: profile },
  })
  return {
    async page(url, look = {}, home = url) {
      const context = await browser.newContext({
        viewport: look.viewport ?? desktop,
        colorScheme: look.colorScheme ?? 'light',
      })
      return watch(context, url, home)
    },
    async close() {
      await browser.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

async function watch(context: BrowserContext, url: string, home: string): Promise<WatchedPage> {
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  const complaints: string[] = []
  const { host } = new URL(home)
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.stack ?? error.message}`))
  page.on('request', (request) => {
    if (new URL(request.url()).host !== host) complaints.push(`asks elsewhere: ${request.url()}`)
  })
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== host) complaints.push(`asks elsewhere: ${socket.url()}`)
  })
  await page.goto(url)
  return { page, complaints, close: () => context.close() }
}
