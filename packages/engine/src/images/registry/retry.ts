import { sleep } from '@essaim/base'
import { NetworkError } from './http.js'
import { RegistryError } from './refusal.js'

/** Whether another try may do better. */
export const isPassing = (error: unknown): boolean =>
  error instanceof NetworkError || (error instanceof RegistryError && error.passing)

/** After the first failed try one second, then 2, 4 and 8; `tell` counts them down. */
export async function backOff(attempt: number, tell: (seconds: number) => void, signal: AbortSignal): Promise<void> {
  for (let seconds = 2 ** (attempt - 1); seconds > 0; seconds--) {
    tell(seconds)
    await sleep(1000, signal)
  }
}

export const retryingIn = (seconds: number): string => `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`
