/** Checks of single texts, with the reasons Redis gives. Each returns the reason to refuse the text, or `undefined`. */

const HOST_NAME_BYTES_MAX = 255
const MAYBE_EMPTY_VARIABLES = ['title', 'server-mode', 'unixsocket']
const FILLED_VARIABLES = ['listen-addr', 'port', 'tls-port', 'config-file']

export function checkDbFilename(text: string): string | undefined {
  return isBaseName(text) ? undefined : "dbfilename can't be a path, just a filename"
}

export function checkAppendFilename(text: string): string | undefined {
  if (text === '') return "appendfilename can't be empty"
  return isBaseName(text) ? undefined : "appendfilename can't be a path, just a filename"
}

export function checkAppendDirname(text: string): string | undefined {
  if (text === '') return "appenddirname can't be empty"
  return isBaseName(text) ? undefined : "appenddirname can't be a path, just a dirname"
}

export function checkHostName(text: string): string | undefined {
  if (text.length > HOST_NAME_BYTES_MAX) return 'Hostnames must be less than 256 characters'
  if (!/^[A-Za-z0-9.-]*$/.test(text)) return 'Hostnames may only contain alphanumeric characters, hyphens or dots'
  return undefined
}

/** A template has variables in braces and `{{` for a brace of its own, and prints something even while the variables that may be empty are. */
export function checkTitleTemplate(text: string): string | undefined {
  const printed = text
    .replaceAll('{{', '\0')
    .replace(/\{([^{}]*)\}/g, (whole, variable: string) =>
      MAYBE_EMPTY_VARIABLES.includes(variable) ? '' : FILLED_VARIABLES.includes(variable) ? variable : whole,
    )
  const fine = printed.trim() !== '' && !printed.includes('{')
  return fine ? undefined : 'template format is invalid or contains unknown variables'
}

function isBaseName(text: string): boolean {
  return !/[/\\]/.test(text)
}
