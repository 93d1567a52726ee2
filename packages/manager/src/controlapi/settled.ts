/** Runs `read` and answers what it throws as a rejection. */
export async function settled<T>(read: () => T): Promise<T> {
  return await Promise.resolve().then(read)
}
