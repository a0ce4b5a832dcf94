import { expect, test } from 'vitest'
import { processTitle, type TitleSettings } from '../../src/cli/process-title.ts'

const titled = (titleTemplate: string, settings: Partial<TitleSettings> = {}, configFile = ''): string =>
  processTitle(
    {
      bindAddresses: ['127.0.0.1', '-::1'],
      port: 6379,
      tls: { port: 0 },
      unixSocketPath: '',
      titleTemplate,
      ...settings,
    },
    configFile,
  )

test.each<[template: string, settings: Partial<TitleSettings>, title: string]>([
  ['{title} {listen-addr} {server-mode}', {}, 'millrace 127.0.0.1:6379'],
  ['{title} {listen-addr} {server-mode}', { port: 0, tls: { port: 6380 } }, 'millrace 127.0.0.1:6380'],
  ['{listen-addr}', { port: 0, unixSocketPath: '/run/broker' }, '/run/broker'],
  ['{listen-addr}', { bindAddresses: ['*', '-::*'] }, '*:6379'],
  ['{listen-addr}', { bindAddresses: [] }, '*:6379'],
  [' {port} {tls-port} {unixsocket}|{config-file}', { tls: { port: 6380 } }, ' 6379 6380 |'],
  ['{title} }{port}} {{port}', {}, 'millrace }6379} {port}'],
])('%s with %o is %s', (template, settings, title) => {
  expect(titled(template, settings)).toBe(title)
})

test('the configuration file is in it', () => {
  expect(titled('{config-file}', {}, '/etc/broker.conf')).toBe('/etc/broker.conf')
})
