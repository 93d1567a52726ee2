import * as Type from './type.js'
import { Driver } from './common.js'

export const SecretSpec = Type.Object(
  {
    Name: Type.Optional(Type.String()),
    Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    Data: Type.Optional(Type.String()),
    Driver: Type.Optional(Driver),
    Templating: Type.Optional(Driver),
  },
  { title: 'swarm.SecretSpec' },
)
export type SecretSpec = Type.Static<typeof SecretSpec>

export const ConfigSpec = Type.Object(
  {
    Name: Type.Optional(Type.String()),
    Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    Data: Type.Optional(Type.String()),
    Templating: Type.Optional(Driver),
  },
  { title: 'swarm.ConfigSpec' },
)
export type ConfigSpec = Type.Static<typeof ConfigSpec>
