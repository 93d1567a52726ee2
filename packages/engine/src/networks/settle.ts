/** Waits for all to end, also where one fails early; then answers as Promise.all does. */
export async function all<T extends readonly Promise<unknown>[] | []>(
  work: T,
): Promise<{ -readonly [Index in keyof T]: Awaited<T[Index]> }> {
  await Promise.allSettled(work)
  return Promise.all(work)
}
