import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from './render.js'

const data = {
  Name: 'web',
  Count: 2,
  Zero: 0,
  Nothing: null,
  Yes: true,
  List: ['a', 'b'],
  Map: { b: 2, a: 1 },
  Deep: { Inner: { Leaf: 'x' }, Items: [{ N: 1 }, { N: 2 }] },
}

test('templates as Docker’s users write them', () => {
  const table: [string, string][] = [
    ['{{.Name}}', 'web'],
    ['a {{ .Name }} b', 'a web b'],
    ['{{.Deep.Inner.Leaf}}-{{.Count}}', 'x-2'],
    ['{{json .Map}}', '{"b":2,"a":1}'],
    ['{{.List}} {{.Map}}', '[a b] map[a:1 b:2]'],
    ['{{.Nosuch}} {{.Deep.Nosuch}}', '<no value> <no value>'],
    ['{{json .Nosuch}}', 'null'],
    ['{{range .List}}<{{.}}>{{end}}', '<a><b>'],
    ['{{range $i, $x := .List}}{{$i}}={{$x}};{{end}}', '0=a;1=b;'],
    ['{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}', 'a=1;b=2;'],
    ['{{range .Nothing}}x{{else}}none{{end}}', 'none'],
    ['{{range .Deep.Items}}{{.N}}{{$.Name}} {{end}}', '1web 2web '],
    ['{{if .Yes}}y{{else}}n{{end}}{{if .Zero}}y{{else}}n{{end}}', 'yn'],
    ['{{if eq .Name "db"}}1{{else if eq .Count 2}}2{{else}}3{{end}}', '2'],
    ['{{if and .Yes (not .Zero) (gt .Count 1)}}ok{{end}}', 'ok'],
    ['{{with .Deep.Inner}}{{.Leaf}}{{end}}', 'x'],
    ['{{index .List 1}}{{index .Map "a"}}{{(index .Deep.Items 1).N}}', 'b12'],
    ['{{join .List ", "}}|{{.Name | upper | printf "%s!"}}', 'a, b|WEB!'],
    ['{{printf "%-5s|%3d|%q" .Name .Count "a"}}', 'web  |  2|"a"'],
    ['{{len .List}}{{truncate .Name 2}}{{split "a,b" ","}}', '2we[a b]'],
    ['{{- .Name -}} x', 'webx'],
    ['{{/* nothing */}}{{"}}"}}{{`a"b`}}', '}}a"b'],
    ['{{$x := .Name}}{{$x}}', 'web'],
    ['{{println .Name .Count}}', 'web 2\n'],
    ['plain', 'plain'],
    ['', ''],
  ]
  for (const [template, expected] of table) assert.equal(compile(template, false)(data), expected, template)
})

test('a list’s rows refuse fields that they do not have', () => {
  assert.throws(() => compile('{{.Nope}}', true)(data), /can't evaluate field Nope; there is Name, Count/)
})

test('what is no template is refused', () => {
  for (const wrong of [
    '{{.Name',
    '{{end}}',
    '{{if .X}}',
    '{{range .X}}{{else}}',
    '{{nosuch .X}}',
    '{{.X | }}',
    '{{(.X}}',
    '{{%}}',
    '{{}}',
  ]) {
    assert.throws(() => compile(wrong, false)(data), /template parsing error/, wrong)
  }
})
