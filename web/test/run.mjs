// Every page in every state, then the jobs. Prints a line for each and ends with 1
// if one failed. See README.md.
import { mkdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { launch, Session, signIn } from './browser.mjs'
import { jobs } from './jobs.mjs'
import { frames } from './map.mjs'
import { Keyboard, keys, Mouse, people } from './people.mjs'

const { values: given } = parseArgs({
  options: { url: { type: 'string' }, 'sign-in': { type: 'string' }, 'empty-url': { type: 'string' }, 'empty-sign-in': { type: 'string' }, themes: { type: 'string', default: 'light' }, shots: { type: 'string' }, only: { type: 'string', default: '' } },
})
const url = given.url.replace(/\/$/, '')
const themes = given.themes.split(',')
const full = themes.length > 1
if (given.shots) mkdirSync(given.shots, { recursive: true })

const browser = await launch()
const state = await signIn(browser, url, given['sign-in'])
const subject = await chooseSubject()

const pages = {
  home: '/', identities: '/identities', filtered: '/identities?filter=env%3Dprod&sort=name', panel: `/identities?panel=${subject.id}`, wrong: '/identities?filter=ownr%3Dx', none: '/identities?filter=name%3Dnothing-is-called-so', identity: `/identities/${subject.id}`,
  use: `/identities/${subject.id}?tab=use`, credentials: `/identities/${subject.id}?tab=credentials`, dependents: `/identities/${subject.id}?tab=dependents`, 'identity findings': `/identities/${subject.id}?tab=findings`, activity: `/identities/${subject.id}?tab=activity`, facts: `/identities/${subject.id}?tab=facts`,
  unknown: '/identities/idn_0000000000000', past: '/identities?as_of=14d', changes: '/changes?since=30d', explore: '/explore', 'explore from': `/explore?from=${subject.id}`, findings: '/findings', posture: '/reports/posture', reports: '/reports', sources: '/sources', settings: '/settings', welcome: '/welcome', glossary: '/glossary', login: '/login', nowhere: '/no-such-page',
}
const first = ['home', 'identities', 'identity', 'explore', 'findings', 'posture', 'reports', 'sources', 'settings', 'welcome', 'glossary']
// Pages whose address asks for what is not there: the browser tells of the 400 or 404.
const tolerate = { wrong: /filter=ownr/, unknown: /idn_0000000000000/ }

const problem = (status, code, title) => (route) => route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title, status, code, detail: title, request_id: 'TEST' }) })
const refused = problem(403, 'permission', 'Your role does not include this')
const broken = problem(500, 'internal', 'The server failed')

let failed = 0
let passed = 0

async function look(name, { path, theme = 'light', width, height, scale, intercept, at = url, as = state, tolerate }) {
  if (!name.includes(given.only)) return
  const session = await Session.open(browser, { url: at, state: as, theme, width, height, scale, intercept })
  session.tolerate = tolerate
  let complaints
  try {
    await session.goto(path)
    complaints = [...session.complaints, ...(await session.frame()), ...(await session.axe())]
  } catch (error) {
    complaints = [...session.complaints, error.message]
  }
  if (given.shots) await session.page.screenshot({ path: `${given.shots}/${name.replace(/[^a-z0-9]+/gi, '-')}.png` })
  await session.close()
  tell(name, complaints)
}

function tell(name, complaints) {
  if (complaints.length === 0) passed++
  else failed++
  console.log(complaints.length === 0 ? `ok    ${name}` : `FAIL  ${name}\n${complaints.map((one) => '        ' + one).join('\n')}`)
}

/** The identity that scores highest now: tests name nothing. */
async function chooseSubject() {
  const context = await browser.newContext({ storageState: state })
  const answer = await (await context.request.get(url + '/api/v1/identities?order_by=-risk&page_size=1')).json()
  await context.close()
  if (!answer.items?.length) throw new Error(`no identity to look at: ${JSON.stringify(answer).slice(0, 300)}`)
  return answer.items[0]
}

for (const theme of themes) for (const [name, path] of Object.entries(pages)) await look(`${theme} ${name}`, { path, theme, tolerate: tolerate[name] })
for (const name of Object.keys(pages)) await look(`320px ${name}`, { path: pages[name], width: 320, height: 720, tolerate: tolerate[name] })
// A browser at 200 %: half of the room, twice the pixels.
for (const name of full ? Object.keys(pages) : first) await look(`200% ${name}`, { path: pages[name], width: 720, height: 450, scale: 2, tolerate: tolerate[name] })
for (const name of first) await look(`refused ${name}`, { path: pages[name], intercept: refused })
for (const name of first) await look(`broken ${name}`, { path: pages[name], intercept: broken })
if (given['empty-url']) {
  const at = given['empty-url'].replace(/\/$/, '')
  const as = await signIn(browser, at, given['empty-sign-in'])
  for (const name of first.filter((name) => name !== 'identity')) await look(`empty ${name}`, { path: pages[name], at, as })
}

async function run(name, job, options = {}) {
  if (!name.includes(given.only)) return
  const session = await Session.open(browser, { url, state, ...options })
  let complaints = []
  try {
    await job({ session, page: session.page, url, subject, browser, state })
  } catch (error) {
    complaints = [error.message.split('\n').slice(0, 6).join(' ')]
    if (given.shots) await session.page.screenshot({ path: `${given.shots}/${name.replace(/[^a-z0-9]+/gi, '-')}.png` }).catch(() => undefined)
  }
  tell(name, [...complaints, ...session.complaints])
  await session.close()
}

for (const [name, job] of Object.entries(people))
  for (const Hand of [Mouse, Keyboard])
    await run(`${Hand === Mouse ? 'three clicks' : 'keys only'}, ${name}`, async (with_) => {
      const hand = new Hand(with_.session)
      await with_.session.goto('/')
      await job({ ...with_, hand })
      await hand.end()
    })
for (const [name, job] of Object.entries(keys))
  await run(`keys only, ${name}`, async (with_) => {
    await with_.session.goto('/')
    await job(with_)
  })
for (const [name, job] of Object.entries(jobs)) await run(`job ${name}`, job)
if (full || given.only.startsWith('map'))
  await run('map of 10,000 things', async ({ session }) => {
    const times = await frames(session)
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1)
    console.log(`      frames while panning 10,000 things and 40,000 links: ${times.length}, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`)
  })

await browser.close()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
