import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFilters } from './filters.js'
import { ago, clip, memory, short, size, span } from './human.js'
import { type Listing, renderRows } from './rows.js'
import { table } from './table.js'

test('spans of time in Docker’s words', () => {
  const table_: [number, string][] = [
    [0.4, 'Less than a second'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, 'About a minute'],
    [119, 'About a minute'],
    [120, '2 minutes'],
    [45 * 60, '45 minutes'],
    [46 * 60, 'About an hour'],
    [89 * 60, 'About an hour'],
    [47 * 3600, '47 hours'],
    [48 * 3600, '2 days'],
    [13 * 86400, '13 days'],
    [14 * 86400, '2 weeks'],
    [59 * 86400, '8 weeks'],
    [61 * 86400, '2 months'],
    [800 * 86400, '2 years'],
  ]
  for (const [seconds, words] of table_) assert.equal(span(seconds * 1000), words, String(seconds))
})

test('times, sizes and ids', () => {
  assert.equal(ago('2024-01-01T00:00:00.123456789Z', Date.parse('2024-01-01T00:03:01Z')), '3 minutes ago')
  assert.equal(ago('0001-01-01T00:00:00Z'), '')
  assert.equal(ago(undefined), '')
  assert.equal(size(4_263_000), '4.26MB')
  assert.equal(size(999), '999B')
  assert.equal(memory(64 * 1024 ** 2), '64MiB')
  assert.equal(short('sha256:0123456789abcdef'), '0123456789ab')
  assert.equal(short('sha256:0123', true), 'sha256:0123')
  assert.equal(clip('abcdef', 4), 'abc…')
})

test('columns are as wide as their longest cell; colours count no width', () => {
  const red = { text: 'red', paint: (text: string) => `\u001b[31m${text}\u001b[0m` }
  assert.deepEqual(
    table([
      ['A', 'B'],
      ['long', 'x'],
      [red, 'y'],
      ['', ''],
    ]),
    ['A      B', 'long   x', '\u001b[31mred\u001b[0m    y', ''],
  )
})

test('where lines must fit, the widest columns give way', () => {
  const rows_ = [
    ['name', 'registry.example.org/a/long/image:latest', 'running'],
    ['other', 'short', 'a state of several words'],
  ]
  assert.deepEqual(table(rows_, 40), ['name    registry.exam…   running', 'other   short            a state of sev…'])
  for (const line of table(rows_, 40)) assert(line.length <= 40)
})

interface Row {
  id: string
  name: string
}
const listing: Listing<Row> = {
  fields: { ID: ['ID', (row) => row.id], Name: ['NAME', (row) => row.name] },
  columns: ['ID', 'Name'],
  id: (row) => row.id,
  methods: { Label: (row) => (name) => `${row.name}/${String(name)}` },
}
const rows = [
  { id: '1', name: 'web' },
  { id: '2', name: 'db' },
]

test('every list prints a table, ids, JSON, templates and tables of templates', () => {
  const print = (format?: string, quiet = false): string[] => renderRows(rows, listing, { format, quiet })
  assert.deepEqual(print(), ['ID   NAME', '1    web', '2    db'])
  assert.deepEqual(print('table', true), ['1', '2'])
  assert.deepEqual(print('json'), ['{"ID":"1","Name":"web"}', '{"ID":"2","Name":"db"}'])
  assert.deepEqual(print('{{.Name}} {{.Label "a"}}'), ['web web/a', 'db db/a'])
  assert.deepEqual(print('table {{.Name}}\\t{{.Label "team"}}'), ['NAME   team', 'web    web/team', 'db     db/team'])
  assert.deepEqual(print('{{json .}}'), ['{"ID":"1","Name":"web"}', '{"ID":"2","Name":"db"}'])
})

test('filters: a name again adds a value', () => {
  assert.deepEqual(parseFilters(['Name=a', 'name=b', 'label=x=y'], { label: ['z'] }), {
    label: ['z', 'x=y'],
    name: ['a', 'b'],
  })
  assert.throws(() => parseFilters(['name']), /invalid filter "name"/)
})
