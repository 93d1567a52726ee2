import type { AuthConfig } from '@essaim/api-types'
import { internal } from '@essaim/base'
import { familiarName, parseReference, withDefaultTag } from '../images/reference.js'
import type { Emit } from '../images/progress.js'
import type { PullContext } from '../images/pull/endpoint.js'
import { pull } from '../images/pull/pull.js'
import { scratch, stepFrom, type StepImage } from './step.js'

export interface BaseOptions {
  pull: boolean
  platform?: string
  /** Credentials by the registry's address. */
  auths: Record<string, AuthConfig>
}

/** The image that a stage begins with: from here, or pulled where it is missing or a fresh one is wanted. */
export async function baseImage(
  context: PullContext,
  name: string,
  options: BaseOptions,
  lease: string,
  emit: Emit,
  signal: AbortSignal,
): Promise<StepImage> {
  if (name === 'scratch') return scratch()
  let id = options.pull ? undefined : await context.store.findId(name)
  if (id === undefined) {
    const reference = withDefaultTag(parseReference(name))
    const auth = options.auths[reference.domain === 'docker.io' ? 'https://index.docker.io/v1/' : reference.domain]
    const { platform } = options
    const request = {
      reference: familiarName(reference),
      ...(platform !== undefined && { platform }),
      ...(auth && { auth }),
    }
    for await (const message of await pull(context, request, signal)) {
      if (message.error !== undefined) throw internal('build.pull', message.error)
      emit(message)
    }
    id = await context.store.idOf(name)
  }
  const { target } = await context.store.get(id)
  return await stepFrom(context, id, target, lease)
}
