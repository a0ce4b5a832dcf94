/** Where the compiled Lua lies. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Lua 5.1 as WebAssembly. Of its package only the compiled program is used: what it imports, the scripting room gives. */
export function luaCode(): Uint8Array {
  return readFileSync(createRequire(import.meta.url).resolve('wasmoon-lua5.1/dist/liblua5.1.wasm'))
}
