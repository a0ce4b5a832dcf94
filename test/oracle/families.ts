import { listsFamily } from './families/lists.ts'
import { streamsFamily } from './families/streams.ts'
import type { Family } from './family.ts'

/** Every family the oracle knows. A new one is a file in `families/` and a line here. */
export const families: readonly Family[] = [streamsFamily, listsFamily]
