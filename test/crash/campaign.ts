/**
 * Many rounds on one data folder: start the server, compare what it holds with what was acknowledged, let a dozen
 * connections write, SIGKILL it at a moment of chance. Now and then the log is folded while they write, and a start is
 * itself killed half-way.
 *
 * The seed fixes what is asked for and when the kill is due. How far the server got by then is the machine's affair, so
 * a seed that failed fails again often, not always: the folder with the data is kept for that.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RespClient } from '../support/resp-client.ts'
import { type RunningServer, startMillrace, startRedis } from '../support/servers.ts'
import { Violation } from './conversation.ts'
import { groupWork } from './group-work.ts'
import { textsOf } from './model.ts'
import { type Random, randomFrom } from './random.ts'
import { ResendingProducer } from './resending-producer.ts'
import { SharedGroup } from './shared-group.ts'
import { SharedLedger } from './shared-ledger.ts'
import { SharedQueue } from './shared-queue.ts'
import { Solo } from './solo.ts'
import { hashWork, setWork, sortedSetWork } from './solo-collections.ts'
import { libraryWork, scriptWork } from './solo-scripts.ts'
import { listWork, streamWork, stringWork, transactionWork } from './solo-work.ts'
import type { Workload } from './workload.ts'

export interface CampaignOptions {
  readonly seed: number
  readonly rounds: number
  readonly server: 'millrace' | 'redis'
  /** Come after `--appendonly yes --appendfsync always`, and so may say otherwise. */
  readonly flags?: readonly string[]
  /** False leaves the log unfolded, to tell what a checkpoint spoils from what the log spoils; true for Millrace otherwise. */
  readonly foldsLog?: boolean
  /** Whether a failure leaves the data folder for whoever looks into it; true unless said otherwise. */
  readonly keepsData?: boolean
  readonly onRound?: (round: number, report: CampaignReport) => void
}

/** What a campaign without a violation has gone through. */
export interface CampaignReport {
  readonly acknowledgedCount: number
  readonly killCount: number
  readonly killedStartCount: number
  readonly checkpointCount: number
}

const runMsMax = 120
/** Long enough for Node to be up and at its work. */
const startKillMsMax = 400
/**
 * Low for Millrace, so that the log is folded by itself, too. Redis 7.0 is spared: killed in the middle of a rewrite it
 * may refuse to start ("the truncated file is not the last file"), which some seeds find within sixty rounds.
 */
const foldingFlags = ['--auto-aof-rewrite-min-size', '64kb', '--auto-aof-rewrite-percentage', '100']
const noFoldingFlags = ['--auto-aof-rewrite-percentage', '0']

/** Resolves when all rounds went well; rejects with a Violation that names the seed, the round and the folder. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-crash-'))
  const campaign = new Campaign(options, dir)
  let keepsData = false
  try {
    return await campaign.run()
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    keepsData = options.keepsData ?? true
    const where = `seed ${options.seed}, round ${campaign.round} of ${options.rounds}`
    throw new Violation(`${where}${keepsData ? `, data kept in ${dir}` : ''}\n${error.message}`, { cause: error })
  } finally {
    if (!keepsData) await rm(dir, { recursive: true, force: true })
  }
}

/** The workloads of a campaign; the keys of each begin with a prefix that no other has. Redis 7.0 has no fields that
 *  expire and no producers whom it recognizes. */
export function makeWorkloads(random: Random, server: 'millrace' | 'redis'): Workload[] {
  const isMillrace = server === 'millrace'
  const ordered = [stringWork, listWork, streamWork, transactionWork, transactionWork, groupWork, groupWork]
  const solo = [...ordered, hashWork, setWork, sortedSetWork, scriptWork, libraryWork]
  return [
    ...solo.map((makeWork, index) => {
      const name = `solo${index}:${makeWork.name}`
      return new Solo(name, makeWork(name, isMillrace), random.fork())
    }),
    new SharedGroup(random.fork()),
    new SharedQueue(random.fork()),
    new SharedLedger(random.fork(), isMillrace),
    ...(isMillrace ? [new ResendingProducer(random.fork())] : []),
  ]
}

class Campaign {
  readonly #options: CampaignOptions
  readonly #dir: string
  readonly #random: Random
  readonly #workloads: Workload[]
  round = 0
  #killedStartCount = 0
  #checkpointCount = 0

