import { defineCommand, noKeys } from '../command.ts'

export const ping = defineCommand({
  name: 'ping',
  arity: -1,
  flags: ['fast'],
  categories: ['connection'],
  keys: noKeys,
  since: '1.0.0',
  group: 'connection',
  summary: 'Answers.',
  complexity: 'O(1)',
  syntax: '[message]',
  run({ reply }) {
    reply.simple('PONG')
  },
})
