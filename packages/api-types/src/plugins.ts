import * as Type from './type.js'

export interface PluginMount {
  Name: string
  Description: string
  Settable: string[]
  Source: string
  Destination: string
  Type: string
  Options: string[]
}

export interface PluginDevice {
  Name: string
  Description: string
  Settable: string[]
  Path: string
}

export interface PluginEnv {
  Name: string
  Description: string
  Settable: string[]
  Value: string
}

export interface PluginInterfaceType {
  Prefix: string
  Capability: string
  Version: string
}

/** Describes a permission the user has to accept upon installing the plugin. */
export const PluginPrivilege = Type.Object({
  Name: Type.Optional(Type.String()),
  Description: Type.Optional(Type.String()),
  Value: Type.Optional(Type.Array(Type.String())),
})
export type PluginPrivilege = Type.Static<typeof PluginPrivilege>

/** A plugin for the Engine API */
export interface Plugin {
  Id?: string
  Name: string
  Enabled: boolean
  Settings: {
    Mounts: PluginMount[]
    Env: string[]
    Args: string[]
    Devices: PluginDevice[]
  }
  PluginReference?: string
  Config: {
    DockerVersion?: string
    Description: string
    Documentation: string
    Interface: {
      Types: PluginInterfaceType[]
      Socket: string
      ProtocolScheme?: '' | 'moby.plugins.http/v1'
    }
    Entrypoint: string[]
    WorkDir: string
    User?: {
      UID?: number
      GID?: number
    }
    Network: {
      Type: string
    }
    Linux: {
      Capabilities: string[]
      AllowAllDevices: boolean
      Devices: PluginDevice[]
    }
    PropagatedMount: string
    IpcHost: boolean
    PidHost: boolean
    Mounts: PluginMount[]
    Env: PluginEnv[]
    Args: {
      Name: string
      Description: string
      Settable: string[]
      Value: string[]
    }
    rootfs?: {
      type?: string
      diff_ids?: string[]
    }
  }
}
