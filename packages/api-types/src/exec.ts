import * as Type from './type.js'

export interface ProcessConfig {
  privileged?: boolean
  user?: string
  tty?: boolean
  entrypoint?: string
  arguments?: string[]
}

export const ExecCreateRequest = Type.Object(
  {
    AttachStdin: Type.Optional(Type.Boolean()),
    AttachStdout: Type.Optional(Type.Boolean()),
    AttachStderr: Type.Optional(Type.Boolean()),
    ConsoleSize: Type.Optional(Type.Array(Type.Integer())),
    DetachKeys: Type.Optional(Type.String()),
    Tty: Type.Optional(Type.Boolean()),
    Env: Type.Optional(Type.Array(Type.String())),
    Cmd: Type.Optional(Type.Array(Type.String())),
    Privileged: Type.Optional(Type.Boolean()),
    User: Type.Optional(Type.String()),
    WorkingDir: Type.Optional(Type.String()),
  },
  { title: 'types.ExecConfig' },
)
export type ExecCreateRequest = Type.Static<typeof ExecCreateRequest>

export const ExecStartRequest = Type.Object(
  {
    Detach: Type.Optional(Type.Boolean()),
    Tty: Type.Optional(Type.Boolean()),
    ConsoleSize: Type.Optional(Type.Array(Type.Integer())),
  },
  { title: 'types.ExecStartCheck' },
)
export type ExecStartRequest = Type.Static<typeof ExecStartRequest>
