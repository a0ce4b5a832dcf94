/** What the build puts in beside our own modules. */

declare module '*.css'

/** The address of the picture's file. */
declare module '*.svg' {
  const url: string
  export default url
}

/** Facts of the directives, taken from `src/server/config` when the console is built. */
declare module 'millrace:directives' {
  export const directives: readonly import('./lib/directive-facts.ts').DirectiveFacts[]
}
