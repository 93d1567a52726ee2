import { EssaimError, messageOf } from '@essaim/base'

/** What to do instead, where the engine's own words do not say it. */
const remedies: [RegExp, string][] = [
  [/is not a swarm manager/, 'make it one with: essaim swarm init'],
  [/is already part of a swarm/, 'leave it first with: essaim swarm leave --force'],
  [/No such container/i, 'list what there is with: essaim container ls -a'],
  [/No such image|image .* not found|reference does not exist/i, 'list what there is with: essaim image ls'],
  [/no such network|network .* not found/i, 'list what there is with: essaim network ls'],
  [/no such volume/i, 'list what there is with: essaim volume ls'],
  [/service .* not found|no such service/i, 'list what there is with: essaim service ls'],
  [/secret .* not found|no such secret/i, 'list what there is with: essaim secret ls'],
  [/config .* not found|no such config/i, 'list what there is with: essaim config ls'],
  [/node .* not found|no such node/i, 'list what there is with: essaim node ls'],
  [/update out of sequence/, 'somebody else changed it in the meantime: try again'],
  [/is in use by the following service/, 'remove or change the service first'],
  [/port is already allocated|already in use by service/, 'choose another published port, or remove what holds it'],
  [
    /name .* is already in use|name conflicts with an existing object/,
    'choose another name, or remove the one that has it',
  ],
  [/container is running|cannot remove .* running container/i, 'stop it first, or remove it with --force'],
]

/** A failure as the user reads it: what happened and, indented below it, what to do. */
export function explain(error: unknown): string {
  const message = messageOf(error)
  const remedy =
    error instanceof EssaimError ? (error.hint ?? remedies.find(([pattern]) => pattern.test(message))?.[1]) : undefined
  const from = error instanceof EssaimError && error.code.startsWith('api.') ? 'Error response from daemon: ' : ''
  return `${from}${message}${remedy === undefined ? '' : `\n  ${remedy}`}`
}
