import { execFile, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { repositoryRoot } from '@essaim/testing'
import { Lab, skip as noDocker } from './lab.js'

const run = promisify(execFile)
/** The real Redis and PostgreSQL, from Debian's packages: the example's images, built once. */
const images = join(repositoryRoot, '.cache/example-images')
const skip = noDocker || (spawnSync('docker-compose', ['--version']).status === 0 ? false : 'needs docker-compose')

const hits = `#!/bin/sh
echo "Content-type: text/plain"; echo
printf 'INCR hits\\r\\nQUIT\\r\\n' | nc redis 6379 | head -1 | tr -d ':\\r'
`
const dockerfile = `FROM alpine
ARG GREETING=hello
COPY hits /www/cgi-bin/hits
RUN chmod +x /www/cgi-bin/hits && echo $GREETING > /www/index.html
EXPOSE 80
HEALTHCHECK --interval=1s --retries=3 CMD wget -q -O- http://localhost/ || exit 1
STOPSIGNAL SIGKILL
CMD ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"]
`
const counter = `
version: "2.4"
services:
  web:
    build: {context: ./web, args: {GREETING: bonjour}}
    ports: ["5080:80"]
    environment: {COLOUR: blue}
    depends_on: {redis: {condition: service_healthy}}
  redis:
    image: voting-redis
    volumes: ["data:/data"]
    healthcheck: {test: [CMD, redis-cli, ping], interval: 500ms, retries: 20}
volumes: {data: {}}
`
const blog = `
version: "3.7"
services:
  db:
    image: voting-db
    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/password}
    volumes: ["posts:/data"]
    secrets: [password]
    networks: [back]
  shell:
    image: voting-db
    entrypoint: psql -h db -U postgres -t -A
    environment: {PGPASSWORD: geheim}
    networks: [back]
networks: {back: {}}
volumes: {posts: {}}
secrets: {password: {file: ./password.txt}}
`

/** Applications of a course, brought up by Debian's docker-compose. */
suite('docker-compose', { skip }, () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.open('labs-d', 66)
    await run(join(repositoryRoot, 'examples/voting/images/build'), [images], { timeout: 600_000 })
    for (const name of ['redis', 'db']) await lab.does(`essaim image load -q -i ${join(images, `${name}.tar`)}`)
    for (const folder of ['hits/web', 'blog', 'logs']) await mkdir(join(lab.folder, folder), { recursive: true })
    await lab.write('hits/docker-compose.yml', counter)
    await writeFile(join(lab.folder, 'hits/web/hits'), hits)
    await writeFile(join(lab.folder, 'hits/web/Dockerfile'), dockerfile)
    await lab.write('blog/docker-compose.yml', blog)
    await lab.write('blog/password.txt', 'geheim')
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  test('a page that counts in Redis: built, brought up in order, healthy', async () => {
    const at = (line: string): string => `cd hits; ${line}`
    const page = (path: string): string => `curl -sS http://${lab.daemon.net.address}:5080/${path}`
    await lab.says(at('docker-compose config --services | sort'), 'redis\nweb')
    await lab.says(at('docker-compose build web'), /Successfully built \w{12}\nSuccessfully tagged hits_web:latest$/)
    await lab.says(at('docker-compose build web'), /Using cache[^]*Successfully built/)
    await lab.does(at('docker-compose up -d'))
    await lab.says(page(''), 'bonjour')
    await lab.says(`${page('cgi-bin/hits')}; ${page('cgi-bin/hits')}`, '1\n2')
    await lab.becomes(
      at('docker-compose ps'),
      /hits_redis_1 .*Up \(healthy\)[^]*hits_web_1 .*Up \(healthy\) .*:5080->80\/tcp/,
    )
    await lab.says(at('docker-compose up -d 2>&1'), /hits_redis_1 is up-to-date[^]*hits_web_1 is up-to-date/)
  })

  test('its other commands: exec, run, logs, top, port, scale, pause, restart, kill', async () => {
    const compose = (line: string): string => `cd hits; docker-compose ${line}`
    await lab.says(compose("exec -T web sh -c 'echo $COLOUR'"), 'blue')
    await lab.says(compose('run --rm --no-deps -T web echo ran'), 'ran')
    await lab.refuses(compose("exec -T web sh -c 'exit 7'"), /(?:)/, 7)
    await lab.says(compose('logs --no-color redis'), /redis_1 .*Ready to accept connections/)
    await lab.says(compose('top redis'), /redis-server/)
    await lab.says(compose('port web 80'), '0.0.0.0:5080')
    await lab.says(compose('images -q') + ' | wc -l', '2')
    await lab.does(compose('up -d --scale redis=3'))
    await lab.says(compose('ps -q redis') + ' | wc -l', '3')
    await lab.does(compose('up -d --scale redis=1'))
    await lab.does(compose('pause web'))
    await lab.says(compose('ps web'), /Paused/)
    await lab.does(compose('unpause web'))
    await lab.does(compose('restart -t 1 web'))
    await lab.does(compose('kill redis'))
    await lab.says(compose('ps redis'), /Exit 137/)
    await lab.does(compose('start redis'))
    await lab.becomes(`curl -sS http://${lab.daemon.net.address}:5080/cgi-bin/hits`, /^3$/)
  })

  test('a change makes one container anew; events tell of it; down leaves the volume, down -v nothing', async () => {
    const compose = (line: string): string => `cd hits; docker-compose ${line}`
    await lab.does("sed -i 's/blue/green/' hits/docker-compose.yml")
    const told = lab.type('cd hits; timeout 20 docker-compose events --json')
    await lab.says(compose('up -d 2>&1'), /hits_redis_1 is up-to-date[^]*Recreating hits_web_1/)
    await lab.says(compose("exec -T web sh -c 'echo $COLOUR'"), 'green')
    await lab.does(compose('stop -t 1'))
    await lab.does(compose('down'))
    await lab.says('docker volume ls -q', 'hits_data')
    await lab.does(compose('up -d'))
    await lab.becomes(`curl -sS http://${lab.daemon.net.address}:5080/cgi-bin/hits`, /^4$/)
    await lab.does(compose('down -v --rmi local'))
    await lab.says(
      'docker volume ls -q; docker ps -aq; docker image ls -q hits_web; docker network ls -q --filter type=custom',
      '',
    )
    const { out } = await told
    const actions = out.split('\n').map((line) => (JSON.parse(line) as { action: string }).action)
    for (const action of ['create', 'start', 'destroy']) {
      if (!actions.includes(action)) throw new Error(`no event ${action} in ${actions.join(', ')}`)
    }
  })

  test('a database: its password a secret, its data kept over a new container', async () => {
    const compose = (line: string): string => `cd blog; docker-compose ${line}`
    const ask = (query: string): string => compose(`run --rm -T shell -c "${query}"`)
    await lab.does(compose('up -d db'))
    await lab.becomes(ask('select 6 * 7'), /^42$/)
    await lab.does(ask("create table post (title text); insert into post values ('premier')"))
    await lab.does(compose('up -d --force-recreate db'))
    await lab.becomes(ask('select title from post'), /^premier$/)
    await lab.says(compose('exec -T -u postgres db true || docker-compose exec -T db id -un'), /./)
    await lab.does(compose('rm -s -f -v'))
    await lab.does(compose('down -v'))
  })

  test('a reader of the log files sees what another container wrote', async () => {
    const folder = join(lab.daemon.dataRoot, 'containers')
    await lab.write(
      'logs/docker-compose.yml',
      `
version: "3"
services:
  app: {image: alpine, command: sh -c 'while true; do echo order 66 done; sleep 1; done', stop_grace_period: 0s}
  reader:
    image: alpine
    command: sh -c 'until cat /logs/*/*-json.log | grep -o "order 66 done"; do sleep 0.2; done | head -1'
    volumes: ["${folder}:/logs:ro"]
    stop_grace_period: 0s
`,
    )
    await lab.does('cd logs; docker-compose up -d')
    await lab.becomes('cd logs; docker-compose logs --no-color reader', /reader_1 {2}\| order 66 done/)
    await lab.does('cd logs; docker-compose down')
  })
})
