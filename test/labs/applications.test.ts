import { execFile, spawnSync } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { repositoryRoot } from '@essaim/testing'
import { Lab, skip as noDocker } from './lab.js'

const run = promisify(execFile)
const applications = join(repositoryRoot, 'test/labs/applications')
/** Real servers from Debian's packages, built once. */
const images = join(repositoryRoot, '.cache/application-images')
const voting = join(repositoryRoot, '.cache/example-images')
const skip = noDocker || (spawnSync('docker-compose', ['--version']).status === 0 ? false : 'needs docker-compose')

/** The applications of a course as their readers type them in, with Debian's docker-compose and real servers. */
suite('applications with their real servers', { skip }, () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.open('labs-a', 69)
    await run(join(applications, 'build'), [images], { timeout: 600_000 })
    await run(join(repositoryRoot, 'examples/voting/images/build'), [voting], { timeout: 600_000 })
    for (const name of ['flask', 'php', 'mysql']) await lab.does(`docker load -q -i ${join(images, `${name}.tar`)}`)
    await lab.does(`docker load -q -i ${join(voting, 'redis.tar')} && docker tag voting-redis redis:7`)
    for (const name of ['blog', 'identidock', 'logging']) {
      await cp(join(applications, name), join(lab.folder, name), { recursive: true })
    }
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  const address = (): string => lab.daemon.net.address

  test('a blog of PHP and MySQL: what is posted is there after the database is made anew', async () => {
    const compose = (line: string): string => `cd blog; docker-compose ${line}`
    await lab.says(compose('config -q'), '')
    await lab.does(compose('up -d'))
    await lab.becomes(`curl -sS http://${address()}:8080/`, /^<h1>Blog<\/h1>$/)
    await lab.says(`curl -sS -d title=premier http://${address()}:8080/`, /<li>premier<\/li>/)
    await lab.says(
      compose(`exec -T db mariadb -S /run/mysqld/mysqld.sock -uroot -psecret -N -e 'select title from blog.post'`),
      'premier',
    )
    await lab.says(compose('port wordpress 80'), '0.0.0.0:8080')
    await lab.says(compose('top db'), /mariadbd/)
    await lab.does(compose('stop db'))
    await lab.becomes(compose('ps db'), /Exit 0/)
    await lab.does(compose('rm -f db'))
    await lab.says(compose('up -d db 2>&1'), /Creating blog_db_1/)
    await lab.becomes(`curl -sS http://${address()}:8080/`, /<li>premier<\/li>/)
    await lab.says(compose('logs --no-color --tail 200 db'), /ready for connections/)
    await lab.does(compose('down -v --remove-orphans'))
    await lab.says('docker volume ls -q; docker ps -aq', '')
  })

  test('identidock: Flask asks dnmonster for a face once, then Redis has it', async () => {
    const compose = (line: string): string => `cd identidock; docker-compose ${line}`
    await lab.says(compose('build'), /Successfully tagged identidock_identidock:latest/)
    await lab.does(compose('up -d'))
    await lab.becomes(`curl -sS http://${address()}:5000/`, /Hello <input.*Joe/)
    const face = `curl -sS http://${address()}:5000/monster/joe | head -c 8 | od -An -tx1 | tr -d ' \\n'`
    await lab.becomes(face, /^89504e470d0a1a0a$/)
    await lab.says(face, '89504e470d0a1a0a')
    await lab.says(compose('logs --no-color identidock') + " | grep -c 'Cache miss'", '1')
    await lab.says(compose('exec -T identidock id -un'), 'uwsgi')
    await lab.says(compose('exec -T redis redis-cli --raw dbsize'), '1')
    await lab.says(compose('run --rm --no-deps -T identidock python -c "print(6 * 7)"'), '42')
    await lab.does(compose('up -d --scale dnmonster=2'))
    await lab.says(compose('ps -q dnmonster') + ' | wc -l', '2')
    await lab.does(compose('pause dnmonster'))
    await lab.says(compose('ps dnmonster') + ' | grep -c Paused', '2')
    await lab.does(compose('unpause dnmonster'))
    await lab.says(compose('images') + ' | tail -n +3 | wc -l', '4')
    await lab.does(compose('kill -s SIGKILL'))
    await lab.becomes(compose('ps') + ' | grep -c Exit', /^4$/)
    await lab.does(compose('start redis'))
    await lab.does(compose('restart -t 1'))
    await lab.becomes(compose('exec -T redis redis-cli ping'), /^PONG$/)
    await lab.does(compose('down -v --rmi local -t 1'))
    await lab.refuses('docker image inspect identidock_identidock', /No such image/)
  })

  test('logging: a shipper finds the containers by the socket and their lines in the files', async () => {
    const compose = (line: string): string =>
      `cd logging; CONTAINERS=${join(lab.daemon.dataRoot, 'containers')} SOCKET=${lab.daemon.socket} docker-compose ${line}`
    await lab.does(compose('up --no-start'))
    await lab.says(compose('ps') + ' | grep -c Exit', '3')
    await lab.does(compose('start'))
    const search = (words: string): string => `curl -sS 'http://${address()}:9200/logs/_search?q=${words}'`
    await lab.becomes(search('order-7'), /"service": "shop", "log": "order-7\\n", "stream": "stdout"/)
    await lab.becomes(search('broken'), /"stream": "stderr"/)
    // A container that comes later is found by its event.
    await lab.does("docker run --name late --label com.docker.compose.service=late alpine echo 'late line'")
    await lab.becomes(search('late'), /"service": "late", "log": "late line\\n"/)
    await lab.does('docker rm late')
    await lab.does(compose('down -t 1'))
  })
})
