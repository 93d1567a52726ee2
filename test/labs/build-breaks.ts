import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@essaim/testing'
import type { Lab } from './lab.js'

const slow = 'FROM debian\nRUN echo begun; sleep 1000\n'
const build = 'DOCKER_BUILDKIT=0 docker build'

/** True once nothing of a build is left: no container, no folder, no mount. */
function nothingLeft(lab: Lab): () => Promise<boolean | string> {
  return async () => {
    const containers = await lab.does('docker ps -aq')
    if (containers !== '') return `container ${containers}`
    const contexts = join(lab.daemon.dataRoot, 'build/contexts')
    const folders = existsSync(contexts) ? readdirSync(contexts) : []
    if (folders.length > 0) return `folder ${folders.join(' ')}`
    return !readFileSync('/proc/self/mountinfo', 'utf8').includes(contexts) || 'a mount'
  }
}

async function begin(lab: Lab, name: string): Promise<void> {
  await lab.does(`mkdir -p ${name}`)
  await lab.write(`${name}/Dockerfile`, slow)
  await lab.does(`(${build} ${name} >${name}/out 2>&1 & echo $! >${name}/pid) </dev/null`)
  await lab.becomes(`cat ${name}/out`, /begun/)
}

export async function clientGoes(lab: Lab): Promise<void> {
  await begin(lab, 'goes')
  await lab.does('kill -9 $(cat goes/pid)')
  await eventually('an engine without the build', nothingLeft(lab))
  await begin(lab, 'cancelled')
  const call = `curl -s -o /dev/null -w '%{http_code}' --unix-socket ${lab.daemon.socket} -X POST`
  await lab.says(`${call} 'http://d/build/cancel'`, '400')
  await lab.says(`${call} 'http://d/build/cancel?id=nosuch'`, '200')
  await lab.does('kill -9 $(cat cancelled/pid)')
  await eventually('an engine without the build', nothingLeft(lab))
}

export async function daemonIsKilled(lab: Lab): Promise<void> {
  await begin(lab, 'killed')
  await lab.daemon.down('SIGKILL')
  await lab.daemon.up()
  await eventually('an engine without the build', nothingLeft(lab))
  await lab.does(`printf 'FROM debian\\nRUN true\\n' | ${build} -`)
}

/** Dockerfiles from another planet: each is refused with its line, and the engine answers afterwards. */
export async function otherPlanet(lab: Lab): Promise<void> {
  const refused = async (make: string, expected: RegExp): Promise<void> => {
    await lab.does(`rm -rf odd && mkdir odd && cd odd && (${make}) >Dockerfile`)
    await lab.refuses(`${build} odd`, expected)
  }
  await refused('head -c 200000 /bin/busybox', /dockerfile parse error line 1: a NUL byte|line greater than maximum/)
  await refused("echo FROM debian; head -c 10000000 /dev/zero | tr '\\0' x", /has 10000012 bytes, 1048576 are allowed/)
  await refused(
    "echo FROM debian; head -c 70000 /dev/zero | tr '\\0' x",
    /line 2: dockerfile line greater than maximum/,
  )
  await refused("printf 'FROM debian\\nRUN a\\0b\\n'", /line 2: a NUL byte/)
  await refused(
    "printf 'FROM debian\\n'; yes 'ENV a=b' | head -5000; echo WHAT",
    /line 5002: unknown instruction: WHAT/,
  )
  await refused(
    "printf 'FROM debian AS a\\nCOPY --from=b /x /x\\nFROM debian AS b\\nCOPY --from=a /x /x\\n'",
    /invalid from flag value b: that stage begins at line 3, after its use \(line 2/,
  )
  await refused("printf 'FROM debian AS a\\nCOPY --from=a /x /x\\n'", /invalid from flag value a: .*\(line 2/)
  await lab.says("docker version -f '{{.Server.Os}}'", 'linux')
  assert.equal(await nothingLeft(lab)(), true)
}

/** A disk that is full while the context comes. */
export async function fullDisk(lab: Lab): Promise<void> {
  const contexts = join(lab.daemon.dataRoot, 'build')
  await lab.does(
    `mkdir -p full && head -c 20000000 /dev/zero >full/big && printf 'FROM debian\\nCOPY big /\\n' >full/Dockerfile`,
  )
  await lab.does(`mkdir -p ${contexts} && mount -t tmpfs -o size=8m tmpfs ${contexts}`)
  try {
    await lab.refuses(`${build} full`, /no space left on device/i)
    assert.equal(await nothingLeft(lab)(), true)
  } finally {
    await lab.does(`umount ${contexts}`)
  }
  await lab.does(`${build} full`)
}
