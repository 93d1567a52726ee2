import { after, before, suite, test } from 'node:test'
import { Lab, skip } from './lab.js'

const replicas = (name: string): string => `docker service ls --format '{{.Replicas}}' --filter name=${name}`
const running = (name: string): string =>
  `docker service ps ${name} --filter desired-state=running --format '{{.Name}} {{.Image}}' | sort`

/** A swarm of one: services are created, scaled, updated, rolled back and removed, typed at the stock CLI. */
suite('services', { skip }, () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.open('labs-s', 63)
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  test('outside a swarm everything of a swarm is refused; init makes one', async () => {
    await lab.refuses('docker node ls', /This node is not a swarm manager/)
    await lab.refuses('docker service ls', /This node is not a swarm manager/)
    await lab.refuses('docker swarm leave', /This node is not part of a swarm/)
    await lab.says(
      'docker swarm init --advertise-addr 127.0.0.1',
      /^Swarm initialized: current node \(\w{25}\) is now a manager\./,
    )
    await lab.refuses('docker swarm init', /This node is already part of a swarm/)
    await lab.says("docker node ls --format '{{.Status}} {{.Availability}} {{.ManagerStatus}}'", 'Ready Active Leader')
    await lab.says('docker swarm join-token -q worker', /^SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}$/)
    await lab.says(
      "docker network ls --format '{{.Name}} {{.Driver}} {{.Scope}}' | grep ^ingress",
      'ingress overlay swarm',
    )
  })

  test('create and scale', async () => {
    await lab.does('docker service create -d --name hello --stop-grace-period 1s alpine sleep 1000')
    await lab.becomes(replicas('hello'), /^1\/1$/)
    await lab.does('docker service scale -d hello=4')
    await lab.becomes(replicas('hello'), /^4\/4$/)
    const four = [1, 2, 3, 4].map((slot) => `hello.${slot} alpine:latest`).join('\n')
    await lab.says(running('hello'), four)
    await lab.does('docker service scale -d hello=1')
    await lab.becomes(replicas('hello'), /^1\/1$/)
    await lab.becomes('docker ps -q --filter name=hello | wc -l', /^1$/)
    await lab.does('docker service create -d --name everywhere --mode global --stop-grace-period 1s alpine sleep 1000')
    await lab.becomes(replicas('everywhere'), /^1\/1$/)
    await lab.refuses('docker service scale everywhere=3', /scale can only be used with replicated/)
    await lab.does('docker service rm hello everywhere')
  })

  test('a published service answers; the port and the name are taken', async () => {
    await lab.does('docker service create -d --name web --replicas 2 -p 18081:80 --update-delay 0s nginx')
    await lab.becomes(replicas('web'), /^2\/2$/)
    await lab.says(`curl -sS http://${lab.daemon.net.address}:18081/`, /Welcome/)
    await lab.refuses(
      'docker service create -d --name web nginx',
      /name conflicts with an existing object: service web already exists/,
    )
    await lab.refuses(
      'docker service create -d --name clash -p 18081:80 nginx',
      /port '18081' is already in use by service 'web'/,
    )
  })

  test('an update goes through, and a rollback brings back what was', async () => {
    const env = "docker service inspect -f '{{json .Spec.TaskTemplate.ContainerSpec.Env}}' web"
    const state = "docker service inspect -f '{{.UpdateStatus.State}}' web"
    await lab.does('docker service update -d --env-add A=1 --image nginx:alpine web')
    await lab.becomes(state, /^completed$/)
    await lab.says(env, '["A=1"]')
    await lab.says(running('web'), 'web.1 nginx:alpine\nweb.2 nginx:alpine')
    await lab.says("for id in $(docker ps -q --filter name=web); do docker exec $id sh -c 'echo $A'; done", '1\n1')
    await lab.does('docker service rollback -d web')
    await lab.becomes(state, /^rollback_completed$/)
    await lab.says(env, 'null')
    await lab.says(running('web'), 'web.1 nginx:latest\nweb.2 nginx:latest')
  })

  test('an update that fails is paused, or rolled back where that was asked for', async () => {
    const state = "docker service inspect -f '{{.UpdateStatus.State}}' web"
    const bad = '--update-monitor 2s --args "sh -c \'exit 1\'"'
    await lab.does(`docker service update -d --update-failure-action pause ${bad} web`)
    await lab.becomes(state, /^paused$/)
    await lab.becomes("docker service ps web --format '{{.Error}}'", /task: non-zero exit \(1\)/)
    await lab.does('docker service rollback -d web')
    await lab.becomes(replicas('web'), /^2\/2$/)
    await lab.does(`docker service update -d --update-failure-action rollback ${bad} web`)
    await lab.becomes(state, /^rollback_completed$/)
    await lab.becomes(replicas('web'), /^2\/2$/)
    await lab.says(`curl -sS http://${lab.daemon.net.address}:18081/`, /Welcome/)
    await lab.does('docker service rm web')
  })

  test('a task that dies is replaced; one that should end is not', async () => {
    await lab.does('docker service create -d --name keep --restart-delay 0s alpine sleep 1000')
    await lab.becomes(replicas('keep'), /^1\/1$/)
    const first = await lab.does('docker ps -q --filter name=keep')
    await lab.does(`docker kill ${first}`)
    await lab.becomes('docker ps -q --filter name=keep', new RegExp(`^(?!${first})\\w{12}$`))
    await lab.does("docker service create -d --name once --restart-condition none alpine sh -c 'echo done once'")
    await lab.becomes("docker service ps once --format '{{.CurrentState}}'", /^Complete/)
    await lab.says('docker service logs --raw once', 'done once')
    await lab.does('docker rm -f $(docker ps -q --filter name=keep)')
    await lab.does('docker service rm keep once')
  })

  test('what cannot be placed waits and says why; health decides when a task runs', async () => {
    await lab.does('docker service create -d --name nowhere --constraint node.labels.nope==1 alpine sleep 1')
    await lab.becomes(
      "docker service ps nowhere --no-trunc --format '{{.Error}}'",
      /no suitable node \(scheduling constraints not satisfied on 1 node\)/,
    )
    await lab.does(
      "docker service create -d --name sick --health-cmd 'exit 1' --health-retries 1 --health-interval 300ms healthy",
    )
    await lab.becomes("docker service ps sick --no-trunc --format '{{.Error}}'", /unhealthy container/)
    await lab.says(replicas('sick'), '0/1')
    await lab.does('docker service rm nowhere sick')
    await lab.refuses('docker service rm nowhere', /service nowhere not found|no such service: nowhere/i)
  })

  test('the last manager leaves only when it must', async () => {
    await lab.refuses('docker swarm leave', /--force/)
    await lab.says('docker swarm leave --force', 'Node left the swarm.')
    await lab.becomes('docker ps -aq', /^$/)
  })
})
