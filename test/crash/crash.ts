/** Kills Millrace again and again, and looks for what it had acknowledged: `npm run crash -- --help`. */
import { parseArgs } from 'node:util'
import { readCount, readFlags } from '../support/options.ts'
import { runCampaign } from './campaign.ts'

const usage = `npm run crash -- [options]
  --rounds 200        kills
  --seed N            drawn, and printed, when missing
  --server millrace   or redis, which proves the harness
  --no-checkpoints    the log grows all the time
  --flags="--appendfsync no"   more flags for the server`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      rounds: { type: 'string', default: '200' },
      server: { type: 'string', default: 'millrace' },
      flags: { type: 'string', default: '' },
      'no-checkpoints': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const { server } = values
  if (server !== 'millrace' && server !== 'redis') throw new Error(`there is no server ${server} (--help)`)
  const seed = readCount(values.seed)
  const rounds = readCount(values.rounds)
  console.log(`seed ${seed}, ${rounds} rounds on ${server}`)
  const report = await runCampaign({
    seed,
    rounds,
    server,
    flags: readFlags(values.flags),
    foldsLog: !values['no-checkpoints'],
    onRound: (round, { acknowledgedCount }) => {
      if (round % 10 === 0) console.log(`round ${round}: ${acknowledgedCount} steps acknowledged, none lost`)
    },
  })
  console.log(report)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
