/** The server asks who is there. */
import { useState } from 'preact/hooks'
import icon from '../icon.svg'
import { logIn } from './broker.ts'

export function Login({ message }: { message: string }) {
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  return (
    <main class="login">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault()
          logIn({ user: user === '' ? 'default' : user, password })
        }}
      >
        <h1>
          <img src={icon} alt="" width="28" height="28" /> Millrace
        </h1>
        <label class="field">
          <span>User</span>
          <input
            name="username"
            autocomplete="username"
            placeholder="default"
            value={user}
            onInput={(event) => setUser(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Password</span>
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            autofocus
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        {message !== '' && (
          <p class="error" role="alert">
            {message}
          </p>
        )}
        <button type="submit" class="primary">
          Sign in
        </button>
        <p class="hint">Kept in this tab until it is closed or you sign out.</p>
      </form>
    </main>
  )
}
