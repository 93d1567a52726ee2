import type { Socket } from 'node:net'
import type { RunOutput } from './output.js'

/** One run of a container, from its start to the exit that was settled. */
export class Run {
  /** Standard input, when the container keeps one open. */
  stdin: Socket | undefined
  /** The process that passes on the output, once it is known. */
  shim: number | undefined
  /** The process has ended; its output may still have to be logged. */
  ended = false
  /** Ends with the run: what belongs to it (health checks, execs' prompts) stops. */
  readonly over = new AbortController()

  constructor(
    readonly output: RunOutput,
    stdin: Socket | undefined,
  ) {
    this.stdin = stdin
  }

  /** The process has ended and its output is complete. */
  async end(): Promise<void> {
    await this.output.finish()
    this.stdin?.destroy()
    this.over.abort(new Error('the container has stopped'))
  }

  /** The daemon goes, the process stays. */
  detach(): void {
    this.output.detach()
    this.stdin?.destroy()
    this.over.abort(new Error('the engine closes'))
  }
}
