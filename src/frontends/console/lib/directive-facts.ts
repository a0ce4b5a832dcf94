/** What the console knows of a configuration directive before it asks. */
export interface DirectiveFacts {
  readonly name: string
  readonly alias?: string
  readonly initial: string
  readonly change: 'free' | 'guarded' | 'fixed'
  readonly effect: 'honoured' | 'accepted'
  readonly reason: string
  /** What its values look like: `bool`, `int`, … */
  readonly kind: string
  readonly secret: boolean
}
