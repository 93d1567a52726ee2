/** The label that marks every object of a stack with the stack's name. */
export const stackLabel = 'com.docker.stack.namespace'
/** The label that keeps the image as the Compose file names it. */
export const imageLabel = 'com.docker.stack.image'

/** A stack's name, as a prefix of the names of what it owns. */
export class Namespace {
  constructor(readonly name: string) {}

  scope(name: string): string {
    return `${this.name}_${name}`
  }

  labels(own: Record<string, string> | undefined): Record<string, string> {
    return { ...own, [stackLabel]: this.name }
  }
}
