import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EssaimError } from '@essaim/base'
import { ContainerCreateRequest } from './containers.js'
import { decode } from './decode.js'
import { ServiceSpec } from './services.js'

test('keys match without regard to case, unknown ones are dropped, null leaves a field out', () => {
  const spec = decode(ServiceSpec, {
    name: 'web',
    nonsense: 1,
    mode: { replicated: { REPLICAS: 3 } },
    TaskTemplate: { containerSpec: { image: 'nginx', Env: null, Labels: { 'Case.Kept': 'x' } } },
  })
  assert.deepEqual(spec, {
    Name: 'web',
    Mode: { Replicated: { Replicas: 3 } },
    TaskTemplate: { ContainerSpec: { Image: 'nginx', Labels: { 'Case.Kept': 'x' } } },
  })
})

test('sets keep their keys, with null for an empty object', () => {
  const request = decode(ContainerCreateRequest, { Image: 'x', ExposedPorts: { '80/tcp': null, '81/tcp': {} } })
  assert.deepEqual(request.ExposedPorts, { '80/tcp': {}, '81/tcp': {} })
})

test('a value of another type is refused with its path', () => {
  const refusal = (value: unknown, message: RegExp): void =>
    assert.throws(
      () => decode(ServiceSpec, value, 'ServiceSpec'),
      (error) => error instanceof EssaimError && error.kind === 'invalid' && message.test(error.message),
    )
  refusal({ Name: 7 }, /cannot unmarshal number into Go struct field ServiceSpec\.Name of type string/)
  refusal(
    { Mode: { Replicated: { Replicas: 1.5 } } },
    /number 1\.5 into .*ReplicatedService\.Mode\.Replicated\.Replicas/,
  )
  refusal({ TaskTemplate: [] }, /array into Go struct field ServiceSpec\.TaskTemplate of type swarm\.TaskSpec/)
  refusal('text', /string into Go value of type swarm\.ServiceSpec/)
  refusal({ Labels: { a: true } }, /bool into .*ServiceSpec\.Labels of type string/)
})
