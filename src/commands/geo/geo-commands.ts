/** All commands of places. */
import { geodist, geohash, geopos } from './geo-read.ts'
import { geoadd } from './geoadd.ts'
import { georadius, georadiusbymember, georadiusbymemberRo, georadiusRo, geosearch, geosearchstore } from './search.ts'

export const geoCommands = [
  ...[geoadd, geodist, geohash, geopos, geosearch, geosearchstore],
  ...[georadius, georadiusRo, georadiusbymember, georadiusbymemberRo],
]
