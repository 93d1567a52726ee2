import * as Type from './type.js'

export const AuthConfig = Type.Object(
  {
    username: Type.Optional(Type.String()),
    password: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
    serveraddress: Type.Optional(Type.String()),
    /** What `docker login` got from the registry in place of a password. */
    identitytoken: Type.Optional(Type.String()),
    /** A bearer token to send as it is. */
    registrytoken: Type.Optional(Type.String()),
  },
  { title: 'types.AuthConfig' },
)
export type AuthConfig = Type.Static<typeof AuthConfig>
