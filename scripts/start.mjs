/** `npm start`: sets up what is missing, then becomes the server, so that signals reach it without a go-between. */
import { fileURLToPath } from 'node:url'
import './setup.mjs'

const entry = new URL('../dist/src/cli.js', import.meta.url)
process.argv[1] = fileURLToPath(entry)
await import(entry)
