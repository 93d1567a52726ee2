import assert from 'node:assert/strict'
import { test } from 'node:test'
import { styleFor } from '../format/style.js'
import type { Overview, Unit } from './collect.js'
import { render } from './render.js'

const now = Date.parse('2026-01-01T00:05:00Z')
const unit = (name: string, more: Partial<Unit> = {}): Unit => ({
  id: name,
  name,
  node: 'host',
  state: 'running',
  health: '',
  since: '2026-01-01T00:00:00Z',
  error: '',
  ports: '',
  ...more,
})

test('stacks, their services, their tasks, and containers of their own', () => {
  const overview: Overview = {
    services: [
      {
        ...{ stack: 'shop', name: 'shop_web', mode: 'replicated', replicas: '1/2', settled: false },
        ...{ image: 'web:1', ports: '*:80->80/tcp', update: 'updating' },
        units: [
          unit('shop_web.1', { health: 'healthy' }),
          unit('shop_web.2', { state: 'pending', node: '', error: 'no node' }),
        ],
      },
    ],
    containers: [{ ...unit('alone', { node: '' }), image: 'busybox' }],
  }
  const style = styleFor({ isTTY: false } as NodeJS.WriteStream, {})
  const all = { style, now, width: Infinity, height: Infinity }
  assert.deepEqual(render(overview, all), [
    'stack shop  0 of 1 as they should be',
    '  ● shop_web       1/2                          web:1     *:80->80/tcp   updating',
    '    • shop_web.1   running 5 minutes, healthy   host',
    '    … shop_web.2   pending 5 minutes',
    '      no node',
    '',
    'containers',
    '  • alone          running 5 minutes            busybox',
  ])
  const narrow = render(overview, { ...all, width: 60 })
  assert(narrow.every((line) => line.length <= 60))
})

test('where there is not room for all, services that are well have a line each', () => {
  const service = (name: string, settled: boolean): Overview['services'][number] => ({
    ...{ stack: '', name, mode: 'replicated', replicas: '1/1', settled, image: 'i', ports: '', update: '' },
    units: [unit(`${name}.1`)],
  })
  const overview: Overview = { services: [service('a', true), service('b', false)], containers: [] }
  const style = styleFor({ isTTY: false } as NodeJS.WriteStream, {})
  const lines = render(overview, { style, now, width: 80, height: 4 })
  assert.deepEqual(
    lines.map((line) => line.trim().split(' ')[1]),
    ['', 'a', 'b', 'b.1'],
  )
})
