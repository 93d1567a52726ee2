import { invalid } from '@essaim/base'
import { parseAddress, type Family } from '../ipam/address.js'

/** The driver options of a bridge network that are understood; others are kept and shown. */
export interface BridgeOptions {
  device: string | undefined
  mtu: number | undefined
  icc: boolean
  masquerade: boolean
  hostBinding: string
  routed: Family[]
  interfacePrefix: string | undefined
}

const prefix = 'com.docker.network.bridge.'
const prefixOption = 'com.docker.network.container_iface_prefix'
const families: Family[] = [4, 6]
export const mtuOption = 'com.docker.network.driver.mtu'

/** Throws Docker's message for a value that cannot be read. */
export function parseOptions(options: Record<string, string>): BridgeOptions {
  const device = options[`${prefix}name`]
  if (device !== undefined && !/^[\w.-]{1,15}$/.test(device)) {
    throw invalid('network.bridge-name', `invalid bridge name "${device}": 1 to 15 letters, digits, '.', '_' or '-'`)
  }
  return {
    device,
    mtu: parseMtu(options),
    icc: parseBool(options, `${prefix}enable_icc`, true),
    masquerade: parseBool(options, `${prefix}enable_ip_masquerade`, true),
    hostBinding: parseBinding(options, `${prefix}host_binding_ipv4`),
    routed: families.filter((family) => isRouted(options, `${prefix}gateway_mode_ipv${family}`)),
    interfacePrefix: parsePrefix(options[prefixOption]),
  }
}

export function parseMtu(options: Record<string, string>): number | undefined {
  const text = options[mtuOption]
  if (text === undefined) return undefined
  if (!/^[+-]?\d+$/.test(text)) throw unreadable(mtuOption, text, `strconv.Atoi: parsing "${text}": invalid syntax`)
  const mtu = Number(text)
  if (mtu < 0 || mtu > 65535) throw unreadable(mtuOption, text, 'out of range')
  return mtu === 0 ? undefined : mtu
}

/** What Go's strconv.ParseBool takes. */
const truths = ['1', 't', 'T', 'true', 'TRUE', 'True']
const untruths = ['0', 'f', 'F', 'false', 'FALSE', 'False']

function parseBool(options: Record<string, string>, key: string, otherwise: boolean): boolean {
  const text = options[key]
  if (text === undefined) return otherwise
  if (truths.includes(text)) return true
  if (untruths.includes(text)) return false
  throw unreadable(key, text, `strconv.ParseBool: parsing "${text}": invalid syntax`)
}

function parseBinding(options: Record<string, string>, key: string): string {
  const text = options[key]
  if (text === undefined || text === '') return '0.0.0.0'
  if (parseAddress(text)?.family !== 4) throw unreadable(key, text, 'nil ip')
  return text
}

/** Docker has `isolated` and `nat-unprotected` as well. */
function isRouted(options: Record<string, string>, key: string): boolean {
  const text = options[key] ?? ''
  if (text === '' || text === 'nat') return false
  if (text === 'routed') return true
  throw unreadable(key, text, 'allowed: nat, routed')
}

/** With a number behind it, a name of an interface has 15 characters at most. */
function parsePrefix(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^[\w.-]{1,12}$/.test(text)) throw unreadable(prefixOption, text, "1 to 12 letters, digits, '.', '_' or '-'")
  return text
}

function unreadable(key: string, text: string, reason: string): Error {
  return invalid('network.option', `failed to parse ${key} value: ${text} (${reason})`)
}
