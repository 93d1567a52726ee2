import { invalidArgument } from './refusal.js'

const dnsName = /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-_]*[a-zA-Z0-9])$/
const dataName = /^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_.]*[a-zA-Z0-9])?$/

/** Services and networks: what can stand in a DNS name. */
export function checkDnsName(noun: string, name: string): void {
  if (name === '') throw invalidArgument(`${noun}.name`, 'name must be provided')
  if (!dnsName.test(name)) throw invalidArgument(`${noun}.name`, 'name must be valid as a DNS name component')
  if (name.length > 63) throw invalidArgument(`${noun}.name`, 'name must be 63 characters or fewer')
}

/** Secrets and configs. */
export function checkDataName(noun: string, name: string): void {
  if (name === '') throw invalidArgument(`${noun}.name`, 'name must be provided')
  if (name.length > 64 || !dataName.test(name)) {
    throw invalidArgument(
      `${noun}.name`,
      'invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]',
    )
  }
}
