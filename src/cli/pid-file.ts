/** `pidfile`: tells scripts which process to signal. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

/** Writes this process' id. Throws the system's error. */
export function writePidFile(path: string): void {
  writeFileSync(path, `${process.pid}\n`)
}

/** Removes the file, unless another process has put its own id there. */
export function removePidFile(path: string): void {
  try {
    if (readFileSync(path, 'utf8') === `${process.pid}\n`) rmSync(path)
  } catch {
    // Somebody was faster, or took the permission away: nothing that could be done at the very end.
  }
}
