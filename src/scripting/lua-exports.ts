/** The functions of Lua's C API that we call, as the compiled program exports them. Numbers are ints, pointers and
 *  doubles; `state` is a `lua_State *`, `at` an index into its stack. */
import type { WasmMemory, WasmTable } from './web-assembly.ts'

export interface LuaExports {
  readonly memory: WasmMemory
  readonly __indirect_function_table: WasmTable
  __wasm_call_ctors(): void
  emscripten_stack_init(): void
  stackSave(): number
  stackRestore(pointer: number): void
  setThrew(threw: number, value: number): void
  malloc(size: number): number
  realloc(pointer: number, size: number): number
  free(pointer: number): void
  luaL_ref(state: number, table: number): number
  luaL_unref(state: number, table: number, ref: number): void
  luaL_where(state: number, level: number): void
  luaL_loadbuffer(state: number, bytes: number, size: number, name: number): number
  luaL_argerror(state: number, argument: number, message: number): number
  luaL_checknumber(state: number, argument: number): number
  luaL_checklstring(state: number, argument: number, size: number): number
  luaopen_base(state: number): number
  luaopen_table(state: number): number
  luaopen_string(state: number): number
  luaopen_math(state: number): number
  lua_atpanic(state: number, handler: number): number
  lua_call(state: number, argumentCount: number, resultCount: number): void
  lua_pcall(state: number, argumentCount: number, resultCount: number, handler: number): number
  lua_checkstack(state: number, slots: number): number
  lua_concat(state: number, count: number): void
  lua_createtable(state: number, arraySize: number, recordSize: number): void
  lua_error(state: number): number
  lua_gc(state: number, what: number, data: number): number
  lua_getinfo(state: number, what: number, debug: number): number
  lua_getmetatable(state: number, at: number): number
  lua_getstack(state: number, level: number, debug: number): number
  lua_gettop(state: number): number
  lua_insert(state: number, at: number): void
  lua_isnumber(state: number, at: number): number
  lua_isstring(state: number, at: number): number
  lua_newstate(allocator: number, data: number): number
  lua_next(state: number, at: number): number
  lua_pushboolean(state: number, value: number): void
  lua_pushcclosure(state: number, pointer: number, upvalueCount: number): void
  lua_pushlightuserdata(state: number, pointer: number): void
  lua_pushlstring(state: number, bytes: number, size: number): void
  lua_pushnil(state: number): void
  lua_pushnumber(state: number, value: number): void
  lua_pushvalue(state: number, at: number): void
  lua_rawget(state: number, at: number): void
  lua_rawgeti(state: number, at: number, key: number): void
  lua_rawset(state: number, at: number): void
  lua_rawseti(state: number, at: number, key: number): void
  lua_remove(state: number, at: number): void
  lua_replace(state: number, at: number): void
  lua_setfield(state: number, at: number, name: number): void
  lua_sethook(state: number, hook: number, mask: number, count: number): number
  lua_setmetatable(state: number, at: number): number
  lua_settop(state: number, at: number): void
  lua_toboolean(state: number, at: number): number
  lua_tocfunction(state: number, at: number): number
  lua_tolstring(state: number, at: number, size: number): number
  lua_tonumber(state: number, at: number): number
  lua_topointer(state: number, at: number): number
  lua_touserdata(state: number, at: number): number
  lua_type(state: number, at: number): number
}

export const registryIndex = -10000
export const globalsIndex = -10002

export const luaType = {
  none: -1,
  nil: 0,
  boolean: 1,
  lightUserdata: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
  userdata: 7,
  thread: 8,
} as const

export const multipleResults = -1
