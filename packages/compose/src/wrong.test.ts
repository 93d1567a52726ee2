import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isKind } from '@essaim/base'
import { planOf } from './plan-of.fixture.js'

const service = (...lines: string[]): string =>
  ['services:', '  web:', '    image: nginx', ...lines.map((l) => `    ${l}`)].join('\n')

/** What is written, and the one line that answers it. */
const cases: Record<string, [file: string, message: string]> = {
  'a tab': ['services:\n\tweb: {}', 'stack.yml:2:1: not valid YAML: Tabs are not allowed as indentation'],
  'no mapping': ['- web', 'stack.yml:1:1: a Compose file must be a mapping, such as `services: ...`'],
  'a key twice': [
    'services:\n  a: {image: x}\n  a: {image: y}',
    'stack.yml:3:3: not valid YAML: Map keys must be unique',
  ],
  'an old version': ['version: "2.4"\nservices: {}', 'stack.yml:1:10: version: unsupported Compose file version "2.4"'],
  'an unknown section': ['service: {}', 'stack.yml:1:1: service: unknown key; did you mean services?'],
  'a misspelt key': [service('imgae: x'), 'stack.yml:4:5: services.web.imgae: unknown key; did you mean image?'],
  'a key of nothing': [
    service('deploy: {colour: red}'),
    'stack.yml:4:14: services.web.deploy.colour: unknown key; allowed are endpoint_mode, labels, mode, placement, replicas, resources, restart_policy, rollback_config, update_config',
  ],
  'a key of another tool': [
    service('mem_limit: 10m'),
    'stack.yml:4:5: services.web.mem_limit: not supported in a stack. Set resource limits using deploy.resources',
  ],
  'no image': [
    'services:\n  web:\n    command: x',
    'stack.yml:2:3: services.web: no image specified; a stack does not build, it needs image: NAME',
  ],
  'an image in capitals': [
    'services: {web: {image: Nginx}}',
    'stack.yml:1:25: services.web.image: "Nginx" is not the name of an image: the repository must be in lower case',
  ],
  'a service that is a list': ['services: {web: [1]}', 'stack.yml:1:17: services.web: a list is not a mapping'],
  'a name with a blank': [
    'services: {"we b": {image: x}}',
    'stack.yml:1:12: services.we b: "we b" is not a name; use letters, digits, dots, dashes and underscores',
  ],
  'words for a number': [
    service('deploy:', '  replicas: three'),
    'stack.yml:5:17: services.web.deploy.replicas: "three" is not a whole number from 0',
  ],
  'a number below zero': [
    service('deploy: {replicas: -1}'),
    'stack.yml:4:24: services.web.deploy.replicas: -1 is not a whole number from 0',
  ],
  'an unknown mode': [
    service('deploy: {mode: all}'),
    'stack.yml:4:20: services.web.deploy.mode: "all" is not one of replicated, global, replicated-job, global-job',
  ],
  'replicas of a global service': [
    service('deploy: {mode: global, replicas: 2}'),
    'stack.yml:4:38: services.web.deploy.replicas: replicas can only be used with mode replicated or replicated-job',
  ],
  'a duration without a unit': [
    service('stop_grace_period: "10"'),
    'stack.yml:4:24: services.web.stop_grace_period: "10" is not a duration; write a number with ns, us, ms, s, m or h, such as 1m30s',
  ],
  'a size of nothing': [
    service('deploy: {resources: {limits: {memory: lots}}}'),
    'stack.yml:4:43: services.web.deploy.resources.limits.memory: "lots" is not a size; write a number with b, k, m, g or t, such as 64M',
  ],
  'a restart condition of containers': [
    service('deploy: {restart_policy: {condition: always}}'),
    'stack.yml:4:42: services.web.deploy.restart_policy.condition: "always" is not one of none, on-failure, any',
  ],
  'a constraint with one equals sign': [
    service('deploy:', '  placement:', '    constraints:', '      - node.role = manager'),
    'stack.yml:7:13: services.web.deploy.placement.constraints[0]: "node.role = manager" is not a constraint; write one such as node.role == manager',
  ],
  'a port that is none': [
    service('ports: ["80:http"]'),
    `stack.yml:4:13: services.web.ports[0]: "80:http" is not a port: the container's port "http" is no number up to 65535`,
  ],
  'ranges that differ': [
    service('ports:', '  - 8000-8001:80-85'),
    'stack.yml:5:9: services.web.ports[0]: "8000-8001:80-85" is not a port: the ranges 8000-8001 and 80-85 differ in length',
  ],
  'a port twice': [service('ports: ["80:80", "80:80"]'), 'stack.yml:4:22: services.web.ports[1]: the same as item [0]'],
  'a port above all': [
    service('ports: [{target: 70000}]'),
    'stack.yml:4:22: services.web.ports[0].target: 70000 is not a whole number from 1 to 65535',
  ],
  'a network of nowhere': [
    `${service('networks: [back]')}\nnetworks: {front: {}}`,
    'stack.yml:4:16: services.web.networks[0]: undefined network "back"; the section networks has front',
  ],
  'a volume of nowhere': [
    service('volumes: ["data:/data"]'),
    'stack.yml:4:15: services.web.volumes[0]: undefined volume "data"; the section volumes is empty',
  ],
  'a volume with too much': [
    service('volumes: ["a:/b:ro:z"]'),
    'stack.yml:4:15: services.web.volumes[0]: "a:/b:ro:z" is not a volume: it has too many colons',
  ],
  'options of another type': [
    service('volumes:', '  - {type: tmpfs, target: /x, bind: {propagation: shared}}'),
    'stack.yml:5:9: services.web.volumes[0]: bind options are incompatible with type tmpfs',
  ],
  'a secret of nowhere': [
    `${service('secrets: [key]')}\nsecrets: {kee: {external: true}}`,
    'stack.yml:4:15: services.web.secrets[0]: undefined secret "key"; the section secrets has kee',
  ],
  'a secret without a file': [
    'services: {}\nsecrets:\n  key: {file: ./nosuch}',
    'stack.yml:3:3: secrets.key.file: there is no file "./nosuch" in /project',
  ],
  'a secret without data': [
    'services: {}\nsecrets:\n  key: {name: x}',
    'stack.yml:3:3: secrets.key: where is its data? Set file, environment, or external: true',
  ],
  'a mode that is none': [
    service('secrets: [{source: a, mode: 99999}]'),
    'stack.yml:4:33: services.web.secrets[0].mode: 99999 is not the mode of a file, such as 0440',
  ],
  'an env_file that is not there': [
    service('env_file: nosuch.env'),
    'stack.yml:4:15: services.web.env_file: there is no file "nosuch.env" in /project',
  ],
  'a variable that is needed': [
    service('user: ${WHO:?say who}'),
    'stack.yml:4:11: services.web.user: "${WHO:?say who}": required variable WHO is missing a value: say who',
  ],
  'a dollar alone': [
    service('command: echo $ 5'),
    'stack.yml:4:14: services.web.command: "echo $ 5": a single $ must be written $$',
  ],
  'a brace that stays open': [
    service('command: echo ${A'),
    'stack.yml:4:14: services.web.command: "echo ${A": ${ is never closed with }',
  ],
  'a quote that stays open': [
    service(`command: "echo 'a"`),
    `stack.yml:4:14: services.web.command: "echo 'a" has a quote that is never closed`,
  ],
  'an alias of nothing': [
    service('labels: *none'),
    'stack.yml:4:13: services.web.labels: no anchor &none stands before this *none',
  ],
  'a health test without a form': [
    service('healthcheck: {test: [curl, localhost]}'),
    'stack.yml:4:25: services.web.healthcheck.test: "curl" cannot begin a test; write CMD, CMD-SHELL or NONE before it',
  ],
  'true for text': [service('hostname: true'), 'stack.yml:4:15: services.web.hostname: true is not text'],
  'text for true': [service('tty: "true"'), 'stack.yml:4:10: services.web.tty: "true" is not true or false'],
  'a processor too fine': [
    service('deploy: {resources: {limits: {cpus: "0.0000000001"}}}'),
    'stack.yml:4:41: services.web.deploy.resources.limits.cpus: "0.0000000001" is too precise: at most nine decimals',
  ],
  'an alias within itself': [
    'a: &a [*a]\nservices: {}',
    'stack.yml:1:8: nested more than 100 deep, or an alias within its anchor',
  ],
}

for (const [name, [file, message]] of Object.entries(cases)) {
  test(`refused with one line: ${name}`, () => {
    assert.throws(
      () => planOf(file),
      (error) => {
        assert(isKind(error, 'invalid'))
        assert.equal(error.message, message)
        return !error.message.includes('\n')
      },
    )
  })
}
