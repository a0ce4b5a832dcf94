import { aclFamily } from './families/acl.ts'
import { bitmapsFamily } from './families/bitmaps.ts'
import { databasesFamily } from './families/databases.ts'
import { dumpFamily } from './families/dump.ts'
import { functionsFamily } from './families/functions.ts'
import { geoFamily } from './families/geo.ts'
import { grammarFamily } from './families/grammar.ts'
import { hashesFamily } from './families/hashes.ts'
import { hyperloglogFamily } from './families/hyperloglog.ts'
import { keysFamily } from './families/keys.ts'
import { listsFamily } from './families/lists.ts'
import { oomFamily } from './families/oom.ts'
import { pubsubFamily } from './families/pubsub.ts'
import { scriptsFamily } from './families/scripts.ts'
import { setsFamily } from './families/sets.ts'
import { sortFamily } from './families/sort.ts'
import { streamTrimsFamily } from './families/stream-trims.ts'
import { streamsFamily } from './families/streams.ts'
import { stringsFamily } from './families/strings.ts'
import { trackingFamily } from './families/tracking.ts'
import { transactionsFamily } from './families/transactions.ts'
import { zsetsFamily } from './families/zsets.ts'
import type { Family } from './family.ts'

/** Every family the oracle knows. A new one is a file in `families/` and a line here. */
export const families: readonly Family[] = [
  streamsFamily,
  streamTrimsFamily,
  listsFamily,
  scriptsFamily,
  setsFamily,
  hashesFamily,
  sortFamily,
  stringsFamily,
  bitmapsFamily,
  hyperloglogFamily,
  keysFamily,
  databasesFamily,
  dumpFamily,
  pubsubFamily,
  transactionsFamily,
  zsetsFamily,
  geoFamily,
  aclFamily,
  trackingFamily,
  functionsFamily,
  grammarFamily,
  // Last: it leaves both servers with a limit.
  oomFamily,
]
