import Type from 'typebox'

export const AuthConfig = Type.Object({
  username: Type.Optional(Type.String()),
  password: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
  serveraddress: Type.Optional(Type.String()),
})
export type AuthConfig = Type.Static<typeof AuthConfig>
