/** Waits for all to end, then throws the first error. */
export async function all<T extends readonly unknown[]>(
  work: readonly [...{ [Index in keyof T]: Promise<T[Index]> }],
): Promise<T> {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  return results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as T
}
