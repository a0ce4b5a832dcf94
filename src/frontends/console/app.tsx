/** The frame around the pages: where one is, where one can go, and whether the server is there. */
import { useEffect, useState } from 'preact/hooks'
import icon from './icon.svg'
import { databaseOf, type PageName } from './lib/address.ts'
import { databaseSizes } from './lib/figures.ts'
import { formatShort } from './lib/format.ts'
import { ChannelsPage } from './pages/channels.tsx'
import { ClientsPage } from './pages/clients.tsx'
import { CommandPage } from './pages/command.tsx'
import { ConfigurationPage } from './pages/configuration.tsx'
import { KeysPage } from './pages/keys.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { QueuesPage } from './pages/queues.tsx'
import { SlowLogPage } from './pages/slow-log.tsx'
import { StreamsPage } from './pages/streams.tsx'
import { broker, connectionState, credentials, logOut } from './parts/broker.ts'
import { address, linkTo, refreshes, useStore } from './parts/hooks.ts'
import { Login } from './parts/login.tsx'
import { Messages } from './parts/messages.tsx'
import { sample, startSampling } from './parts/sampler.ts'
import { listenToKeys, ShortcutsDialog, shortcutsShown } from './parts/shortcuts.tsx'
import { nextTheme, theme } from './parts/theme.ts'

interface PageFacts {
  readonly title: string
  /** Goes there after `g`. */
  readonly letter: string
  readonly view: () => preact.JSX.Element
}

const pageFacts: Readonly<Record<PageName, PageFacts>> = {
  overview: { title: 'Overview', letter: 'o', view: OverviewPage },
  streams: { title: 'Streams', letter: 's', view: StreamsPage },
  queues: { title: 'Queues', letter: 'q', view: QueuesPage },
  channels: { title: 'Channels', letter: 'c', view: ChannelsPage },
  keys: { title: 'Keys', letter: 'k', view: KeysPage },
  clients: { title: 'Clients', letter: 'l', view: ClientsPage },
  slowlog: { title: 'Slow log', letter: 'w', view: SlowLogPage },
  configuration: { title: 'Configuration', letter: 'f', view: ConfigurationPage },
  command: { title: 'Command line', letter: 'd', view: CommandPage },
}
const pageList = Object.entries(pageFacts) as [PageName, PageFacts][]

export function App() {
  const { page } = useStore(address)
  const db = databaseOf(useStore(address))
  const state = useStore(connectionState)
  useEffect(() => listenToKeys(pageList.map(([name, { letter, title }]) => ({ name, letter, title }))), [])
  useEffect(startSampling, [])
  useEffect(() => {
    broker.open()
    return refreshAfterLoss()
  }, [])
  useEffect(() => {
    document.title = `${pageFacts[page].title} · Millrace`
  }, [page])
  if (state.name === 'login') return <Login message={state.message} />
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the page
      </button>
      <header class="side">
        <a class="brand" href={linkTo('overview')}>
          <img src={icon} alt="" width="24" height="24" />
          Millrace
        </a>
        <nav aria-label="Pages">
          {pageList.map(([name, { title, letter }]) => (
            <a key={name} href={linkTo(name)} aria-current={name === page ? 'page' : undefined} title={`g ${letter}`}>
              {title}
            </a>
          ))}
        </nav>
        <Foot db={db} />
      </header>
      <div class="content">
        <ConnectionBar />
        <main id="main" tabIndex={-1}>
          <Page key={`${page} ${db}`} page={page} />
        </main>
      </div>
      <Messages />
      <ShortcutsDialog />
    </div>
  )
}

/** What failed while the server was away is asked for anew when it is back. */
function refreshAfterLoss(): () => void {
  let wasLost = false
  return connectionState.listen(() => {
    const { name } = connectionState.value
    if (name === 'lost') wasLost = true
    if (name !== 'open' || !wasLost) return
    wasLost = false
    refreshes.set(refreshes.value + 1)
  })
}

function Page({ page }: { page: PageName }) {
  const View = pageFacts[page].view
  return <View />
}

function Foot({ db }: { db: number }) {
  const look = useStore(theme)
  const sizes = databaseSizes(useStore(sample)?.info ?? new Map())
  const known = [...new Set([0, db, ...sizes.keys()])].sort((a, b) => a - b)
  return (
    <div class="foot">
      <label class="database">
        <span>Database</span>
        <select
          value={String(db)}
          onChange={(event) => {
            const chosen = event.currentTarget.value
            location.hash = linkTo(address.value.page, undefined, { db: chosen === '0' ? '' : chosen })
          }}
        >
          {known.map((each) => (
            <option key={each} value={String(each)}>
              {each} ({formatShort(sizes.get(each) ?? 0)})
            </option>
          ))}
        </select>
      </label>
      <div class="foot-buttons">
        <button type="button" class="quiet" onClick={nextTheme} title="Colours: as the system, light, dark (t)">
          {{ system: 'Auto', light: 'Light', dark: 'Dark' }[look]}
        </button>
        <button type="button" class="quiet" onClick={() => shortcutsShown.set(true)} title="Keyboard shortcuts (?)">
          Keys ?
        </button>
        {credentials() !== undefined && (
          <button type="button" class="quiet" onClick={logOut}>
            Sign out
          </button>
        )}
      </div>
    </div>
  )
}

/** Says when the server is not there. A connection that opens quickly is not spoken of. */
function ConnectionBar() {
  const state = useStore(connectionState)
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    setLate(false)
    const timer = setTimeout(() => setLate(true), 400)
    return () => clearTimeout(timer)
  }, [state.name === 'open'])
  if (state.name === 'open' || !isLate) return null
  return (
    <div class="bar is-error" role="alert">
      <span>{state.name === 'lost' ? `Not connected. ${state.message} Trying again…` : 'Connecting…'}</span>
      <button type="button" onClick={() => broker.reopen()}>
        Try now
      </button>
    </div>
  )
}
