/** Pieces that the routes' schemas share. Numbers in a query are strings of digits: nothing is coerced. */

const digits = (description: string) => ({ type: 'string', pattern: '^\\d{1,15}$', description })

export const database = digits('The database, 0 where it is left out')
export const databaseQuery = { type: 'object', properties: { db: database } }
export const count = digits('How many, at most')

/** A query of these properties and the database. */
export function queryOf(properties: Readonly<Record<string, object>>) {
  return { type: 'object', properties: { ...properties, db: database } }
}

export function pathOf(...names: readonly string[]) {
  return {
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string', minLength: 1 }])),
  }
}

export const digitsOf = digits

/** A value that is text, a number, or bytes that are not UTF-8. */
export const value = {
  anyOf: [
    { type: 'string' },
    { type: 'number' },
    { type: 'object', required: ['base64'], properties: { base64: { type: 'string' } }, additionalProperties: false },
  ],
}

export const entryId = { type: 'string', pattern: '^\\d{1,20}(-\\d{1,20})?$', description: 'The id of an entry' }

const entry = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    fields: { type: ['array', 'null'], items: { type: 'array', items: {} } },
  },
}

/** Answers of JSON. */
export function answer(description: string, schema: object) {
  return { description, content: { 'application/json': { schema } } }
}

export const result = answer('What the command answered', { type: 'object', properties: { result: {} } })
export const entries = answer('Entries', {
  type: 'object',
  properties: { entries: { type: 'array', items: entry } },
})

export const claimed = answer("Entries that are the consumer's now", {
  type: 'object',
  properties: {
    entries: { type: 'array', items: entry },
    next: { type: 'string', description: 'Where to go on; 0-0 at the end. Without ids alone' },
  },
})
export const pending = answer('Pending entries', {
  type: 'object',
  properties: {
    total: { type: 'integer' },
    entries: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          consumer: { type: 'string' },
          idleMs: { type: 'integer' },
          deliveries: { type: 'integer' },
        },
      },
    },
  },
})

const failure = (description: string) =>
  answer(description, {
    type: 'object',
    properties: {
      error: { type: 'object', properties: { code: { type: 'string' }, message: { type: 'string' } } },
    },
  })

export const failures = {
  400: failure('The command or the request is wrong'),
  401: failure('Who asks must show a password or a token'),
  403: failure('Who asks may not do this, or the page may not ask'),
  503: failure('The server is loading, can not write, or has too many clients'),
}

/** A stream of events. */
export const eventStream = {
  200: { description: 'Events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
  ...failures,
}
