/** When HTTP is served: RESP answers a moment before it does. */

const patienceMs = 8000
const pauseMs = 20

/** Resolves when the server at this address, which ends in a slash, says that it lives. */
export async function waitForHttp(url: string): Promise<void> {
  const deadline = Date.now() + patienceMs
  const lives = (): Promise<boolean> =>
    fetch(`${url}healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await lives())) {
    if (Date.now() > deadline) throw new Error(`no answer from ${url}`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
