import { readdirSync } from 'node:fs'
import type { Mount } from '../../containerd/index.js'
import type { PlannedMount } from '../create/mounts.js'
import { Layers } from './layers.js'
import { copyFromSnapshot } from './mounted.js'

/**
 * Docker's rule for volumes: one that is empty gets what the image has at its place, attributes included. `folderOf`
 * answers where a volume lies on the host.
 */
export async function seedVolumes(
  planned: PlannedMount[],
  mounts: Mount[],
  mountPoint: string,
  folderOf: (volume: string) => Promise<string>,
): Promise<void> {
  const layers = new Layers(mounts)
  for (const { mount, seed } of planned) {
    const { Destination: destination = '', Name: name } = mount.point
    if (!seed || name === undefined) continue
    const found = layers.find(destination)
    if (!found?.stat.isDirectory()) continue
    const folder = await folderOf(name)
    if (readdirSync(folder).length > 0) continue
    await copyFromSnapshot(mounts, mountPoint, destination, folder)
  }
}
