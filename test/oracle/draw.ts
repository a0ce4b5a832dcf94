/** What the generators of all families share: pools that are small so that commands collide, and mistakes. */
import type { Step, Words } from './family.ts'
import type { Random } from './random.ts'

/** A rule draws one command; a family weighs its rules. */
export type Rule = readonly [weight: number, draw: (random: Random) => Words]

/** Values: text, numbers, nothing, and the bytes that break careless parsers. */
export const values: readonly string[] = [
  'a',
  'b',
  'hello',
  '',
  '1',
  '10',
  '-3',
  '3.25',
  'x\r\ny',
  '\x00\xff',
  '*1\r\n',
  'x'.repeat(70),
]

/** Seconds and milliseconds so far away that no session sees the end of them. */
export const farSeconds: readonly string[] = ['10000', '20000', '30000']
/** Unix times in seconds, long before any end of a test run and long after its start. */
export const farUnixSeconds: readonly string[] = ['4000000000', '4100000000', '4200000000']

/** Words that are wrong in most places. No small positive number is among them: it could be a timeout or a lifetime. */
const nonsense: readonly string[] = [
  '',
  'nonsense',
  '-1',
  '-2',
  '0',
  '00',
  '+5000',
  ' 5000',
  '5000.5',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '18446744073709551615',
  '18446744073709551616',
  'nan',
  'inf',
  '1e400',
  '\x00',
  '\r\n',
  'COUNT',
  '*',
]

/** Draws a command by the rules and, now and then, spoils it. */
export function drawCommand(random: Random, rules: readonly Rule[]): Words {
  const command = random.weighted(rules)(random)
  const named = random.chance(0.05) ? [command[0]!.toLowerCase(), ...command.slice(1)] : command
  return random.chance(0.06) && maySpoil(command) ? spoil(random, named) : named
}

/** A spoiled CONFIG could ask for, or change, settings that have nothing to do with the family; an error that quotes a
 *  client's id differs, because the servers may have met different numbers of clients before. */
function maySpoil(command: Words): boolean {
  return command[0] !== 'CONFIG' && !command.some((word) => word.startsWith('<client:'))
}

/** The command with one mistake: a word too few, too many, doubled, swapped with its neighbour, or replaced. */
export function spoil(random: Random, command: Words): Words {
  const words = [...command]
  const at = 1 + random.below(Math.max(1, words.length - 1))
  switch (random.below(6)) {
    case 0:
      words.splice(at, 1)
      break
    case 1:
      words.push(random.pick(nonsense))
      break
    case 2:
      words.splice(at, 0, words[at] ?? '')
      break
    case 3:
      if (at + 1 < words.length) [words[at], words[at + 1]] = [words[at + 1]!, words[at]!]
      break
    default:
      if (at < words.length) words[at] = random.pick(nonsense)
  }
  return words
}

/** A step of one command on any connection. */
export function single(random: Random, connections: number, command: Words): Step {
  return { connection: random.below(connections), commands: [command] }
}
