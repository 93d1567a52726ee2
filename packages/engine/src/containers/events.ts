import type { ContainerDeps } from './deps.js'
import type { Container } from './container.js'

/** Publishes what happened to a container with Docker's attributes: its labels, image and name, and `extra`. */
export function publish(
  { events }: Pick<ContainerDeps, 'events'>,
  { record }: Container,
  action: string,
  extra: Record<string, string> = {},
): void {
  const { config, id, name } = record
  events.publish('container', action, id, { ...config.Labels, ...extra, image: config.Image ?? '', name })
}

/** A command as events of execs show it: the program, a blank, its arguments. */
export function commandText([program = '', ...args]: string[]): string {
  return `${program} ${args.join(' ')}`
}
