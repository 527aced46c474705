// What people do, each from the beginning. A job throws when something is not as it
// must be; what the page complains about meanwhile fails it, too.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { Session } from './browser.mjs'

const param = (page, name) => new URL(page.url()).searchParams.get(name)
const asked = async (page, url, path) => (await page.request.get(url + '/api/v1' + path)).json()
const rows = (page) => page.locator('tbody tr[data-row]')
const namesOf = (page) => page.locator('tbody tr[data-row] td:nth-child(2) a > span > span:nth-child(2) > bdi').allTextContents()
/** The number beside the title of a list, once it is there. */
const counted = async (page) => {
  const shown = page.locator('h1 span').filter({ hasText: /\d/ }).first()
  await shown.waitFor()
  return number(await shown.textContent())
}
const number = (text) => Number(/[\d.,\u00a0\u202f]+/.exec(text)?.[0].replace(/[^\d]/g, ''))

export const jobs = {
  async 'filter by typing: the page, the address and the API say the same'({ session, page, url }) {
    await session.goto('/identities')
    await page.keyboard.press('/')
    await page.keyboard.type('env=prod owner=none')
    await page.keyboard.press('Enter')
    await page.waitForURL(/filter=/)
    await session.settle()
    assert.equal(param(page, 'filter'), 'env=prod owner=none')
    const answer = await asked(page, url, '/identities?filter=' + encodeURIComponent('env=prod owner=none') + '&order_by=-risk')
    assert.equal(await counted(page), answer.total_size)
    const names = await namesOf(page)
    assert.deepEqual(names, answer.items.slice(0, names.length).map((item) => item.name))
  },

  async 'filter by clicking: facets write the text and apply together'({ session, page, url }) {
    await session.goto('/identities')
    const facet = (field, value) => page.getByRole('group', { name: field, exact: true }).getByRole('checkbox', { name: new RegExp('^' + value) })
    await facet('Environment', 'prod').check()
    await facet('Environment', 'dev').check()
    assert.equal(param(page, 'filter'), null)
    await page.getByRole('button', { name: 'Apply 2 changes' }).click()
    await page.waitForURL(/filter=/)
    assert.equal(param(page, 'filter'), 'env=prod,dev')
    assert.equal(await page.getByRole('combobox', { name: 'Filter' }).inputValue(), 'env=prod,dev')
    await session.settle()
    const answer = await asked(page, url, '/identities?filter=env%3Dprod,dev&page_size=1')
    assert.equal(await counted(page), answer.total_size)
    await page.goBack()
    await session.settle()
    assert.equal(param(page, 'filter'), null)
  },

  async 'complete a filter from the keyboard'({ session, page }) {
    await session.goto('/identities')
    await page.keyboard.press('/')
    await page.keyboard.type('env=pr')
    await page.getByRole('option').filter({ hasText: 'prod' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    assert.equal(await page.getByRole('combobox', { name: 'Filter' }).inputValue(), 'env=prod')
    await page.keyboard.press('Enter')
    await page.waitForURL(/filter=env%3Dprod/)
  },

  async 'a wrong filter is shown where it is wrong, and mended by one click'({ session, page }) {
    session.tolerate = /filter=ownr/
    await session.goto('/identities?filter=ownr%3Dnone')
    await page.getByRole('alert').filter({ hasText: 'ownr' }).waitFor()
    await page.getByRole('button', { name: /^Use owner/ }).click()
    await page.waitForURL(/filter=owner%3Dnone/)
    await session.settle()
    assert.ok((await rows(page).count()) > 0)
  },

  async 'walk the list by keyboard: j, k, x, Enter, ], Escape, o'({ session, page }) {
    await session.goto('/identities')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await page.keyboard.press('x')
    await page.getByRole('region', { name: '1 selected' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('complementary').waitFor()
    const first = param(page, 'panel')
    assert.ok(first)
    await page.keyboard.press(']')
    await page.waitForFunction((before) => new URL(location.href).searchParams.get('panel') !== before, first)
    const second = param(page, 'panel')
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => !new URL(location.href).searchParams.get('panel'))
    await page.keyboard.press('o')
    await page.waitForURL(/\/identities\/idn_/)
    assert.ok(page.url().includes(second))
    await page.goBack()
    await page.waitForURL(/\/identities(\?|$)/)
  },

  async 'find anything by Ctrl-K and open it'({ session, page, subject }) {
    await session.goto('/')
    await page.keyboard.press('Control+k')
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox')
    await page.keyboard.type(subject.name)
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp('/identities/' + subject.id))
    await session.settle()
    assert.match(await page.locator('h1').innerText(), new RegExp(subject.name.replace(/[^\w-]/g, '.')))
  },

  async 'go to pages by g and a letter, and see the list of keys'({ session, page }) {
    await session.goto('/')
    for (const [key, path] of [['i', '/identities'], ['f', '/findings'], ['s', '/sources'], ['h', '/']]) {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.waitForURL((at) => at.pathname === path)
    }
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
  },

  async 'single keys can be switched off'({ session, page }) {
    await session.goto('/identities')
    await page.keyboard.press('?')
    await page.getByRole('switch').locator('xpath=..').click()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.waitForTimeout(300)
    assert.equal(new URL(page.url()).pathname, '/identities')
  },

  async 'share: y copies a link that pins the moment, and another browser shows the same'({ session, page, url, browser, state }) {
    await session.goto('/identities?filter=env%3Dprod&sort=name&cols=name,env,owner')
    const before = await namesOf(page)
    await page.keyboard.press('y')
    await page.getByText('Link copied').waitFor()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    assert.ok(new URL(link).searchParams.get('as_of'))
    const other = await Session.open(browser, { url, state })
    try {
      await other.page.goto(link)
      await other.settle()
      assert.deepEqual((await namesOf(other.page)).slice(0, 20), before.slice(0, 20))
      assert.deepEqual(other.complaints, [])
    } finally {
      await other.close()
    }
  },

  async 'look at the past from every page, and come back'({ session, page }) {
    await session.goto('/identities')
    const now = await counted(page)
    await page.keyboard.press('t')
    await page.getByRole('button', { name: '90 days ago' }).click()
    await page.waitForURL(/as_of=90d/)
    await session.settle()
    await page.getByText('You look at').waitFor()
    const then = await counted(page)
    assert.notEqual(then, now)
    await page.getByRole('link', { name: 'Findings' }).click()
    await page.waitForURL(/\/findings\?.*as_of=90d/)
    await page.getByRole('button', { name: 'Back to now' }).first().click()
    await page.waitForURL((at) => !at.searchParams.get('as_of'))
  },

  async 'export is exactly the view: same rows, same order, same columns'({ session, page, url }) {
    const filter = 'env=prod nhi_type=bot'
    await session.goto('/identities?filter=' + encodeURIComponent(filter) + '&sort=name&cols=name,env,lifecycle')
    await page.getByRole('button', { name: 'Export' }).click()
    const waiting = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: /^CSV/ }).click()
    const text = await readFile(await (await waiting).path(), 'utf8')
    const lines = text.trim().split(/\r?\n/).filter((line) => !line.startsWith('#'))
    const answer = await asked(page, url, `/identities?filter=${encodeURIComponent(filter)}&order_by=name&page_size=1000`)
    assert.match(lines[0], /^id,name,env,lifecycle/)
    assert.deepEqual(lines.slice(1).map((line) => line.split(',')[0]), answer.items.map((item) => item.id))
  },

  async 'reach, use and what is due stand beside each row, and say what the server says of it'({ session, page, url }) {
    const filter = 'tier=0'
    await session.goto('/identities?sort=name&filter=' + encodeURIComponent(filter) + '&cols=name,reach,activity,next_due')
    const answer = await asked(page, url, `/identities?fields=name,reach,activity,next_due&order_by=name&page_size=100&filter=${encodeURIComponent(filter)}`)
    assert.ok(answer.items.length > 2)
    for (const item of answer.items.slice(0, 10)) {
      const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: item.name, exact: false }) }).first()
      await row.waitFor()
      const cells = row.getByRole('cell')
      await page.waitForFunction((cell) => !cell.querySelector('[class*=coming]'), await cells.nth(2).elementHandle())
      const reach = (await cells.nth(2).innerText()).replace(/\D*T0/, 'T0').replaceAll(',', '')
      assert.ok(item.reach ? reach.includes(String(item.reach.things)) : reach.includes('?'), `${item.name}: ${reach} for ${JSON.stringify(item.reach)}`)
      const use = await cells.nth(3).innerHTML()
      const { used, quiet, unknown } = item.activity
      assert.ok(unknown === 90 ? /unknown/.test(use) : use.includes(`used on ${used}, not used on ${quiet}, not known of ${unknown}.`), `${item.name}: ${use.slice(0, 200)}`)
      const due = await cells.nth(4).locator('time').count()
      assert.equal(due > 0, item.next_due.at !== null, item.name)
    }
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: 'Copy the rows shown as Markdown' }).click()
    await page.getByText(/rows? copied as Markdown/).waitFor()
  },

  async 'tag all that match at once, and take it back'({ session, page, url }) {
    const filter = 'env=dev nhi_type=bot'
    await session.goto('/identities?filter=' + encodeURIComponent(filter))
    const all = (await asked(page, url, '/identities?page_size=1&filter=' + encodeURIComponent(filter))).total_size
    await page.getByRole('checkbox', { name: 'Select all rows that are loaded' }).check()
    await page.getByRole('button', { name: 'Tag', exact: true }).click()
    await page.getByLabel('Tag', { exact: true }).fill('browser-test')
    await page.keyboard.press('Enter')
    await page.getByText('would be changed').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('were changed').waitFor()
    const tagged = async () => (await asked(page, url, '/identities?page_size=1&filter=tag%3Dbrowser-test')).total_size
    assert.equal(await tagged(), all)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Taken back').waitFor()
    assert.equal(await tagged(), 0)
  },

  async 'give an orphan its suggested owner by one click, and take it back'({ session, page, url }) {
    const item = (await asked(page, url, '/identities?filter=owner%3Dnone&order_by=-risk&page_size=1')).items[0]
    await session.goto('/identities/' + item.id)
    await page.getByRole('button', { name: /^Assign/ }).first().click()
    await page.getByText('now answers for').waitFor()
    assert.ok((await asked(page, url, '/identities/' + item.id)).item.owner)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Taken back').waitFor()
    assert.equal((await asked(page, url, '/identities/' + item.id)).item.owner, null)
  },

  async 'the score of an identity is the sum that is shown'({ session, page, url, subject }) {
    await session.goto('/identities/' + subject.id)
    const risk = await asked(page, url, `/identities/${subject.id}/risk`)
    assert.equal(risk.score.parts.reduce((sum, part) => sum + part.points, 0), risk.score.total)
    assert.match(await page.locator('h1').innerText(), new RegExp(`\\b${risk.score.total}\\b`))
    for (const part of risk.score.parts) await page.getByText(part.because, { exact: true }).first().waitFor()
  },

  async 'severity is a shape, a word and a colour; that it is not the risk of an identity is said, and how risk is computed'({ session, page, url }) {
    const critical = (await asked(page, url, '/findings?page_size=1&filter=' + encodeURIComponent('severity=critical state=open,regressed,unchecked'))).total_size
    const identities = (await asked(page, url, '/identities?page_size=1&filter=' + encodeURIComponent('risk>=critical'))).total_size
    assert.ok(critical > identities, `${critical} findings, ${identities} identities`)
    await session.goto('/findings')
    await page.getByText(new RegExp(`^${critical} findings are critical and ${identities} identit`)).waitFor()
    for (const row of (await page.locator('tbody th button').all()).slice(0, 5)) assert.match(await row.innerText(), /^(Critical|High|Medium|Low|Info) · /m)
    await page.getByRole('link', { name: 'How risk is computed' }).click()
    await page.waitForURL(/\/glossary.*#risk/)
    const term = page.locator('#risk')
    await term.waitFor()
    await page.waitForFunction(() => { const box = document.getElementById('risk').getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight })
    const risks = await asked(page, url, '/identities?order_by=-risk&page_size=1')
    const score = (await asked(page, url, `/identities/${risks.items[0].id}/risk`)).score
    for (const part of score.parts.filter((one) => one.of > 0)) assert.match(await term.innerText(), new RegExp(`\\b${part.of}\\b`), part.name)
    await session.goto('/identities')
    assert.match(await page.locator('tbody tr[data-row]').first().innerText(), new RegExp(`${score.level}\\s+${score.total}\\b`, 'i'))
  },

  async 'the sentence of an identity says what is due, and its short chain who left'({ session, page, url }) {
    const due = await asked(page, url, '/identities?order_by=-risk&page_size=50&fields=id,name,next_due')
    const late = due.items.find((item) => item.next_due.days < 0 && item.next_due.why === 'rotate')
    const none = due.items.find((item) => item.next_due.at === null && item.next_due.unknown === 0)
    await session.goto('/identities/' + late.id)
    await page.getByText(new RegExp(`is to be changed: ${String(-late.next_due.days).replace(/\\B(?=(\\d{3})+$)/g, ',')} days late\\.`)).waitFor()
    if (none) {
      await session.goto('/identities/' + none.id)
      await page.getByText('Nothing of it is due.').waitFor()
    }
    let gone
    for (const item of due.items) {
      const maker = (await asked(page, url, `/identities/${item.id}/creators`)).chain.find((one) => one.depth === 1)
      if (maker?.left) { gone = { item, maker }; break }
    }
    assert.ok(gone, 'nobody who made one of them has left')
    await session.goto('/identities/' + gone.item.id)
    const chain = page.getByRole('list', { name: 'How it hangs together, in short' })
    assert.match(await chain.getByRole('listitem').first().innerText(), new RegExp(gone.maker.name + '\\s+\\(left\\)'))
  },

  async 'what was removed says since when, and leads to the moment before'({ session, page, url }) {
    const gone = (await asked(page, url, '/diff?from=88d')).items.filter((one) => one.change === 'removed' && one.what === 'node')
    const shown = await asked(page, url, '/nodes/' + encodeURIComponent(gone[0].ref))
    assert.ok(shown.removed, JSON.stringify(shown).slice(0, 200))
    await session.goto('/identities/' + shown.item.id)
    await page.getByText(/^It was removed/).waitFor()
    assert.deepEqual(session.complaints, [])
    await page.getByRole('link', { name: 'See it as it was last' }).click()
    await page.waitForURL(/as_of=/)
    await session.settle()
    assert.match(await page.locator('h1').innerText(), new RegExp(shown.item.name.replace(/[^\w-]/g, '.')))
    await page.getByText(/^It was removed/).waitFor({ state: 'hidden' })
    // The palette knows the names of the moment that is looked at.
    await page.keyboard.press('Control+k')
    await page.keyboard.type(shown.item.name)
    // The thing itself, not the search for its name, which is there first.
    await page.getByRole('option').filter({ hasText: shown.item.name, hasNotText: 'List identities' }).first().click()
    await page.waitForURL(new RegExp(shown.item.id + '.*as_of='))
  },

  async 'where somebody looked and saw no use, that is said; unknown is said only where nobody looked'({ session, page, url, subject }) {
    const reason = 'No use in the 400 days that RoleLastUsed covers, and it is 900 days old; dormant after 90 days.'
    const unused = (item) => ({ ...item, last_used: null, lifecycle: { value: 'dormant', reason } })
    await page.route(/\/api\/v1\/nodes\/[^/?]+(\?|$)/, async (route) => {
      const answer = await (await route.fetch()).json()
      await route.fulfill({ json: { ...answer, item: unused(answer.item) } })
    })
    await session.goto('/identities/' + subject.id)
    await page.locator('p').filter({ hasText: reason }).waitFor()
    assert.equal(await page.getByText('Whether it is used is not known.').count(), 0)
    await page.unroute(/\/api\/v1\/nodes\/[^/?]+(\?|$)/)
    await session.goto('/identities/' + subject.id)
    assert.equal(await page.getByText(reason).count(), 0)
  },

  async 'a picture of ways can be read at first sight: no label lies over another, no button over a thing, a bundle opens where it is'({ session, page }) {
    await session.goto('/explore')
    assert.equal(await page.getByRole('button', { name: 'Who can reach X?' }).count(), 1)
    await session.goto('/explore?to=tier0')
    const look = () =>
      page.evaluate(() => {
        const seen = (el) => getComputedStyle(el).visibility === 'visible' && el.textContent !== ''
        const boxes = (query) => [...document.querySelectorAll(query)].filter(seen).map((el) => [el.textContent, el.getBoundingClientRect()])
        const over = (a, b) => a.left + 1 < b.right && b.left + 1 < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom
        const labels = boxes('.gx-verb')
        const bad = labels.flatMap(([text, box], i) => labels.slice(i + 1).flatMap(([other, there]) => (over(box, there) ? [`${text} over ${other}`] : [])))
        const sight = document.querySelector('.gx-sight').getBoundingClientRect()
        for (const button of document.querySelectorAll('.gx-bar button')) if (over(button.getBoundingClientRect(), sight)) bad.push('a button lies over the picture')
        return bad
      })
    assert.deepEqual(await look(), [])
    const bundle = page.locator('.gx-bundle').first()
    if ((await bundle.count()) === 0) return
    await bundle.click()
    await page.locator('.gx-bundle.gx-open').filter({ hasText: 'opened below' }).waitFor()
    await page.waitForFunction(() => {
      const sight = document.querySelector('.gx-sight').getBoundingClientRect()
      const within = (el) => { const box = el.getBoundingClientRect(); return box.top >= sight.top - 1 && box.bottom <= sight.bottom + 1 && box.left >= sight.left - 1 && box.right <= sight.right + 1 }
      return within(document.querySelector('.gx-open .gx-box')) && within(document.querySelector('.gx-added .gx-box'))
    })
    assert.deepEqual(await look(), [])
  },

  async 'an unknown address says so and leads home'({ session, page }) {
    await session.goto('/nowhere/at/all')
    await page.getByRole('link', { name: 'Go to Home' }).click()
    await page.waitForURL((at) => at.pathname === '/')
  },

  async 'focus: skip link first, returns from the panel, is never hidden'({ session, page }) {
    await session.goto('/identities')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main')
    const hidden = []
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab')
      const bad = await page.evaluate(() => {
        const element = document.activeElement
        if (!element || element === document.body) return
        const box = element.getBoundingClientRect()
        const x = Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 1)
        const y = Math.min(Math.max(box.y + box.height / 2, 1), innerHeight - 1)
        if (box.bottom < 0 || box.top > innerHeight) return element.outerHTML.slice(0, 120) + ' is out of sight'
        const on = document.elementFromPoint(x, y)
        if (on && on !== element && !element.contains(on) && !on.contains(element) && !on.closest('label')?.contains(element)) return element.outerHTML.slice(0, 120) + ' lies under ' + on.outerHTML.slice(0, 80)
      })
      if (bad) hidden.push(bad)
    }
    assert.deepEqual(hidden, [])
  },

  async 'theme and density are kept and nothing flashes'({ session, page }) {
    await session.goto('/identities')
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await background()
    await page.getByRole('button', { name: 'Theme' }).click()
    await page.getByRole('menuitem', { name: 'Dark' }).click()
    await page.waitForSelector('html[data-mantine-color-scheme=dark]')
    await page.waitForFunction((was) => getComputedStyle(document.body).backgroundColor !== was, light)
    const dark = await background()
    await page.reload({ waitUntil: 'commit' })
    await page.waitForSelector('body')
    assert.equal(await page.evaluate(() => document.documentElement.getAttribute('data-mantine-color-scheme')), 'dark')
    await session.settle()
    assert.equal(await background(), dark)
  },

  async 'look on as another role: less is seen, nothing can be done, and the way back'({ session, page, url }) {
    const mine = await asked(page, url, '/me')
    await session.goto('/settings')
    try {
      await page.getByRole('button', { name: 'Look on as auditor' }).click()
      await page.getByText('You see what somebody sees whose only role is auditor').waitFor()
      await session.settle()
      const me = await asked(page, url, '/me')
      assert.equal(me.viewing, 'auditor')
      assert.ok(Object.values(me.may).filter((may) => may.allowed).length < Object.values(mine.may).filter((may) => may.allowed).length)
      const refused = await page.request.post(url + '/api/v1/views', { headers: { 'Idempotency-Key': crypto.randomUUID(), Origin: url }, data: { name: 'x', noun: 'identities', filter: '' } })
      assert.equal(refused.status(), 403)
      await page.getByRole('button', { name: 'Be yourself again' }).click()
      await page.getByText('You see what somebody sees').waitFor({ state: 'detached' })
    } finally {
      await page.request.post(url + '/api/v1/session:viewAs', { headers: { 'Idempotency-Key': crypto.randomUUID(), Origin: url }, data: { role: '' } })
    }
    assert.deepEqual((await asked(page, url, '/me')).grants, mine.grants)
    const audit = await asked(page, url, '/audit?action=session.view_as&page_size=10')
    assert.ok(audit.items.some((entry) => entry.target === 'auditor' && entry.outcome === 'done'))
  },

  async 'as an owner: Home says in words what is theirs, other pages say what they take, and nothing is asked for in vain'({ session, page, url }) {
    await session.goto('/settings')
    try {
      await page.getByRole('button', { name: 'Look on as owner' }).click()
      await page.getByText('You see what somebody sees whose only role is owner').waitFor()
      for (const path of ['/', '/identities', '/explore', '/findings', '/glossary']) {
        await session.goto(path)
        assert.equal(await page.getByText('not include this').count(), 0, path)
      }
      await session.goto('/')
      await page.getByRole('heading', { level: 1, name: /in your care|You answer for/ }).waitFor()
      for (const path of ['/reports/posture', '/reports', '/sources', '/welcome']) {
        await session.goto(path)
        await page.getByText(/takes the role/).first().waitFor()
      }
    } finally {
      await page.request.post(url + '/api/v1/session:viewAs', { headers: { 'Idempotency-Key': crypto.randomUUID(), Origin: url }, data: { role: '' } })
    }
  },

  async 'who grants what nobody knows is told, after it is done'({ session, page, url }) {
    const name = 'warned-' + crypto.randomUUID().slice(0, 8)
    await session.goto('/settings?part=users')
    await page.getByRole('button', { name: 'Add a user' }).click()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('What they may do').fill('engineer:env=no-such-place')
    await page.getByRole('dialog').getByRole('button', { name: 'Add a user' }).click()
    const dialog = page.getByRole('dialog', { name: 'It is done. Is it what you meant?' })
    await dialog.getByText('no-such-place').waitFor()
    await session.settle()
    await dialog.getByRole('button', { name: 'It is' }).click()
    await page.getByRole('rowheader', { name }).waitFor()
    const user = (await asked(page, url, '/users?page_size=1000')).items.find((one) => one.name === name)
    const path = url + '/api/v1/users/' + encodeURIComponent(user.id)
    const gone = await page.request.delete(path, { headers: { 'Idempotency-Key': crypto.randomUUID(), Origin: url, 'If-Match': (await page.request.get(path)).headers().etag } })
    assert.equal(gone.status(), 200, await gone.text())
  },

  async 'other names of pages lead to them, with what they ask for'({ session, page }) {
    for (const [from, to] of [['/posture?as_of=14d', '/reports/posture?as_of=14d'], ['/home', '/'], ['/audit', '/settings?part=audit'], ['/diff?since=30d', '/changes?since=30d'], ['/graph?env=prod', '/explore?env=prod']]) {
      await session.goto(from)
      await page.waitForFunction((to) => location.pathname + location.search === to, to)
    }
  },

  async 'that it is demo data is said on every page'({ session, page }) {
    for (const path of ['/', '/identities', '/explore', '/settings']) {
      await session.goto(path)
      await page.getByText('this is demonstration data').waitFor()
      await page.getByRole('button', { name: 'Remove the demo data' }).waitFor()
    }
  },

  async 'Home of one environment counts what its lists count'({ session, page, url }) {
    const home = await asked(page, url, '/home?env=prod')
    await session.goto('/?env=prod')
    await page.getByText('Only what is known to be in prod').waitFor()
    const many = home.questions.find((question) => question.id === 'many')
    assert.equal(many.n, (await asked(page, url, '/identities?page_size=1&filter=' + encodeURIComponent(many.shown.filter + ' env=prod'))).total_size)
    await page.getByRole('link', { name: many.n.toLocaleString('en-US'), exact: true }).first().click()
    await page.waitForURL((at) => at.pathname === '/identities' && at.searchParams.get('env') === 'prod')
    await session.settle()
    assert.equal(await counted(page), many.n)
  },

  async 'the JSON export holds every row of the view, in its order'({ session, page, url }) {
    const filter = 'env=prod nhi_type=bot'
    await session.goto('/identities?filter=' + encodeURIComponent(filter) + '&sort=name&cols=name,env')
    await page.getByRole('button', { name: 'Export' }).click()
    const waiting = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: /^JSON/ }).click()
    const got = JSON.parse(await readFile(await (await waiting).path(), 'utf8'))
    const answer = await asked(page, url, `/identities?filter=${encodeURIComponent(filter)}&order_by=name&page_size=1000`)
    assert.deepEqual(got.items.map((item) => item.id), answer.items.map((item) => item.id))
    assert.deepEqual([got.filter, got.order_by, got.total_size], [filter, 'name', answer.total_size])
  },

  async 'every page: its link in a second browser and a reload show the same, Back and Forward lead through them'({ session, page, url, browser, state, subject }) {
    const places = ['/?env=prod', '/identities?filter=env%3Dprod&sort=name&cols=name,env', `/identities/${subject.id}?tab=credentials`, `/explore?from=${subject.id}&view=rings`, '/findings?by=list&filter=severity%3Dcritical', '/reports/posture?framework=NIST-800-53', '/reports', '/sources', '/settings?part=look', '/glossary']
    const words = async (one) => (await one.page.locator('main').innerText()).replace(/\d+[smh] ago|Now: .*/g, '').slice(0, 1500)
    // What comes a moment later than the rest is waited for; the words must not change any more.
    const settled = async (one) => {
      for (let last = '', same = 0; ; ) {
        const now = await words(one)
        same = now === last ? same + 1 : 0
        if (same === 4) return now
        last = now
        await one.page.waitForTimeout(150)
      }
    }
    const shows = async (one, want, what) => {
      for (let tries = 0; tries < 100 && (await words(one)) !== want; tries++) await one.page.waitForTimeout(150)
      assert.equal(await words(one), want, what)
    }
    const said = []
    for (const place of places) {
      await session.goto(place)
      said.push(await settled(session))
      await page.reload({ waitUntil: 'load' })
      await session.settle()
      await shows(session, said.at(-1), `${place} after a reload`)
    }
    const other = await Session.open(browser, { url, state })
    try {
      for (const [i, place] of places.entries()) {
        await other.goto(place)
        await shows(other, said[i], `${place} in a second browser`)
      }
      assert.deepEqual(other.complaints, [])
    } finally {
      await other.close()
    }
    for (let i = places.length - 2; i >= 0; i--) {
      await page.goBack({ waitUntil: 'load' })
      await session.settle()
      await shows(session, said[i], `${places[i]} by Back`)
    }
    await page.goForward({ waitUntil: 'load' })
    await session.settle()
    await shows(session, said[1], `${places[1]} by Forward`)
  },
}
