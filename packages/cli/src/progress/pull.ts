import { EssaimError } from '@essaim/base'
import type { ProgressMessage } from '@essaim/api-types'
import { authForImage } from '../auth/registry.js'
import type { Context } from '../core/context.js'

/** `name[:tag|@digest]`, the tag `latest` where none is given. */
export function splitReference(reference: string): { name: string; tag: string } {
  const digest = reference.indexOf('@')
  if (digest > 0) return { name: reference.slice(0, digest), tag: reference.slice(digest + 1) }
  const colon = reference.lastIndexOf(':')
  if (colon > reference.lastIndexOf('/')) return { name: reference.slice(0, colon), tag: reference.slice(colon + 1) }
  return { name: reference, tag: 'latest' }
}

/** Fetches an image and shows how; throws what the stream ends with, where that is an error. */
export async function pullImage(context: Context, reference: string, quiet = false): Promise<void> {
  const auth = authForImage(reference, context.env)
  await showProgress(context, context.client.images.pull(splitReference(reference), { auth }), quiet)
}

/** Prints a stream of progress: layers in place on a terminal, each change of status once elsewhere. */
export async function showProgress(
  context: Context,
  messages: AsyncIterable<ProgressMessage>,
  quiet = false,
): Promise<void> {
  const last = new Map<string, string>()
  const rows: string[] = []
  const paint = context.out.isTTY
  for await (const message of messages) {
    if (message.errorDetail || message.error) {
      throw new EssaimError('internal', 'api.stream', message.errorDetail?.message ?? message.error ?? '')
    }
    if (message.stream !== undefined) {
      if (!quiet) context.out.write(message.stream)
      continue
    }
    const { id, status = '', progress = '' } = message
    if (quiet) continue
    if (id === undefined) context.print(status)
    else if (paint) {
      if (!rows.includes(id)) {
        rows.push(id)
        context.out.write('\n')
      }
      const up = rows.length - rows.indexOf(id)
      context.out.write(`\u001b[${up}A\u001b[2K\r${id}: ${status} ${progress}\u001b[${up}B\r`)
    } else if (last.get(id) !== status) context.print(`${id}: ${status}`)
    if (id !== undefined) last.set(id, status)
  }
}
