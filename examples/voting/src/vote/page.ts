import { choices, type Choice } from '../shared/choices.js'
import { style } from '../shared/style.js'
import { escapeHtml } from '../shared/web.js'

export function votePage(chosen: Choice | undefined, hostname: string): string {
  const button = (choice: Choice): string => {
    const name = escapeHtml(choices[choice])
    const pressed = choice === chosen
    return `<button name="vote" value="${choice}" class="${choice}" aria-pressed="${pressed}">${name}</button>`
  }
  const title = `${escapeHtml(choices.a)} or ${escapeHtml(choices.b)}?`
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${style}
  form { display: grid; grid-template-columns: 1fr 1fr; gap: 16px }
  button { font: inherit; font-size: 20px; font-weight: 650; padding: 32px 12px; border-radius: 14px; cursor: pointer; color: var(--ink); background: transparent; border: 2px solid var(--line); transition: border-color .15s, background .15s }
  button.a:hover, button.a:focus-visible { border-color: var(--a) } button.b:hover, button.b:focus-visible { border-color: var(--b) }
  button.a[aria-pressed=true] { background: var(--a); border-color: var(--a); color: var(--card) }
  button.b[aria-pressed=true] { background: var(--b); border-color: var(--b); color: var(--card) }
</style></head><body><main><h1>${title}</h1>
<form method="post">${button('a')}${button('b')}</form>
<footer>${chosen ? `You chose ${escapeHtml(choices[chosen])}. You may change your mind.` : 'One vote each.'}<br>Served by ${escapeHtml(hostname)}</footer>
</main></body></html>`
}
