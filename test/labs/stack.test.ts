import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Lab, skip } from './lab.js'

const file = (replicas: number, more = ''): string => `
version: "3.7"
services:
  web:
    image: nginx:latest
    ports: ["18082:80"]
    networks: [front, back]
    configs: [{source: app, target: /etc/app.conf, mode: 0440}]
    deploy:
      replicas: ${replicas}
      labels: {tier: front}
      update_config: {parallelism: 1, order: start-first}
      placement: {constraints: [node.role == manager]}
  db:
    image: alpine:latest
    command: sleep 1000
    stop_grace_period: 1s
    environment: {PASSWORD_FILE: /run/secrets/db_password}
    volumes: ["data:/var/lib/data"]
    networks: [back]
    secrets: [db_password]
    deploy: {resources: {limits: {memory: 64M, cpus: "0.5"}}}${more}
networks: {front: {}, back: {}}
volumes: {data: {}}
secrets: {db_password: {file: ./db_password.txt}}
configs: {app: {file: ./app.conf}}
`
const third = `
  extra:
    image: alpine:latest
    command: sleep 1000
    stop_grace_period: 1s
    networks: [back]`

const replicas = (name: string): string => `docker service ls --format '{{.Replicas}}' --filter name=${name}`
const tasks = 'docker service ps -q --filter desired-state=running vote_web vote_db | sort'
const inside = (name: string, script: string): string => `docker exec $(docker ps -q --filter name=${name}) ${script}`

/** One stack, deployed and changed by the stock CLI and by our own in turn. */
suite('a stack', { skip }, () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.open('labs-t', 64)
    await lab.does('docker swarm init --advertise-addr 127.0.0.1')
    await lab.write('db_password.txt', 's3cret')
    await lab.write('app.conf', 'greeting=bonjour\n')
    await lab.write('stack.yml', file(2))
    await lab.write('more.yml', file(3, third))
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  test('the stock CLI deploys it, and all of it is there', async () => {
    await lab.does('docker stack deploy -c stack.yml vote')
    await lab.becomes(replicas('vote_web'), /^2\/2$/)
    await lab.becomes(replicas('vote_db'), /^1\/1$/)
    await lab.says("docker stack ls --format '{{.Name}} {{.Services}}'", 'vote 2')
    await lab.says(inside('vote_db', 'cat /run/secrets/db_password'), 's3cret')
    await lab.says(inside('vote_db', `sh -c 'mount | grep -c "/run/secrets.*tmpfs"'`), '1')
    await lab.says(
      "docker inspect -f '{{range .Mounts}}{{.Destination}} {{end}}{{.HostConfig.NetworkMode}}' $(docker ps -qf name=vote_db)",
      '/var/lib/data default',
    )
    await lab.says(
      inside('vote_web.1', `sh -c 'cat /etc/app.conf; ls -l /etc/app.conf | cut -c1-10'`),
      'greeting=bonjour\n-r--r-----',
    )
    await lab.says(inside('vote_web.1', `sh -c 'nslookup db >/dev/null && echo found'`), 'found')
    await lab.says(`curl -sS http://${lab.daemon.net.address}:18082/`, /Welcome/)
    await lab.refuses('docker secret rm vote_db_password', /is in use by the following service: vote_db/)
  })

  test('our own CLI deploys the same again: no task is replaced', async () => {
    const before = await lab.does(tasks)
    const { code, out } = await lab.type('essaim stack deploy -c stack.yml vote')
    assert.equal(code, 0)
    assert.match(out, /^Updating service vote_web \(id: \w{25}\)\nUpdating service vote_db/)
    assert.equal(await lab.does(tasks), before)
  })

  test('our own CLI changes it and waits until it is so', async () => {
    await lab.does('essaim stack deploy -q -c more.yml vote')
    await lab.says(replicas('vote_web'), '3/3')
    await lab.says(replicas('vote_extra'), '1/1')
    await lab.says("essaim stack ls --format '{{.Name}} {{.Services}}'", 'vote 3')
    await lab.says(
      "essaim stack services vote --format '{{.Name}} {{.Replicas}} {{.Ports}}'",
      'vote_db 1/1 \nvote_extra 1/1 \nvote_web 3/3 *:18082->80/tcp',
    )
    await lab.says(
      "essaim stack ps vote --filter desired-state=running --format '{{.Name}}'",
      'vote_db.1\nvote_extra.1\nvote_web.1\nvote_web.2\nvote_web.3',
    )
    await lab.says("essaim ps --filter stack=vote --format '{{.Name}} {{.State}}'", /^vote_db\.1 running\n/)
    await lab.says('essaim ps', /stack vote {2}3 of 3 as they should be/)
    await lab.says('essaim exec vote_db.1 cat /run/secrets/db_password', 's3cret')
  })

  test('the stock CLI deploys that again: no task is replaced; --prune removes what is gone', async () => {
    const before = await lab.does(tasks)
    await lab.does('docker stack deploy -c more.yml vote')
    assert.equal(await lab.does(tasks), before)
    await lab.does('essaim stack deploy -q --prune -c stack.yml vote')
    await lab.says("docker stack services vote --format '{{.Name}}' | sort", 'vote_db\nvote_web')
  })

  test('an update that cannot run ends the waiting with the reason', async () => {
    await lab.write('bad.yml', file(2).replace('nginx:latest', 'nosuch.example.invalid/image:1'))
    await lab.refuses(
      'essaim stack deploy -c bad.yml vote --timeout 20s',
      /service vote_web.*(paused|did not converge)[^]*essaim service ps vote_web/,
      1,
    )
    await lab.does('essaim stack deploy -q -c stack.yml vote')
  })

  test('mistakes have one line; files that are not there have one too', async () => {
    await lab.write('wrong.yml', file(2).replace('replicas: 2', 'replicas: two'))
    await lab.refuses(
      'essaim stack deploy -c wrong.yml vote',
      /^wrong\.yml:10:17: services\.web\.deploy\.replicas: "two" is not a whole number from 0$/,
      1,
    )
    await lab.refuses('essaim stack deploy -c nosuch.yml vote', /there is no file "nosuch.yml"/)
    await lab.write('external.yml', 'services: {a: {image: alpine, networks: [n]}}\nnetworks: {n: {external: true}}\n')
    await lab.refuses(
      'essaim stack deploy -c external.yml x',
      /external\.yml:2:12: networks\.n: network "n" is declared as external, but could not be found/,
    )
  })

  test('removal takes all but the volume', async () => {
    await lab.says('essaim stack rm vote', /^Removing service vote_db\nRemoving service vote_web\nRemoving secret/)
    await lab.becomes('docker ps -q --filter label=com.docker.stack.namespace=vote | wc -l', /^0$/)
    await lab.becomes('docker network ls -q --filter label=com.docker.stack.namespace=vote | wc -l', /^0$/)
    await lab.says('docker stack ls --format {{.Name}}; docker secret ls -q; docker config ls -q', '')
    await lab.says('docker volume ls -q', 'vote_data')
  })
})
