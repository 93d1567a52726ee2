import type { Command, Group, Leaf } from '../core/command.js'

const leaf = (summary: string, load: () => Promise<{ default: Command }>): Leaf => ({ summary, load })
const group = (summary: string, commands: Record<string, Leaf>): Group => ({ summary, commands })

/** Every command; its code is loaded when it is typed. */
export const commands: Record<string, Leaf | Group> = {
  ps: leaf('What runs: services with their tasks, and containers', () => import('./ps.js')),
  logs: leaf('Print the output of a service, a task or a container', () => import('./logs.js')),
  exec: leaf('Run a command in a running container', () => import('./container/exec.js')),
  run: leaf('Run a command in a new container', () => import('./container/run.js')),
  build: leaf('Build an image from a Dockerfile', () => import('./image/build.js')),
  events: leaf('Print what happens, as it happens', () => import('./events.js')),
  info: leaf('Show what the engine says of itself', () => import('./info.js')),
  version: leaf('Show the versions of this program and the engine', () => import('./version.js')),
  stack: group('Manage stacks: applications of several services, from Compose files.', {
    deploy: leaf('Deploy a new stack or update an existing one', () => import('./stack/deploy.js')),
    ls: leaf('List stacks', () => import('./stack/ls.js')),
    ps: leaf('List the tasks of a stack', () => import('./stack/ps.js')),
    services: leaf('List the services of a stack', () => import('./stack/services.js')),
    rm: leaf('Remove stacks', () => import('./stack/rm.js')),
    config: leaf('Print the Compose file that comes out of the given ones', () => import('./stack/config.js')),
  }),
  swarm: group('Manage the swarm that this node is in.', {
    init: leaf('Make this node the first of a swarm', () => import('./swarm/init.js')),
    join: leaf('Join a swarm', () => import('./swarm/join.js')),
    'join-token': leaf('Show or change the tokens for joining', () => import('./swarm/join-token.js')),
    leave: leaf('Leave the swarm', () => import('./swarm/leave.js')),
  }),
  node: group('Manage the nodes of the swarm.', {
    ls: leaf('List nodes', () => import('./node/ls.js')),
    ps: leaf('List the tasks on nodes', () => import('./node/ps.js')),
    inspect: leaf('Show all of nodes', () => import('./node/inspect.js')),
    update: leaf('Change a node: labels, role, availability', () => import('./node/update.js')),
    rm: leaf('Remove nodes that are down', () => import('./node/rm.js')),
  }),
  service: group('Manage services.', {
    create: leaf('Create a service', () => import('./service/create.js')),
    ls: leaf('List services', () => import('./service/ls.js')),
    ps: leaf('List the tasks of services', () => import('./service/ps.js')),
    inspect: leaf('Show all of services', () => import('./service/inspect.js')),
    logs: leaf('Print the output of a service or a task', () => import('./service/logs.js')),
    scale: leaf('Change how many tasks services have', () => import('./service/scale.js')),
    update: leaf('Change a service', () => import('./service/update.js')),
    rollback: leaf('Bring back what a service was before its last update', () => import('./service/rollback.js')),
    rm: leaf('Remove services', () => import('./service/rm.js')),
  }),
  image: group('Manage images.', {
    build: leaf('Build an image from a Dockerfile', () => import('./image/build.js')),
    ls: leaf('List images', () => import('./image/ls.js')),
    load: leaf('Load images from an archive', () => import('./image/load.js')),
    pull: leaf('Fetch an image from a registry', () => import('./image/pull.js')),
    tag: leaf('Give an image another name', () => import('./image/tag.js')),
    inspect: leaf('Show all of images', () => import('./image/inspect.js')),
    rm: leaf('Remove images', () => import('./image/rm.js')),
  }),
  container: group('Manage containers.', {
    ls: leaf('List containers', () => import('./container/ls.js')),
    run: leaf('Run a command in a new container', () => import('./container/run.js')),
    exec: leaf('Run a command in a running container', () => import('./container/exec.js')),
    logs: leaf('Print the output of a container', () => import('./container/logs.js')),
    inspect: leaf('Show all of containers', () => import('./container/inspect.js')),
    start: leaf('Start containers', () => import('./container/start.js')),
    stop: leaf('Stop containers', () => import('./container/stop.js')),
    rm: leaf('Remove containers', () => import('./container/rm.js')),
  }),
  secret: group('Manage secrets of the swarm.', {
    create: leaf('Create a secret from a file or standard input', () => import('./secret/create.js')),
    ls: leaf('List secrets', () => import('./secret/ls.js')),
    inspect: leaf('Show all of secrets but their data', () => import('./secret/inspect.js')),
    rm: leaf('Remove secrets', () => import('./secret/rm.js')),
  }),
  config: group('Manage configs of the swarm.', {
    create: leaf('Create a config from a file or standard input', () => import('./config/create.js')),
    ls: leaf('List configs', () => import('./config/ls.js')),
    inspect: leaf('Show all of configs', () => import('./config/inspect.js')),
    rm: leaf('Remove configs', () => import('./config/rm.js')),
  }),
  network: group('Manage networks.', {
    create: leaf('Create a network', () => import('./network/create.js')),
    ls: leaf('List networks', () => import('./network/ls.js')),
    inspect: leaf('Show all of networks', () => import('./network/inspect.js')),
    rm: leaf('Remove networks', () => import('./network/rm.js')),
  }),
  volume: group('Manage volumes.', {
    create: leaf('Create a volume', () => import('./volume/create.js')),
    ls: leaf('List volumes', () => import('./volume/ls.js')),
    inspect: leaf('Show all of volumes', () => import('./volume/inspect.js')),
    rm: leaf('Remove volumes', () => import('./volume/rm.js')),
  }),
}
