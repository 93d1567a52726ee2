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
  const plain = styleFor({ isTTY: false } as NodeJS.WriteStream, {})
  assert.deepEqual(render(overview, plain, now), [
    'stack shop  0 of 1 as they should be',
    '  ● shop_web       1/2                          web:1   *:80->80/tcp   updating',
    '    • shop_web.1   running 5 minutes, healthy   host',
    '    … shop_web.2   pending 5 minutes                                   no node',
    '',
    'containers',
    '  • alone   running 5 minutes   busybox',
  ])
})
