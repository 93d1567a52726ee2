import { invalid } from '@essaim/base'
import type { DeviceRequest } from '@essaim/api-types'

/** No device driver is there: what is asked of one is refused at the start, in Docker's words. */
export function refuseDeviceRequests(requests: DeviceRequest[] = []): void {
  const [request] = requests
  if (!request) return
  const capabilities = (request.Capabilities ?? []).map((all) => `[${all.join(' ')}]`).join(' ')
  const driver = JSON.stringify(request.Driver ?? '')
  throw invalid(
    'container.device-request',
    `could not select device driver ${driver} with capabilities: [${capabilities}]`,
    { hint: 'name the device nodes with --device' },
  )
}
