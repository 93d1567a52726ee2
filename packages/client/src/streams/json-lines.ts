/** The objects of a stream that holds one JSON object a line, each as soon as its line is whole. */
export async function* jsonLines<T>(stream: AsyncIterable<Uint8Array>): AsyncGenerator<T> {
  const decoder = new TextDecoder()
  let pending = ''
  for await (const part of stream) {
    pending += decoder.decode(part, { stream: true })
    let end: number
    while ((end = pending.indexOf('\n')) >= 0) {
      const line = pending.slice(0, end).trim()
      pending = pending.slice(end + 1)
      if (line !== '') yield JSON.parse(line) as T
    }
  }
  if (pending.trim() !== '') yield JSON.parse(pending) as T
}
