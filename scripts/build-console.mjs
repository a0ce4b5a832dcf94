/** Builds the console into dist/console. The facts of the directives come from what the compiler has built before. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { directives } from '../dist/src/server/config/directives.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const directivesModule = 'millrace:directives'

/** What the console shows of each directive: see `lib/directive-facts.ts`. */
const facts = directives.map(({ name, alias, initial, change, effect, reason, kind, secret }) => {
  return { name, alias, initial, change, effect, reason, kind: kind.label, secret: secret === true }
})

const directiveFacts = {
  name: directivesModule,
  resolveId: (id) => (id === directivesModule ? `\0${id}` : undefined),
  load: (id) => (id === `\0${directivesModule}` ? `export const directives = ${JSON.stringify(facts)}` : undefined),
}

await build({
  configFile: false,
  root: join(root, 'src/frontends/console'),
  base: './',
  publicDir: false,
  logLevel: 'warn',
  plugins: [directiveFacts],
  build: {
    outDir: join(root, 'dist/console'),
    emptyOutDir: true,
    // Nothing is put into the page or the style sheet as data: the content security policy lets only files of ours in.
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2022',
    chunkSizeWarningLimit: 400,
  },
})
