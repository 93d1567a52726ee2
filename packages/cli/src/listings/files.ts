import type { Config, Secret } from '@essaim/api-types'
import { ago } from '../format/human.js'
import type { Listing } from '../format/rows.js'
import { labelOf, labelText } from './labels.js'

/** Secrets and configs look the same from outside. */
export const fileListing: Listing<Secret | Config> = {
  fields: {
    ID: ['ID', (item) => item.ID],
    Name: ['NAME', (item) => item.Spec.Name],
    Driver: ['DRIVER', (item) => ('Driver' in item.Spec ? (item.Spec.Driver?.Name ?? '') : '')],
    CreatedAt: ['CREATED', (item) => ago(item.CreatedAt)],
    UpdatedAt: ['UPDATED', (item) => ago(item.UpdatedAt)],
    Labels: ['LABELS', (item) => labelText(item.Spec.Labels)],
  },
  columns: ['ID', 'Name', 'CreatedAt', 'UpdatedAt'],
  id: (item) => item.ID,
  methods: { Label: (item) => labelOf(item.Spec.Labels) },
}
