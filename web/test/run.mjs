// Every page in every state, then the jobs. Prints a line for each and ends with 1
// if one failed. See README.md.
import { mkdirSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { launch, Session, signIn } from './browser.mjs'
import { jobs } from './jobs.mjs'
import { frames, renderer } from './map.mjs'
import { Keyboard, keys, Mouse, people } from './people.mjs'

const { values: given } = parseArgs({
  options: { url: { type: 'string' }, 'sign-in': { type: 'string' }, 'empty-url': { type: 'string' }, 'empty-sign-in': { type: 'string' }, 'large-url': { type: 'string' }, 'large-sign-in': { type: 'string' }, large: { type: 'string', default: '0' }, themes: { type: 'string', default: 'light' }, shots: { type: 'string' }, only: { type: 'string', default: '' }, looks: { type: 'boolean', default: false } },
})
const url = given.url.replace(/\/$/, '')
const themes = given.themes.split(',')
const full = themes.length > 1
if (given.shots) mkdirSync(given.shots, { recursive: true })

const browser = await launch()
const state = await signIn(browser, url, given['sign-in'])
const subject = await chooseSubject(url, state)

const pagesOf = (subject) => ({
  home: '/', identities: '/identities', filtered: '/identities?filter=env%3Dprod&sort=name', panel: `/identities?panel=${subject.id}`, wrong: '/identities?filter=ownr%3Dx', none: '/identities?filter=name%3Dnothing-is-called-so', identity: `/identities/${subject.id}`,
  use: `/identities/${subject.id}?tab=use`, credentials: `/identities/${subject.id}?tab=credentials`, dependents: `/identities/${subject.id}?tab=dependents`, 'identity findings': `/identities/${subject.id}?tab=findings`, activity: `/identities/${subject.id}?tab=activity`, facts: `/identities/${subject.id}?tab=facts`,
  unknown: '/identities/idn_0000000000000', past: '/identities?as_of=14d', 'identity past': `/identities/${subject.id}?as_of=14d`, changes: '/changes?since=30d', explore: '/explore', 'explore from': `/explore?from=${subject.id}`, findings: '/findings', posture: '/reports/posture', reports: '/reports', sources: '/sources', settings: '/settings', welcome: '/welcome', glossary: '/glossary', login: '/login', nowhere: '/no-such-page',
})
const pages = pagesOf(subject)
const first = ['home', 'identities', 'identity', 'explore', 'findings', 'posture', 'reports', 'sources', 'settings', 'welcome', 'glossary']
// Pages whose address asks for what is not there: the browser tells of the 400 or 404.
// The large estate was made today: what it had a fortnight ago is not there.
const tolerate = { wrong: /filter=ownr/, unknown: /idn_0000000000000/ }

const problem = (status, code, title) => (route) => route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title, status, code, detail: title, request_id: 'TEST' }) })
const refused = problem(403, 'permission', 'Your role does not include this')
const broken = problem(500, 'internal', 'The server failed')

let failed = 0
let passed = 0
const began = Date.now()

/** Looks at one page, in one theme after another as the system changes its own under it. */
async function look(names, { path, themes: worn = ['light'], width, height, scale, intercept, at = url, as = state, tolerate }) {
  const session = await Session.open(browser, { url: at, state: as, theme: worn[0], width, height, scale, intercept })
  session.tolerate = tolerate
  for (const [i, theme] of worn.entries()) {
    let complaints
    try {
      await (i === 0 ? session.goto(path) : session.wear(theme))
      complaints = [...session.complaints, ...(await session.frame()), ...(await session.axe())]
    } catch (error) {
      complaints = [...session.complaints, error.message]
    }
    session.complaints = []
    const name = names(theme)
    if (given.shots) await session.page.screenshot({ path: `${given.shots}/${name.replace(/[^a-z0-9]+/gi, '-')}.png` })
    tell(name, complaints)
  }
  await session.close()
}

function tell(name, complaints) {
  if (complaints.length === 0) passed++
  else failed++
  console.log(complaints.length === 0 ? `ok    ${name}` : `FAIL  ${name}\n${complaints.map((one) => '        ' + one).join('\n')}`)
}

