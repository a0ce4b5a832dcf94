/** A page that reads the OpenAPI document to people. It asks for nothing but the document, from here. */

export const readerPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Millrace: HTTP</title>
<link rel="stylesheet" href="reader.css">
<main id="document"><p>Reading /openapi.json …</p></main>
<script type="module" src="reader.js"></script>
</html>
`

export const readerStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 2.5rem; text-transform: capitalize; }
details { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .5rem 0; }
summary { cursor: pointer; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
code, pre { font: .9em ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; background: color-mix(in srgb, currentColor 8%, transparent); }
.method { font-weight: 600; min-width: 3.5rem; }
td, th { text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top; }
`

/** Text is set as text: nothing of the document becomes markup. */
export const readerScript = `const make = (tag, text, ...children) => {
  const element = document.createElement(tag)
  if (text !== undefined) element.textContent = text
  element.append(...children)
  return element
}

const place = (operation) => {
  const rows = (operation.parameters ?? []).map(({ name, in: where, required, schema, description }) =>
    make('tr', undefined, make('td', undefined, make('code', name)), make('td', where + (required ? ', required' : '')),
      make('td', description ?? schema?.description ?? '')))
  const parts = []
  if (operation.description) parts.push(make('p', operation.description))
  if (rows.length > 0) parts.push(make('table', undefined, ...rows))
  const body = operation.requestBody?.content?.['application/json']?.schema
  if (body) parts.push(make('p', 'Body'), make('pre', JSON.stringify(body, null, 2)))
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    parts.push(make('p', status + ': ' + (answer.description ?? '')))
    const schema = status === '200' ? Object.values(answer.content ?? {})[0]?.schema : undefined
    if (schema) parts.push(make('pre', JSON.stringify(schema, null, 2)))
  }
  return parts
}

const { info, paths } = await (await fetch('openapi.json')).json()
const sections = new Map()
for (const [path, operations] of Object.entries(paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    const tag = operation.tags?.[0] ?? 'other'
    const method_ = make('span', method.toUpperCase())
    method_.className = 'method'
    const head = make('summary', undefined, method_, make('code', path), make('span', operation.summary ?? ''))
    sections.set(tag, [...(sections.get(tag) ?? []), make('details', undefined, head, ...place(operation))])
  }
}
document.querySelector('#document').replaceChildren(
  make('h1', info.title),
  make('p', info.description),
  ...[...sections].flatMap(([tag, items]) => [make('h2', tag), ...items]),
)
`
