/** `npm run crash -- --seed 4711 --rounds 200 [--server redis] [--no-checkpoints] [--flags='--appendfsync no']` */
import { parseArgs } from 'node:util'
import { runCampaign } from './campaign.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    rounds: { type: 'string', default: '200' },
    server: { type: 'string', default: 'millrace' },
    flags: { type: 'string', default: '' },
    'no-checkpoints': { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed)
console.log(`seed ${seed}, ${values.rounds} rounds on ${values.server}`)
try {
  const report = await runCampaign({
    seed,
    rounds: Number(values.rounds),
    server: values.server === 'redis' ? 'redis' : 'millrace',
    flags: values.flags.split(/\s+/).filter((word) => word !== ''),
    foldsLog: !values['no-checkpoints'],
    onRound: (round, { acknowledgedCount }) => {
      if (round % 10 === 0) console.log(`round ${round}: ${acknowledgedCount} steps acknowledged, none lost`)
    },
  })
  console.log(report)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
