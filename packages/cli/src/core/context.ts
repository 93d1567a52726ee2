import { type Client, connect } from '@essaim/client'

/** What a command has to do with: the engine, and the user's terminal. */
export interface Context {
  client: Client
  out: NodeJS.WriteStream
  err: NodeJS.WriteStream
  input: NodeJS.ReadStream
  env: Record<string, string | undefined>
  print: (line?: string) => void
  warn: (line: string) => void
  /** Ends what the command waits for, on Ctrl-C. */
  interrupted: AbortSignal
}

export function createContext(host: string | undefined): Context {
  const { stdout: out, stderr: err, stdin: input, env } = process
  const interrupt = new AbortController()
  return {
    client: connect(host, env),
    out,
    err,
    input,
    env,
    print: (line = '') => void out.write(`${line}\n`),
    warn: (line) => void err.write(`${line}\n`),
    get interrupted() {
      // Only a command that looks at it takes Ctrl-C into its own hands.
      if (process.listenerCount('SIGINT') === 0) process.once('SIGINT', () => interrupt.abort())
      return interrupt.signal
    },
  }
}