/** The identity that scores highest now: tests name nothing. */
async function chooseSubject(url, state) {
  const context = await browser.newContext({ storageState: state })
  const answer = await (await context.request.get(url + '/api/v1/identities?order_by=-risk&page_size=1')).json()
  await context.close()
  if (!answer.items?.length) throw new Error(`no identity to look at: ${JSON.stringify(answer).slice(0, 300)}`)
  return answer.items[0]
}

// Each page begins in another of the themes, and takes on the rest.
const looks = []
const add = (names, { themes: worn = ['light'], ...options }) => {
  const turn = looks.length % worn.length
  const some = [...worn.slice(turn), ...worn.slice(0, turn)].filter((theme) => names(theme).includes(given.only))
  if (some.length) looks.push([names, { ...options, themes: some }])
}
for (const [name, path] of Object.entries(pages)) add((theme) => `${theme} ${name}`, { path, themes, tolerate: tolerate[name] })
// With --looks, what is not there in every theme was looked at without it.
for (const name of given.looks ? [] : Object.keys(pages)) add(() => `320px ${name}`, { path: pages[name], width: 320, height: 720, tolerate: tolerate[name] })
// A browser at 200 %: half of the room, twice the pixels.
for (const name of full ? Object.keys(pages) : first) if (!given.looks || !first.includes(name)) add(() => `200% ${name}`, { path: pages[name], width: 720, height: 450, scale: 2, tolerate: tolerate[name] })
for (const name of first) add((theme) => `${theme} refused ${name}`, { path: pages[name], themes, intercept: refused })
for (const name of first) add((theme) => `${theme} broken ${name}`, { path: pages[name], themes, intercept: broken })
if (given['empty-url']) {
  const at = given['empty-url'].replace(/\/$/, '')
  const as = await signIn(browser, at, given['empty-sign-in'])
  for (const name of first.filter((name) => name !== 'identity')) add((theme) => `${theme} empty ${name}`, { path: pages[name], themes, at, as })
}
const large = given['large-url'] && { at: given['large-url'].replace(/\/$/, '') }
if (large) {
  large.as = await signIn(browser, large.at, given['large-sign-in'])
  const paths = pagesOf(await chooseSubject(large.at, large.as))
  for (const name of Object.keys(paths)) add((theme) => `${theme} large ${name}`, { path: paths[name], themes: first.includes(name) ? themes : themes.slice(0, 1), tolerate: name === 'identity past' ? /as_of=14d/ : tolerate[name], ...large })
}
// Looks change nothing, so that some are taken at once; what people do comes alone.
await Promise.all(Array.from({ length: 3 }, async () => {
  for (let one; (one = looks.shift()); ) await look(...one)
}))

async function run(name, job, options = {}) {
  if (given.looks || !name.includes(given.only)) return
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
if (large)
  await run('job what is listed of as many as there are is all of it', async ({ session, page }) => {
    await session.goto('/identities')
    const shown = Number((await page.locator('h1 span').filter({ hasText: /\d/ }).first().textContent()).replace(/\D/g, ''))
    if (!(shown >= Number(given.large))) throw new Error(`${shown} identities are listed, and ${given.large} were made`)
  }, { url: large.at, state: large.as })
await run('map of 10,000 things', async ({ session }) => {
    const moved = await frames(session)
    const at = (times, share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1)
    for (const how of ['keys', 'drag']) console.log(`      frames while 10,000 things and 40,000 links are panned by ${how}: ${moved[how].length}, p50 ${at(moved[how], 0.5)} ms, p95 ${at(moved[how], 0.95)} ms, longest ${at(moved[how], 1)} ms`)
    console.log(`      the picture with all its links, once it rests: ${at(moved.rest, 1)} ms; drawn by ${await renderer(session.page)}; load ${loadavg()[0].toFixed(1)} on ${availableParallelism()} cores`)
  })

await browser.close()
console.log(`${passed} passed, ${failed} failed, in ${Math.round((Date.now() - began) / 1000)} s`)
process.exit(failed > 0 ? 1 : 0)
