import type { TestContext } from 'node:test'
import { busyboxImage, labImages, TestDaemon } from '@essaim/testing'
import { Api } from './api.js'
import { Specification, specMissing } from './spec.js'

const subnet = 71
/** Where a registry of this test listens, as the engine reaches it. */
export const registryAddress = process.env['CONFORMANCE_REGISTRY'] ?? `10.198.${subnet}.1`

export interface Engine {
  api: Api
  specification: Specification | undefined
}

/**
 * The engine under test: a daemon of its own with the images that tests use, gone after the test. CONFORMANCE_HOST names
 * another engine's socket in its place, with CONFORMANCE_VERSION the API version to speak: to learn what Docker does;
 * CONFORMANCE_REGISTRY is then an address of this host that it reaches and takes as insecure.
 */
export async function startEngine(test: TestContext): Promise<Engine> {
  const specification = specMissing ? undefined : new Specification()
  const other = process.env['CONFORMANCE_HOST']
  const socket = other?.replace('unix://', '') ?? (await ownDaemon(test))
  const api = new Api(socket, specification, process.env['CONFORMANCE_VERSION'])
  const headers = { 'Content-Type': 'application/x-tar' }
  for (const recipe of [labImages.busybox, labImages.web]) {
    await api.ok('POST', '/images/load', { raw: await busyboxImage(recipe), headers, query: { quiet: '1' } })
  }
  return { api, specification }
}

async function ownDaemon(test: TestContext): Promise<string> {
  const daemon = await TestDaemon.start({ name: 'conform', subnet, flags: ['--insecure-registry', registryAddress] })
  test.after(() => daemon[Symbol.asyncDispose]())
  return daemon.socket
}
