/** Where the browser is that tests of the console drive. */
import { existsSync } from 'node:fs'

/** Debian's; CHROMIUM names another one. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const hasChromium = existsSync(chromiumPath)
