// The pictures of the README, from a server that runs with the demonstration
// organisation. All moments are shifted so that the last scan was on one and the
// same day, whenever they are taken: what did not change gives the same picture.
import { mkdirSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { launch, Session, signIn } from './browser.mjs'

const { values: given } = parseArgs({ options: { url: { type: 'string' }, 'sign-in': { type: 'string' }, out: { type: 'string' } } })
const url = given.url.replace(/\/$/, '')
const day = Date.parse('2026-09-16T09:05:00Z')
const heaviest = 300_000
mkdirSync(given.out, { recursive: true })

const browser = await launch()
const state = await signIn(browser, url, given['sign-in'])
const context = await browser.newContext({ storageState: state })
const asked = async (path) => (await context.request.get(url + '/api/v1' + path)).json()
const shift = day - 5 * 60_000 - Date.parse((await asked('/diff?from=1d')).to.at)
const [worst] = (await asked('/identities?order_by=-risk&page_size=1')).items
const [fix] = (await asked('/fixes?page_size=1')).items
await context.close()

const pictures = {
  home: { path: '/', theme: 'light' },
  identity: { path: `/identities/${worst.id}`, theme: 'dark' },
  explore: { path: `/explore?from=${encodeURIComponent('nhi_type=ai_agent')}&to=tier0`, theme: 'light', until: 'See before and after' },
  findings: { path: `/findings?panel=${fix.id}`, theme: 'light' },
  posture: { path: '/reports/posture', theme: 'dark', until: 'since 30 days ago' },
}

/** The moments of an answer, each as much later or earlier as the others. Days of a week keep their order. */
const shifted = (text) =>
  text.replace(/"(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(?:\.\d+)?Z)?"/g, (all, date, time) => {
    const at = Date.parse(date + (time ?? 'T12:00:00Z'))
    if (Number.isNaN(at)) return all
    const moved = new Date(at + shift).toISOString()
    return `"${time ? moved : moved.slice(0, 10)}"`
  })

for (const [name, { path, theme, until }] of Object.entries(pictures)) {
  const session = await Session.open(browser, { url, state, theme, width: 1440, height: 900 })
  await session.page.clock.setFixedTime(new Date(day))
  await session.context.route('**/api/v1/**', async (route) => {
    if (route.request().url().includes('/events')) return route.abort()
    const answer = await route.fetch()
    if (!(answer.headers()['content-type'] ?? '').includes('json')) return route.fulfill({ response: answer })
    return route.fulfill({ response: answer, body: shifted(await answer.text()) })
  })
  await session.goto(path)
  await session.page.waitForFunction(() => !document.querySelector('[data-stale]'))
  if (until) await session.page.getByText(until).first().waitFor()
  const file = `${given.out}/${name}.png`
  await session.page.screenshot({ path: file, animations: 'disabled' })
  const { size } = statSync(file)
  if (size > heaviest) throw new Error(`${file} has ${size} bytes; ${heaviest} at most`)
  await session.context.unrouteAll({ behavior: 'ignoreErrors' })
  console.log(`${file}  ${Math.round(size / 1000)} kB`)
  await session.close()
}
await browser.close()
