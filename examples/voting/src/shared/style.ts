/** One sheet for both pages: follows the system's light or dark, and fits a phone. */
export const style = `
  :root { color-scheme: light dark; --a: #0f9d8a; --b: #d9662b; --ink: #17201f; --soft: #5d6b69; --page: #f4f7f6; --card: #fff; --line: #dde5e3 }
  @media (prefers-color-scheme: dark) { :root { --a: #2cc5af; --b: #f08a52; --ink: #e8efed; --soft: #93a3a0; --page: #101615; --card: #18201f; --line: #2a3533 } }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
  main { width: min(640px, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 20px; padding: clamp(24px, 6vw, 48px) }
  h1 { margin: 0 0 24px; font-size: clamp(26px, 6vw, 36px); line-height: 1.15; letter-spacing: -.02em }
  footer { margin-top: 28px; color: var(--soft); font-size: 14px }
`
