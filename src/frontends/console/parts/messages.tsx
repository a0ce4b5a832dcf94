/** What the console says by itself: notes that go away, and questions before something is destroyed. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Store } from '../lib/store.ts'
import { messageOf, refreshes, useStore } from './hooks.ts'

interface Note {
  readonly id: number
  readonly text: string
  readonly isError: boolean
}

const noteMs = 5000
const errorMs = 12_000
const notes = new Store<readonly Note[]>([])
let lastId = 0

export function note(text: string, isError = false): void {
  const id = ++lastId
  notes.set([...notes.value.slice(-3), { id, text, isError }])
  setTimeout(() => dismiss(id), isError ? errorMs : noteMs)
}

function dismiss(id: number): void {
  notes.set(notes.value.filter((each) => each.id !== id))
}

/** Does what a button asks for: says what became of it, and asks anew for what is shown. Returns whether it went well. */
export async function act(done: string, action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action()
    if (done !== '') note(done)
    refreshes.set(refreshes.value + 1)
    return true
  } catch (error) {
    note(messageOf(error), true)
    return false
  }
}

interface Question {
  readonly title: string
  readonly body: ComponentChildren
  readonly verb: string
  /** What must be typed before the button works. */
  readonly proof?: string | undefined
  readonly answer: (isYes: boolean) => void
}

const question = new Store<Question | undefined>(undefined)

/** Asks before something is destroyed. */
export function confirmed(title: string, body: ComponentChildren, verb: string, proof?: string): Promise<boolean> {
  return new Promise((resolve) => {
    question.set({
      title,
      body,
      verb,
      proof,
      answer: (isYes) => {
        question.set(undefined)
        resolve(isYes)
      },
    })
  })
}

/** Asks, then acts. */
export async function actConfirmed(
  asking: { title: string; body: ComponentChildren; verb: string },
  done: string,
  action: () => Promise<unknown>,
): Promise<boolean> {
  return (await confirmed(asking.title, asking.body, asking.verb)) && act(done, action)
}

export function Messages() {
  const shown = useStore(notes)
  const asked = useStore(question)
  const place = useRef<HTMLDivElement>(null)
  // Shown anew, they lie above a window that opened since.
  useEffect(() => {
    place.current?.hidePopover()
    if (shown.length > 0) place.current?.showPopover()
  }, [shown])
  return (
    <>
      <div ref={place} class="notes" popover="manual" role="status" aria-live="polite">
        {shown.map(({ id, text, isError }) => (
          <div key={id} class={isError ? 'note is-error' : 'note'} role={isError ? 'alert' : undefined}>
            <span>{text}</span>
            <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>
              ×
            </button>
          </div>
        ))}
      </div>
      {asked && <QuestionDialog {...asked} />}
    </>
  )
}

function QuestionDialog({ title, body, verb, proof, answer }: Question) {
  const [typed, setTyped] = useState('')
  return (
    <Dialog title={title} onClose={() => answer(false)}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault()
          answer(true)
        }}
      >
        <div class="dialog-body">{body}</div>
        {proof !== undefined && (
          <label class="field">
            <span>
              Type <b>{proof}</b> to go on
            </span>
            <input value={typed} onInput={(event) => setTyped(event.currentTarget.value)} autocomplete="off" />
          </label>
        )}
        <div class="dialog-buttons">
          <button type="button" onClick={() => answer(false)}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={proof !== undefined && typed !== proof}>
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

/** A window over the page. The browser keeps the focus in it and gives it back. */
export function Dialog({
  title,
  onClose,
  children,
  isWide = false,
}: {
  title: string
  onClose: () => void
  children: ComponentChildren
  isWide?: boolean
}) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    element.current?.showModal()
    return () => element.current?.close()
  }, [])
  return (
    <dialog
      ref={element}
      class={isWide ? 'is-wide' : ''}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <h2>{title}</h2>
      {children}
    </dialog>
  )
}
