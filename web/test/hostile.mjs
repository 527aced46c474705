// Every page over an estate whose every text was written to run in a page: nothing
// runs, nothing is asked of another server, no policy is violated, nothing becomes
// markup, and no hidden letter is shown as it is. Prints what it saw; ends with 1 if
// something was not so. See README.md.
import { parseArgs } from 'node:util'
import { launch, Session, signIn } from './browser.mjs'

const { values: given } = parseArgs({ options: { url: { type: 'string' }, 'sign-in': { type: 'string' }, every: { type: 'string', default: '14' } } })
const url = given.url.replace(/\/$/, '')
const browser = await launch()
const state = await signIn(browser, url, given['sign-in'])
let pages = 0
let letters = 0
const faults = []

const context = await browser.newContext({ storageState: state })
const list = async (path) => (await (await context.request.get(url + '/api/v1' + path)).json()).items ?? []
const every = Number(given.every)
const some = (items) => items.filter((_, i) => i % every === 0)
const identities = await list('/identities?page_size=200&order_by=name')
const findings = await list('/findings?page_size=200')
const fixes = await list('/fixes?page_size=100')
const reports = await list('/reports')
if (identities.length < 50 || findings.length < 50) throw new Error(`${identities.length} identities and ${findings.length} findings: there is nothing to look at`)

const part = encodeURIComponent
const paths = ['/', '/identities', '/identities?density=compact&facets=owner,env', '/findings', '/findings?by=finding', '/reports', '/reports/posture', '/sources', '/settings', '/welcome', '/glossary', '/changes?since=30d', '/explore', '/login', '/login?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E', '/auth/oidc/callback?error=%3Cimg%20src=x%20onerror=alert(1)%3E&state=x']
for (const one of some(identities)) {
  const id = part(one.id)
  paths.push(`/identities/${id}`, `/identities?panel=${id}`, `/explore?from=${id}`)
}
for (const tab of ['use', 'credentials', 'dependents', 'findings', 'activity', 'facts']) for (const one of some(identities).slice(0, 6)) paths.push(`/identities/${part(one.id)}?tab=${tab}`)
for (const [i, one] of some(identities).entries()) {
  const next = identities[(i * every + 1) % identities.length]
  paths.push(`/explore?from=${part(one.id)}&to=${part(next.id)}`)
}
for (const one of some(findings).slice(0, 8)) paths.push(`/findings?panel=${part(one.id)}`, `/findings/${part(one.id)}`)
for (const one of some(fixes).slice(0, 8)) paths.push(`/findings?fix=${part(one.id)}`)
for (const one of reports) paths.push(`/api/v1/reports/${part(one.name)}?format=html`)
// What stands in the address is text, too.
for (const one of some(identities)) paths.push(`/identities?filter=${part(one.name)}`, `/identities/${part(one.name)}`, `/${part(one.name)}`, `/explore?from=${part(one.name)}&to=${part(one.name)}`)

/** What of the estate became markup, or is shown as it must not be. */
function look() {
  const out = []
  const bad = 'img[src="x"], img[src*="evil"], svg[onload], iframe, object, embed, base, meta[http-equiv], form[action*="evil"], link[href*="evil"], math, x, details[ontoggle], script:not([src]):not([nonce]):not([type="application/json"])'
  for (const one of document.querySelectorAll(bad)) out.push(`element ${one.outerHTML.slice(0, 120)}`)
  for (const one of document.querySelectorAll('*')) {
    for (const at of one.attributes) {
      if (/^on/i.test(at.name)) out.push(`handler ${at.name} of ${one.tagName}`)
      if (/^(href|src|action|formaction|xlink:href|data)$/i.test(at.name) && /^[\s\u0000-\u001f]*(java\s*script|vbscript|data:text)/i.test(at.value)) out.push(`${at.name} ${at.value.slice(0, 80)}`)
      if (at.name === 'href' && !/^[#/?]/.test(at.value) && new URL(one.href, location.href).origin !== location.origin && !one.href.startsWith('blob:')) out.push(`leads elsewhere: ${at.value.slice(0, 120)}`)
      if (at.name === 'style' && /evil|expression\(/i.test(at.value)) out.push(`style ${at.value.slice(0, 80)}`)
    }
  }
  const text = document.body?.innerText ?? ''
  const hidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|[\u{e0020}-\u{e007f}]/u.exec(text)
  if (hidden) out.push(`U+${hidden[0].codePointAt(0).toString(16)} in ${JSON.stringify(text.slice(Math.max(0, hidden.index - 30), hidden.index + 30))}`)
  if (Object.keys(Object.prototype).length) out.push('Object.prototype was written to')
  return { out, letters: text.length }
}

const session = await Session.open(browser, { url, state })
session.page.on('dialog', (dialog) => {
  faults.push(`dialog at ${session.page.url()}: ${dialog.message()}`)
  dialog.dismiss().catch(() => undefined)
})
session.page.on('popup', (popup) => faults.push(`a window was opened: ${popup.url()}`))
session.tolerate = /./ // what is not there is answered with 404: that is no fault here
for (const path of paths) {
  const before = session.complaints.length
  try {
    if (/^\/(api|login|auth)/.test(path)) await session.page.goto(url + path, { waitUntil: 'load' })
    else await session.goto(path)
    const seen = await session.page.evaluate(look)
    letters += seen.letters
    faults.push(...seen.out.map((one) => `${path}: ${one}`))
  } catch (error) {
    if (!/Download is starting|ERR_ABORTED/.test(error.message)) faults.push(`${path}: ${error.message.split('\n')[0]}`)
  }
  if (!session.page.url().startsWith(url)) faults.push(`${path}: the page went to ${session.page.url()}`)
  faults.push(...session.complaints.slice(before).map((one) => `${path}: ${one}`))
  pages++
}
await session.close()
await browser.close()
for (const one of new Set(faults)) console.log(`FAIL  ${one}`)
console.log(`${pages} pages over ${identities.length} hostile identities, ${letters} letters of text looked at, ${new Set(faults).size} faults`)
process.exit(faults.length > 0 || letters < 20_000 ? 1 : 0)
