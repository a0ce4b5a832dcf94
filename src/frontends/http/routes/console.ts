/** The console's files. They are read once, at start, and what isn't among them isn't there: a path is looked up, never
 *  opened. Anybody whom the gate admits gets them; what the page may do is decided when it speaks to the broker. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Names under `assets` change with their content. */
const foreverSeconds = 365 * 24 * 3600

interface ConsoleFile {
  readonly type: string
  readonly bytes: Buffer
  readonly zipped: Buffer
  readonly caching: string
}

/** Where the build puts the files: beside the built sources, or under `dist` when these sources run unbuilt. */
const folders = ['../../../../console/', '../../../../dist/console/'].map((path) => new URL(path, import.meta.url))

/** The files by their path. Without a build there are none. */
function readFiles(): Map<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>()
  const folder = folders.find((each) => existsSync(new URL('index.html', each)))
  if (folder === undefined) return files
  for (const name of readdirSync(fileURLToPath(folder), { recursive: true, encoding: 'utf8' })) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const bytes = readFileSync(new URL(name.replaceAll('\\', '/'), folder))
    const path = `/${name.replaceAll('\\', '/')}`
    const caching = path.startsWith('/assets/') ? `public, max-age=${foreverSeconds}, immutable` : 'no-cache'
    files.set(path === '/index.html' ? '/' : path, { type, bytes, zipped: gzipSync(bytes), caching })
  }
  return files
}

export async function consoleRoutes(app: FastifyInstance): Promise<void> {
  const files = readFiles()
  const send =
    ({ type, bytes, zipped, caching }: ConsoleFile) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      reply.type(type).header('cache-control', caching).header('vary', 'accept-encoding')
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(bytes)
      return reply.header('content-encoding', 'gzip').send(zipped)
    }
  for (const [path, file] of files) app.get(path, send(file))
}
