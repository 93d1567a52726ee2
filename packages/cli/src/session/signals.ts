const passed = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Hands the signals that end a program on to the container, until the answer is called. */
export function passSignals(send: (signal: string) => Promise<void>): () => void {
  const handlers = passed.map((signal) => {
    // The container may have ended already; its exit code comes by itself.
    const handler = (): void => void send(signal).catch(() => undefined)
    process.on(signal, handler)
    return (): void => void process.off(signal, handler)
  })
  return () => handlers.forEach((remove) => remove())
}
