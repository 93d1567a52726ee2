import type { ImageSummary } from '@essaim/api-types'
import { ago, short, size } from '../format/human.js'
import type { Listing } from '../format/rows.js'

/** An image under one of its names. */
export interface ImageRow {
  image: ImageSummary
  repository: string
  tag: string
  digest: string
}

/** A row for each tag; an image without any is `<none>`. */
export function imageRows(images: ImageSummary[]): ImageRow[] {
  return images.flatMap((image) => {
    const tags = (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>')
    const digests = new Map((image.RepoDigests ?? []).map((digest) => digest.split('@') as [string, string]))
    if (tags.length === 0) {
      const [repository = '<none>', digest = '<none>'] = [...digests][0] ?? []
      return [{ image, repository, tag: '<none>', digest }]
    }
    return tags.map((name) => {
      const at = name.lastIndexOf(':')
      const repository = name.slice(0, at)
      return { image, repository, tag: name.slice(at + 1), digest: digests.get(repository) ?? '<none>' }
    })
  })
}

export function imageListing(noTrunc: boolean): Listing<ImageRow> {
  return {
    fields: {
      Repository: ['REPOSITORY', (row) => row.repository],
      Tag: ['TAG', (row) => row.tag],
      Digest: ['DIGEST', (row) => row.digest],
      ID: ['IMAGE ID', ({ image }) => short(image.Id, noTrunc)],
      CreatedSince: ['CREATED', ({ image }) => ago(image.Created)],
      CreatedAt: ['CREATED AT', ({ image }) => new Date(image.Created * 1000).toISOString()],
      Size: ['SIZE', ({ image }) => size(image.Size)],
    },
    columns: ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size'],
    id: ({ image }) => short(image.Id, noTrunc),
  }
}
