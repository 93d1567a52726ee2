import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { busyboxImage, labImages, repositoryRoot, TestDaemon } from '@essaim/testing'

const run = promisify(execFile)
/** Debian's own Python, whatever other one stands before it in the path. */
const python = '/usr/bin/python3'
const skip = spawnSync(python, ['-c', 'import docker']).status === 0 ? false : 'needs python3-docker'

const parts = ['containers', 'attach', 'objects', 'low_level', 'build', 'swarm']

test('docker-py drives the engine as it does Docker', { skip, timeout: 240_000 }, async () => {
  await using daemon = await TestDaemon.start({ name: 'dockerpy', subnet: 72 })
  await load(daemon.socket, await busyboxImage(labImages.busybox))
  const script = join(repositoryRoot, 'test/clients/docker_py.py')
  const { stdout } = await run(python, [script], { env: { ...process.env, DOCKER_HOST: daemon.host } })
  assert.deepEqual(
    stdout.trim().split('\n'),
    parts.map((part) => `${part} ok`),
  )
})

function load(socketPath: string, image: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/x-tar', 'Content-Length': image.length }
    const out = request({ socketPath, method: 'POST', path: '/images/load?quiet=1', headers }, (response) => {
      response.resume().on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error('not loaded'))))
    })
    out.on('error', reject)
    out.end(image)
  })
}
