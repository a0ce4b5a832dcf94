/** The console's files over HTTP: these and no others. */
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { httpBroker } from '../../support/http-broker.ts'

describe('the console', () => {
  test('is at the root, with all that it needs, and nothing of it from elsewhere', async () => {
    const { frontEnd } = await httpBroker()
    const page = await frontEnd.app.inject({ url: '/' })
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'self'")
    expect(page.headers['cache-control']).toBe('no-cache')
    expect(page.body).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|https?:/)
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!)
    expect(links.length).toBeGreaterThan(2)
    for (const link of links) {
      expect(link).toMatch(/^\.\/assets\//)
      const file = await frontEnd.app.inject({ url: link.slice(1) })
      expect(file.statusCode, link).toBe(200)
      expect(file.headers['x-content-type-options']).toBe('nosniff')
      expect(file.headers['cache-control']).toContain('immutable')
    }
  })

  test('is compressed for whom can take it', async () => {
    const { frontEnd } = await httpBroker()
    const plain = await frontEnd.app.inject({ url: '/' })
    const zipped = await frontEnd.app.inject({ url: '/', headers: { 'accept-encoding': 'br, gzip' } })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body)
  })

  test('is there before anybody has shown a password, for the page to ask for it', async () => {
    const { frontEnd } = await httpBroker(['requirepass', 'secret'])
    expect((await frontEnd.app.inject({ url: '/' })).statusCode).toBe(200)
  })

  test.each([
    '/index.html',
    '/assets/',
    '/assets/../index.html',
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/..%2f..%2fsrc%2fcli.js',
    '/assets/%00',
    '//etc/passwd',
    '/main.tsx',
  ])('does not lead to other files: %s', async (url) => {
    const { frontEnd } = await httpBroker()
    expect((await frontEnd.app.inject({ url })).statusCode).toBeGreaterThanOrEqual(400)
  })
})
