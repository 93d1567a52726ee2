/** What one votes on: a is the first, b the second. From OPTION_A and OPTION_B, so that the stack file names them. */
export const choices = {
  a: process.env['OPTION_A'] ?? 'Cats',
  b: process.env['OPTION_B'] ?? 'Dogs',
}
export type Choice = keyof typeof choices

/** The key of the Redis list that holds the votes which no worker has taken yet. */
export const votesKey = 'votes'

export interface Vote {
  /** The voter; a second vote of the same one replaces the first. */
  voter: string
  choice: Choice
}

export function isChoice(value: unknown): value is Choice {
  return value === 'a' || value === 'b'
}
