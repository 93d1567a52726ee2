import type { TestContext } from 'node:test'
import { busyboxImage, labImages, TestDaemon } from '@essaim/testing'
import { Api } from './api.js'
import { Specification, specMissing } from './spec.js'

export interface Engine {
  api: Api
  specification: Specification | undefined
}

/**
 * The engine under test: a daemon of its own with the images that tests use, gone after the test. CONFORMANCE_HOST names
 * another engine's socket in its place, with CONFORMANCE_VERSION the API version to speak: to learn what Docker does.
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
  const daemon = await TestDaemon.start({ name: 'conform', subnet: 71 })
  test.after(() => daemon[Symbol.asyncDispose]())
  return daemon.socket
}
