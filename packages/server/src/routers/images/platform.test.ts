import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notFound } from '@essaim/base'
import { readPlatform, requirePlatform } from './platform.js'

const images = {
  inspect: (ref: string) => {
    if (ref !== 'here') return Promise.reject(notFound('image.unknown', 'No such image'))
    return Promise.resolve({ Id: 'i', Os: 'linux', Architecture: 'arm64' } as never)
  },
}

void test('the platform that an image has is no obstacle, any other is', async () => {
  for (const platform of [
    '{"os":"linux","architecture":"arm64"}',
    '{"os":"linux","architecture":"arm64","variant":"v8"}',
  ]) {
    await requirePlatform(images, 'here', readPlatform(platform))
  }
  await requirePlatform(images, 'here', undefined)
  await requirePlatform(images, 'absent', readPlatform('{"os":"linux","architecture":"amd64"}'))
  await assert.rejects(
    requirePlatform(images, 'here', readPlatform('{"os":"linux","architecture":"arm","variant":"v6"}')),
    {
      kind: 'not-found',
      message: 'image with reference here was found but does not provide the specified platform (linux/arm/v6)',
    },
  )
})

void test('what is no platform is refused in Docker`s words', () => {
  const cases: [string, RegExp][] = [
    ['{"os":"linux"}', /^both OS and Architecture must be provided$/],
    ['{"variant":"v7"}', /^optional platform fields provided, but OS and Architecture are missing$/],
    ['linux/arm64', /^failed to parse platform: /],
    ['[]', /^failed to parse platform: /],
    ['{"os":7}', /^failed to parse platform: /],
  ]
  for (const [text, message] of cases) assert.throws(() => readPlatform(text), { kind: 'invalid', message })
})
