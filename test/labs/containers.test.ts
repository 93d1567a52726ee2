import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { eventually } from '@essaim/testing'
import { Lab, skip } from './lab.js'

/** First steps with containers, typed at the stock CLI. */
suite('containers', { skip }, () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.open('labs-c', 62)
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  test('run: in front, in the background, with input, exit codes', async () => {
    await lab.says('docker run --rm hello-world', 'Hello from Docker!')
    await lab.says('docker run --rm debian echo Salut', 'Salut')
    await lab.says("docker run --rm -i debian cat <<< 'from stdin'", 'from stdin')
    await lab.refuses("docker run --rm debian sh -c 'exit 42'", /^$/, 42)
    await lab.refuses('docker run --rm debian /no/such/program', /no such file or directory/, 127)
    await lab.refuses("docker run --name '***' debian", /Invalid container name \(\*\*\*\)/, 125)
    await lab.does('docker run -d --name sleeper debian sleep 500')
    await lab.refuses(
      'docker run -d --name sleeper debian sleep 500',
      /The container name "\/sleeper" is already in use/,
      125,
    )
    await lab.says("docker ps --format '{{.Names}} {{.Image}} {{.State}}'", 'sleeper debian running')
    await lab.says('docker ps -aq | wc -l', '1')
    await lab.does('docker rm -f sleeper')
  })

  test('what is set is what the process sees', async () => {
    const see = (flags: string, script: string): string => `docker run --rm ${flags} debian sh -c '${script}'`
    await lab.says(
      see('-e GREETING=bonjour --hostname h1 -w /etc', 'echo $GREETING $(hostname) $(pwd)'),
      'bonjour h1 /etc',
    )
    await lab.says(see('--user 1000:1001', 'id -u; id -g'), '1000\n1001')
    await lab.says(see('--ulimit nofile=100:200', 'ulimit -n; ulimit -Hn'), '100\n200')
    await lab.says(see('--tmpfs /scratch:size=1m', 'mount | grep -c " /scratch type tmpfs"'), '1')
    await lab.refuses(see('--read-only', 'echo x > /x'), /Read-only file system/)
    await lab.says(see('--cap-drop ALL', 'grep CapEff /proc/self/status'), /0000000000000000/)
    await lab.says('docker run --rm --entrypoint echo debian over ride', 'over ride')
    await lab.says(see('-v data:/data', 'echo kept > /data/x; cat /data/x'), 'kept')
    await lab.says(see('-v data:/data:ro', 'cat /data/x'), 'kept')
    await lab.says('docker volume ls -q', 'data')
  })

  test('logs: both streams, their tail, and what a stopped container said', async () => {
    const script = 'for i in 1 2 3; do echo line $i; echo oops $i >&2; done'
    await lab.does(`docker run -d --name chatty debian sh -c '${script}'`)
    await lab.says('docker wait chatty', '0')
    await lab.says('docker logs chatty 2>/dev/null', 'line 1\nline 2\nline 3')
    await lab.says('docker logs chatty 2>&1 >/dev/null', 'oops 1\noops 2\noops 3')
    await lab.says('docker logs --tail 1 chatty 2>&1', /^(oops|line) 3$/)
    await lab.says("docker ps -a --filter status=exited --filter name=chatty --format '{{.Status}}'", /^Exited \(0\)/)
    await lab.does('docker rm chatty')
  })

  test('logs that go elsewhere are read here all the same', async () => {
    let text = ''
    const server = createServer((socket) => socket.on('data', (data) => (text += data.toString())))
    const path = join(lab.folder, 'syslog')
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const to = `--log-driver syslog --log-opt syslog-address=unix://${path} --log-opt tag={{.Name}}`
    await lab.does(`docker run --name sent ${to} debian sh -c 'echo out; echo err >&2'`)
    const both = /^<30>.* sent\[\d+\]: out\n<27>.* sent\[\d+\]: err\n$/
    await eventually('both lines at the receiver', async () => both.test(text) || text)
    await lab.says('docker logs sent 2>/dev/null', 'out')
    await lab.does('docker rm sent')
    await lab.does(`docker run --name unkept ${to} --log-opt cache-disabled=true debian echo x`)
    await lab.refuses('docker logs unkept', /configured logging driver does not support reading/)
    await lab.does('docker rm unkept')
    server.close()
    const gone = /failed to initialize logging driver: dial tcp 127.0.0.1:1: connect: connection refused/
    await lab.refuses(`docker run --log-driver fluentd --log-opt fluentd-address=127.0.0.1:1 debian true`, gone, 125)
    await lab.does('docker rm $(docker ps -lq)')
  })

  test('links of the old kind: variables, names, and what they need', async () => {
    await lab.does('docker run -d --name target -e FOO=bar --expose 80 debian sleep 500')
    const script =
      'echo $MY_DB_NAME $MY_DB_ENV_FOO ${MY_DB_PORT%%:*} $MY_DB_PORT_80_TCP_PORT; ping -c1 my-db >/dev/null'
    await lab.says(
      `docker run --rm --name linked --link target:my-db debian sh -c '${script}'`,
      '/linked/my-db bar tcp 80',
    )
    await lab.does('docker create --name linked --link target:db debian true')
    await lab.says("docker inspect -f '{{.HostConfig.Links}}' linked", '[/target:/linked/db]')
    await lab.says("docker inspect -f '{{.Name}}' /linked/db", '/target')
    await lab.does('docker kill target')
    await lab.refuses('docker start linked', /Cannot link to a non running container: \/target AS \/linked\/db/)
    await lab.does('docker rm --link /linked/db')
    await lab.does('docker start -a linked')
    await lab.refuses('docker create --link nosuch:a debian', /could not get container for nosuch: No such container/)
    await lab.does('docker rm linked target')
  })

  test('what no driver and no filesystem is there for is refused by name', async () => {
    await lab.refuses(
      'docker run --gpus all --name g1 debian',
      /could not select device driver "" with capabilities/,
      125,
    )
    // Debian's CLI takes the name of a device of CDI for a path.
    const request =
      '{"Image":"debian","HostConfig":{"DeviceRequests":[{"Driver":"cdi","DeviceIDs":["a.com/gpu=all"]}]}}'
    const post = `curl -sSf --unix-socket ${lab.daemon.socket} -H Content-Type:application/json -d '${request}'`
    await lab.does(`${post} 'http://d/containers/create?name=g2'`)
    await lab.refuses('docker start g2', /could not select device driver "cdi" with capabilities: \[\]/)
    await lab.says("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' g1 g2", 'created 128\ncreated 128')
    await lab.does('docker rm g1 g2')
    await lab.refuses(
      'docker create --storage-opt size=1G debian',
      /--storage-opt is supported only for overlay over xfs/,
    )
    await lab.refuses(
      'docker create --mount type=image,src=debian,dst=/x debian',
      /mounts of type "image" are not supported|Mount type "Image" needs API v1.48/,
    )
  })

  test('cp into the root of one that runs, sizes, updates that contradict, and a stop while it is paused', async () => {
    await lab.does('docker run -d --name busy --cpus 0.5 -m 64m debian sleep 500')
    await lab.does('mkdir -p tree/in && echo 12345 > tree/in/f')
    await lab.does('docker cp tree busy:/new')
    await lab.does('docker cp tree/. busy:/other')
    await lab.says('docker exec busy cat /new/in/f /other/in/f', '12345\n12345')
    await lab.refuses('docker cp busy:/new/in/f/ .', /\/new\/in\/f\/: not a directory/)
    await lab.says("docker inspect -s -f '{{.SizeRw}}' busy", '12')
    await lab.refuses(
      'docker update --cpu-quota 5000 busy',
      /CPU Quota cannot be updated as NanoCPUs has already been set/,
    )
    await lab.does('docker update --pids-limit -1 busy')
    await lab.says("docker inspect -f '{{.HostConfig.PidsLimit}}' busy", '0')
    await lab.does('docker pause busy')
    await lab.does('docker stop -t 0 busy')
    await lab.says("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' busy", 'exited 137')
    await lab.does('docker rm busy')
  })

  test('a life: exec, rename, pause, stop, start, kill, remove', async () => {
    const state = "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}'"
    await lab.does('docker run -d --name one debian sleep 500')
    await lab.refuses("docker exec one sh -c 'echo err >&2; exit 3'", /^err$/, 3)
    await lab.says("docker exec -e A=b -w /tmp -u nobody one sh -c 'echo $A; pwd; id -u'", 'b\n/tmp\n65534')
    await lab.does('docker rename one two')
    await lab.says('docker top two -o pid,args | tail -n +2 | wc -l', '1')
    await lab.does('docker pause two')
    await lab.says("docker ps --filter name=two --format '{{.Status}}'", /\(Paused\)$/)
    await lab.does('docker unpause two')
    await lab.does('docker stop -t 1 two')
    await lab.says(`${state} two`, 'exited 137')
    await lab.refuses('docker exec two true', /is not running/)
    await lab.does('docker start two')
    await lab.does('docker kill two')
    await lab.becomes(`${state} two`, /^exited 137$/)
    await lab.does('docker rm two')
    await lab.refuses('docker start two', /No such container: two/)
  })

  test('two networks, names in them, and a published port', async () => {
    await lab.does('docker network create lab')
    await lab.does('docker run -d --name web --network lab --network-alias site -p 8080:80 nginx')
    await lab.becomes('docker run --rm --network lab debian wget -q -O- http://web/', /Welcome/)
    await lab.says('docker run --rm --network lab debian wget -q -O- http://site/', /Welcome/)
    // Without the network there is no such name; what Busybox says of that, if anything, is not of interest.
    await lab.refuses('docker run --rm debian wget -T 2 -q -O- http://web/', /(?:)/)
    await lab.says(`curl -sS http://${lab.daemon.net.address}:8080/`, /Welcome/)
    await lab.refuses('docker network rm lab', /has active endpoints/)
    await lab.does('docker rm -f web && docker network rm lab')
    await lab.says('docker ps -aq', '')
  })
})
