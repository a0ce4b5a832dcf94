/** As much of WebAssembly's JavaScript interface as Lua needs: TypeScript has its types only for browsers. */

interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

interface WasmTable {
  readonly length: number
  get(index: number): unknown
  set(index: number, value: unknown): void
  grow(count: number): number
}

interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>
}

interface WasmInterface {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => WasmInstance
  RuntimeError: new () => Error
}

const wasm = (globalThis as unknown as { WebAssembly: WasmInterface }).WebAssembly

export type { WasmInstance, WasmMemory, WasmTable }
export { wasm }