  constructor(options: CampaignOptions, dir: string) {
    this.#options = options
    this.#dir = dir
    this.#random = randomFrom(options.seed)
    this.#workloads = makeWorkloads(this.#random, options.server)
  }

  async run(): Promise<CampaignReport> {
    for (this.round = 1; this.round <= this.#options.rounds; this.round++) {
      await this.#withServer((server, client) => this.#writeAndKill(server, client))
      if (this.#random.percent(10)) await this.#killStart()
      this.#options.onRound?.(this.round, this.#report())
    }
    // A last look, a clean end, and another look: the folder must be as good as ever.
    for (const _time of ['after the last kill', 'after a clean end']) {
      await this.#withServer(async (server, client) => {
        client.reset()
        await server.stop()
      })
    }
    return this.#report()
  }

  get #foldsLog(): boolean {
    return this.#options.server === 'millrace' && (this.#options.foldsLog ?? true)
  }

  #report(): CampaignReport {
    return {
      acknowledgedCount: this.#workloads.reduce((sum, workload) => sum + workload.acknowledgedCount, 0),
      killCount: Math.min(this.round, this.#options.rounds),
      killedStartCount: this.#killedStartCount,
      checkpointCount: this.#checkpointCount,
    }
  }

  async #withServer(body: (server: RunningServer, client: RespClient) => Promise<void>): Promise<void> {
    const server = await this.#start().catch((error: Error) => {
      // Before the first round there is nothing that could have been damaged: Millrace is not built, or the like.
      throw this.round === 1 ? error : new Violation(`the server does not come up again: ${error.message}`)
    })
    try {
      const client = await server.connect()
      if (this.round === 1) for (const workload of this.#workloads) await workload.prepare(client)
      for (const workload of this.#workloads) await workload.verify(client)
      await this.#checkForStrangers(client)
      await body(server, client)
    } catch (error) {
      await server.stop('SIGKILL')
      const output = server.output().slice(-2000)
      throw new Violation(`${error instanceof Error ? error.stack : error}\nthe server said:\n${output}`, {
        cause: error,
      })
    }
  }

  #start(startTimeoutMs = 30_000): Promise<RunningServer> {
    const start = this.#options.server === 'redis' ? startRedis : startMillrace
    const own = ['--appendonly', 'yes', '--appendfsync', 'always', ...(this.#foldsLog ? foldingFlags : noFoldingFlags)]
    return start({ dir: this.#dir, flags: [...own, ...(this.#options.flags ?? [])], startTimeoutMs })
  }

  async #writeAndKill(server: RunningServer, client: RespClient): Promise<void> {
    const conversations = (await Promise.all(this.#workloads.map((workload) => workload.start(server.port)))).flat()
    const runMs = this.#random.between(5, runMsMax)
    const checkpoints = this.#foldsLog && this.#random.percent(50) ? this.#random.between(1, 3) : 0
    const timers = Array.from({ length: checkpoints }, () =>
      setTimeout(() => this.#checkpoint(client), this.#random.between(0, runMs)),
    )
    await Promise.race([
      new Promise((resolve) => setTimeout(resolve, runMs)),
      server.exited.then((how) => {
        throw new Violation(`the server ended by itself: ${how}`)
      }),
      ...conversations.map(async (conversation) => {
        await conversation.ended
        throw new Violation('the server closed a connection')
      }),
    ])
    await server.stop('SIGKILL')
    for (const timer of timers) clearTimeout(timer)
    await Promise.all(conversations.map((conversation) => conversation.ended))
  }

  #checkpoint(client: RespClient): void {
    client.call('BGREWRITEAOF').then(
      () => this.#checkpointCount++,
      () => {
        // The kill came first.
      },
    )
  }

  /** Kills the server while it reads its data, or just after: starting must change nothing. */
  async #killStart(): Promise<void> {
    this.#killedStartCount++
    try {
      const server = await this.#start(this.#random.between(1, startKillMsMax))
      await server.stop('SIGKILL')
    } catch {
      // It was killed because it was not up in time, as intended; what is wrong with it otherwise, the next start says.
    }
  }

  async #checkForStrangers(client: RespClient): Promise<void> {
    const prefixes = ['solo', 'shared:', 'ledger:', 'resent:']
    const keys = textsOf(await client.call('KEYS', '*'))
    const stranger = keys.find((key) => !prefixes.some((prefix) => key.startsWith(prefix)))
    if (stranger !== undefined) throw new Violation(`nobody wrote the key ${stranger}`)
  }
}
