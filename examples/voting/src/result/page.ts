import { choices } from '../shared/choices.js'
import { style } from '../shared/style.js'
import { escapeHtml } from '../shared/web.js'

/** The page draws itself from the stream of counts at `/events`. */
export function resultPage(): string {
  const row = (choice: 'a' | 'b'): string =>
    `<section class="${choice}"><div><b>${escapeHtml(choices[choice])}</b><span id="${choice}">0</span></div><i><u id="bar-${choice}"></u></i></section>`
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Result: ${escapeHtml(choices.a)} or ${escapeHtml(choices.b)}</title><style>${style}
  section { margin: 20px 0 } section div { display: flex; justify-content: space-between; font-size: 20px }
  span { font-variant-numeric: tabular-nums } i { display: block; height: 14px; border-radius: 7px; background: var(--line); overflow: hidden; margin-top: 6px }
  u { display: block; height: 100%; width: 0; border-radius: 7px; transition: width .4s } .a u { background: var(--a) } .b u { background: var(--b) }
</style></head><body><main><h1>The votes so far</h1>${row('a')}${row('b')}<footer id="total">No votes yet</footer></main>
<script>
  const show = (id, text) => { document.getElementById(id).textContent = text }
  new EventSource('events').onmessage = ({ data }) => {
    const { a, b, total } = JSON.parse(data)
    for (const [id, count] of [['a', a], ['b', b]]) {
      const share = total ? 100 * count / total : 0
      show(id, total ? count + ' · ' + share.toFixed(1) + ' %' : '0')
      document.getElementById('bar-' + id).style.width = share + '%'
    }
    show('total', total === 0 ? 'No votes yet' : total === 1 ? '1 vote' : total + ' votes')
  }
</script></body></html>`
}
