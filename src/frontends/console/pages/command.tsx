/** A command line: what redis-cli is in a terminal. It has a session of its own, so MULTI, SELECT and WATCH work. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Bytes } from '../lib/bytes.ts'
import { type CommandHelp, commandOf, completionsOf, readCommandDocs } from '../lib/completion.ts'
import type { Connection } from '../lib/connection.ts'
import { printAnswer, printReply } from '../lib/print-reply.ts'
import { splitLine } from '../lib/split-line.ts'
import { Store } from '../lib/store.ts'
import { broker, openConnection } from '../parts/broker.ts'
import { address, messageOf, useAsked, useStore } from '../parts/hooks.ts'
import { confirmed } from '../parts/messages.tsx'

interface Output {
  readonly id: number
  readonly kind: 'typed' | 'answer' | 'error' | 'pushed'
  readonly text: string
}

const outputsMax = 300
const historyMax = 500
const historyItem = 'millrace.history'

/** What was said stays while other pages are looked at. */
const outputs = new Store<readonly Output[]>([])
let lastId = 0

function say(kind: Output['kind'], text: string): void {
  outputs.set([...outputs.value, { id: ++lastId, kind, text }].slice(-outputsMax))
}

function readHistory(): string[] {
  return JSON.parse(sessionStorage.getItem(historyItem) ?? '[]') as string[]
}

/** Passwords are not remembered. */
const secretCommands = /^\s*(auth|hello|acl\s+setuser|config\s+set\s+\S*(pass|secret|auth))/i

function remember(line: string): void {
  if (secretCommands.test(line)) return
  const lines = [...readHistory().filter((each) => each !== line), line].slice(-historyMax)
  sessionStorage.setItem(historyItem, JSON.stringify(lines))
}

/** Commands after which nothing is as it was. */
const destructive = /^\s*(flushall|flushdb|shutdown|script\s+flush|function\s+flush|acl\s+deluser|debug\b)/i

export function CommandPage() {
  const shown = useStore(outputs)
  const connection = useMemo(
    () => openConnection({ name: 'console-command', protocol: 2, onPush: (reply) => say('pushed', printReply(reply)) }),
    [],
  )
  useEffect(() => () => connection.close(), [connection])
  const { value: commands = [] } = useAsked(async () => readCommandDocs(await broker.call('COMMAND', 'DOCS')), [])
  const [line, setLine] = useState(useStore(address).options.line ?? '')
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => end.current?.scrollIntoView({ block: 'nearest' }), [shown])
  return (
    <div class="command-page">
      <h1>Command line</h1>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <div class="outputs" role="log" aria-label="Answers" tabIndex={0}>
        {shown.length === 0 && (
          <p class="hint">Type a command. Tab completes, ↑ and ↓ go through what you typed, Ctrl+L clears.</p>
        )}
        {shown.map(({ id, kind, text }) => (
          <pre key={id} class={`output is-${kind}`}>
            {text}
          </pre>
        ))}
        <div ref={end} />
      </div>
      <Prompt
        line={line}
        setLine={setLine}
        commands={commands}
        onRun={(typed) => void run(connection, typed, commands)}
      />
      <Help line={line} commands={commands} onChoose={(name) => setLine(`${name} `)} />
    </div>
  )
}

async function run(connection: Connection, line: string, commands: readonly CommandHelp[]): Promise<void> {
  const typed = line.trim()
  if (typed === '') return
  remember(typed)
  say('typed', secretCommands.test(typed) ? `${typed.split(/\s+/)[0]} …` : typed)
  if (/^clear$/i.test(typed)) return outputs.set([])
  const help = /^help\s+(.+)$/i.exec(typed)
  if (help !== null) return sayHelp(help[1]!, commands)
  const args = splitLine(typed)
  if (args === undefined) return say('error', 'Invalid argument(s)\n')
  if (destructive.test(typed) && !(await confirmed('Run this?', <code>{typed}</code>, 'Run')))
    return say('error', 'Not run.\n')
  try {
    const reply = await connection.ask(args as readonly Bytes[])
    say(reply.kind === 'error' ? 'error' : 'answer', printAnswer(reply, typed))
  } catch (error) {
    say('error', `${messageOf(error)}\n`)
  }
}

function sayHelp(name: string, commands: readonly CommandHelp[]): void {
  const found = commandOf(name, commands)
  if (found === undefined) return say('error', `No help for ${name}.\n`)
  const { syntax, summary, since, group, complexity } = found
  say('answer', `${found.name} ${syntax}\n${summary}\nsince ${since} · ${group} · ${complexity}\n`)
}

function Prompt({
  line,
  setLine,
  commands,
  onRun,
}: {
  line: string
  setLine: (line: string) => void
  commands: readonly CommandHelp[]
  onRun: (line: string) => void
}) {
  /** How far back in the history; 0 is the line being typed. */
  const back = useRef(0)
  const recall = (step: number): void => {
    const history = readHistory()
    back.current = Math.min(Math.max(back.current + step, 0), history.length)
    setLine(back.current === 0 ? '' : history[history.length - back.current]!)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const keys: Record<string, () => void> = {
      ArrowUp: () => recall(1),
      ArrowDown: () => recall(-1),
    }
    if (event.key === 'l' && event.ctrlKey) keys.l = () => outputs.set([])
    const [first] = completionsOf(line, commands)
    if (event.key === 'Tab' && !event.shiftKey && first && `${first.name} ` !== line)
      keys.Tab = () => setLine(`${first.name} `)
    const action = keys[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  return (
    <form
      class="prompt"
      onSubmit={(event) => {
        event.preventDefault()
        back.current = 0
        onRun(line)
        setLine('')
      }}
    >
      <span aria-hidden="true">›</span>
      <input
        aria-label="Command"
        data-search=""
        value={line}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        autofocus
        onInput={(event) => setLine(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
    </form>
  )
}

function Help({
  line,
  commands,
  onChoose,
}: {
  line: string
  commands: readonly CommandHelp[]
  onChoose: (name: string) => void
}) {
  const found = commandOf(line, commands)
  if (found !== undefined && (line.includes(' ') || completionsOf(line, commands).length === 1)) {
    return (
      <div class="help">
        <code>
          <b>{found.name}</b> {found.syntax}
        </code>
        <p>
          {found.summary}{' '}
          <span class="hint">
            since {found.since} · {found.complexity}
          </span>
        </p>
      </div>
    )
  }
  return (
    <div class="help completions">
      {completionsOf(line, commands).map(({ name, summary }) => (
        <button key={name} type="button" class="quiet" title={summary} onClick={() => onChoose(name)}>
          {name}
        </button>
      ))}
    </div>
  )
}
