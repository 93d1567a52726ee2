import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { repositoryRoot } from '@essaim/testing'
import { Lab, skip } from './lab.js'

const run = promisify(execFile)
const course = join(repositoryRoot, 'test/labs/course')
const base = join(repositoryRoot, '.cache/course-base.tar')

/** The course's own images, built with the stock CLI from Dockerfiles as it has them, and run. */
suite('the course builds', { skip }, () => {
  let lab: Lab
  before(async () => {
    await run(join(course, 'base-image'), [base])
    lab = await Lab.open('labs-k', 67)
    await lab.does(`docker load -q -i '${base}'`)
    await cp(course, lab.folder, { recursive: true })
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  /** Builds twice: the second time every step but `FROM` and those before it comes from the cache. */
  const builds = async (folder: string, tag: string): Promise<void> => {
    const build = `DOCKER_BUILDKIT=0 docker build -t ${tag} ${folder} 2>&1`
    assert.match(await lab.does(build), new RegExp(`Successfully tagged ${tag}:latest$`))
    const again = await lab.does(build)
    const steps = [...again.matchAll(/^Step \d+\/\d+ : (\w+)/gm)].map(([, name]) => name)
    const fixed = steps.filter((name) => name === 'FROM').length + Math.max(0, steps.indexOf('FROM'))
    assert.equal(again.split(' ---> Using cache').length - 1, steps.length - fixed, again)
    assert.doesNotMatch(again, /Running in/)
  }

  test('microblog: Flask with a user of its own, boot.sh and a health check', async () => {
    await builds('microblog', 'microblog')
    await lab.does('docker run -d --name microblog -p 8000:5000 microblog')
    await lab.becomes("docker inspect -f '{{.State.Health.Status}}' microblog", /^healthy$/)
    await lab.says(`curl -s http://${lab.daemon.net.address}:8000/`, 'Hello from microblog')
    await lab.says('docker logs microblog 2>&1 | grep -c "Listening at: http://0.0.0.0:5000"', '1')
    await lab.does('docker rm -f microblog')
  })

  test('identidock: cmd.sh runs the tests or the server, as uwsgi', async () => {
    await builds('identidock', 'identidock')
    await lab.says('docker run --rm -e ENV=UNIT identidock 2>&1', /Running Unit Tests[\s\S]*Ran 2 tests[\s\S]*OK$/)
    await lab.does('docker run -d --name identidock -p 9090:9090 -e ENV= identidock')
    await lab.becomes(`curl -s http://${lab.daemon.net.address}:9090/`, /^Hello Joe Bloggs!$/)
    await lab.says('docker exec identidock id -un', 'uwsgi')
    await lab.does('docker rm -f identidock')
  })

  test('cowsay: an entrypoint takes what is typed', async () => {
    await builds('cowsay', 'test/cowsay-dockerfile')
    await lab.says('docker run --rm test/cowsay-dockerfile "Moo"', /< Moo >[\s\S]*\^__\^/)
    await lab.says('docker run --rm test/cowsay-dockerfile', /< Nothing to say >/)
  })

  test('a program compiled in one stage is all that the other has', async () => {
    await builds('static', 'hello-static')
    await lab.says('docker run --rm hello-static', 'hello from scratch')
    await lab.says("docker image inspect -f '{{len .RootFS.Layers}}' hello-static", '1')
    assert.ok(Number(await lab.does("docker image inspect -f '{{.Size}}' hello-static")) < 16_384)
  })
})
