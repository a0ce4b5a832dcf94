/** The libraries that scripts find beside Lua's own. */
import type { Lua } from './lua.ts'

/** Adds them to the table of globals, which is at `globals` on the stack. */
export function addLibraries(_lua: Lua, _globals: number): void {}
