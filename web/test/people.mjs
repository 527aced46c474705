// The jobs of people, each from Home and each in two ways: by mouse, where it may
// take three clicks at most (the palette counts as one), and by keyboard alone,
// where no pointer touches the page. A job is told once; the hands differ.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'

const most = 3

/** Presses what a person presses who uses a mouse, and counts. */
export class Mouse {
  constructor(session) {
    this.session = session
    this.page = session.page
    this.count = 0
  }
  async press(role, name) {
    this.count++
    await this.page.getByRole(role, { name }).first().click()
    await this.session.settle()
  }
  async tab(name) {
    await this.press('tab', name)
  }
  /** One of a menu that a button opens: two clicks. */
  async choose(button, item) {
    this.count += 2
    await this.page.getByRole('button', { name: button }).first().click()
    await this.page.getByRole('menuitem', { name: item }).first().click()
    await this.session.settle()
  }
  /** Takes one of the suggestions of a box: a click into it and one on the suggestion. */
  async suggest(box, option) {
    this.count += 2
    await this.page.getByRole('combobox', { name: box, exact: true }).click()
    await this.page.getByRole('option', { name: option }).first().click()
    await this.session.settle()
  }
  async find(text) {
    this.count++
    await palette(this.session, text)
  }
  async download(press) {
    const waiting = this.page.waitForEvent('download')
    await press()
    return (await waiting).path()
  }
  async end() {
    assert.ok(this.count <= most, `${this.count} clicks; ${most} at most`)
  }
}

/** Reaches everything by Tab, arrows and Enter. That nothing else moved is checked in the page. */
export class Keyboard {
  constructor(session) {
    this.session = session
    this.page = session.page
  }
  async press(role, name) {
    await this.reach(role, name)
    await this.page.keyboard.press('Enter')
    await this.session.settle()
  }
  async tab(name) {
    await this.reach('tab', /./)
    const want = this.page.getByRole('tab', { name })
    for (let i = 0; !(await focused(want)); i++) {
      assert.ok(i < 12, `the arrows do not lead to the tab ${name}`)
      await this.page.keyboard.press('ArrowRight')
    }
    await this.page.keyboard.press('Enter')
    await this.session.settle()
  }
  async choose(button, item) {
    await this.reach('button', button)
    await this.page.keyboard.press('Enter')
    const want = this.page.getByRole('menuitem', { name: item })
    await want.first().waitFor()
    for (let i = 0; !(await focused(want)); i++) {
      assert.ok(i < 40, `the arrows do not lead to ${item}`)
      await this.page.keyboard.press('ArrowDown')
    }
    await this.page.keyboard.press('Enter')
    await this.session.settle()
  }
  async suggest(box, option) {
    await this.reach('combobox', box)
    await this.page.keyboard.press('ArrowDown')
    const want = this.page.getByRole('option', { name: option }).first()
    await want.waitFor()
    for (let i = 0; (await want.getAttribute('aria-selected')) !== 'true'; i++) {
      assert.ok(i < 20, `the arrows do not lead to ${option}`)
      await this.page.keyboard.press('ArrowDown')
    }
    await this.page.keyboard.press('Enter')
    await this.session.settle()
  }
  async find(text) {
    await palette(this.session, text)
  }
  async download(press) {
    const waiting = this.page.waitForEvent('download')
    await press()
    return (await waiting).path()
  }
  /** Tabs until the focus is on it, and it can be seen that it is. */
  async reach(role, name) {
    const want = this.page.getByRole(role, { name, exact: typeof name === 'string' })
    await want.first().waitFor()
    for (let i = 0; !(await focused(want)); i++) {
      assert.ok(i < 400, `Tab does not lead to ${role} ${name}`)
      await this.page.keyboard.press('Tab')
    }
    const ring = await this.page.evaluate(() => {
      // Who draws the focus may be around what has it, or in it.
      const drawn = (element) => element && (getComputedStyle(element).outlineStyle !== 'none' || getComputedStyle(element).boxShadow !== 'none')
      const at = document.activeElement
      return drawn(at) || drawn(at.parentElement) || drawn(at.parentElement?.parentElement) || [...at.querySelectorAll('*')].some(drawn) || at.tagName === 'INPUT'
    })
    assert.ok(ring, `nothing shows that the focus is on ${role} ${name}`)
  }
  async end() {
    assert.equal(await this.page.evaluate(() => window.pointers), 0, 'a pointer touched the page')
  }
}

const focused = (locator) => locator.evaluateAll((all) => all.some((element) => element === document.activeElement))

async function palette(session, text) {
  const { page } = session
  await page.keyboard.press('Control+k')
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox' && document.activeElement.closest('[role="dialog"]'))
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
  await page.waitForURL((at) => at.pathname.startsWith('/identities/'))
  await session.settle()
}

const param = (page, name) => new URL(page.url()).searchParams.get(name)
const asked = async (page, url, path) => (await page.request.get(url + '/api/v1' + path)).json()
const heading = (page) => page.locator('h1').innerText()

/** Each gets a hand and says when it is done. */
export const people = {
  'engineer: how many do we have, and what am I not seeing': async ({ hand, page, url }) => {
    const home = await asked(page, url, '/home')
    await page.getByText(home.questions[0].n.toLocaleString('en-US'), { exact: true }).first().waitFor()
    await hand.press('link', 'All sources')
    await page.waitForURL((at) => at.pathname === '/sources')
    await page.getByRole('heading', { name: /What each source sees/ }).waitFor()
  },
  'engineer: which ten fixes cut the most risk': async ({ hand, page, url }) => {
    await hand.press('link', /^All \d/)
    await page.waitForURL((at) => at.pathname === '/findings')
    const fixes = (await asked(page, url, '/fixes?page_size=10')).items
    for (const fix of fixes) await page.getByText(fix.title).first().waitFor()
    const cuts = fixes.map((fix) => fix.risk_removed)
    assert.deepEqual(cuts, cuts.toSorted((a, b) => b - a))
  },
  'engineer: if this key leaks, what falls': async ({ hand, page, subject }) => {
    await hand.find(subject.name)
    await hand.press('link', 'Blast radius')
    await page.waitForURL((at) => at.pathname === '/explore' && at.searchParams.get('from') === subject.id)
    await page.getByRole('heading', { name: new RegExp(`If ${escaped(subject.name)} is stolen`) }).waitFor()
  },
  'engineer: everyone who can reach tier 0': async ({ hand, page, url }) => {
    await hand.press('link', 'Explore')
    await hand.suggest('To', /^tier0/)
    await page.waitForURL((at) => at.searchParams.get('to') === 'tier0')
    const answer = await asked(page, url, '/paths?to=tier0')
    assert.ok(answer)
    await page.locator('.ex-way').first().waitFor()
  },
  'engineer: how did it get here, and who made it': async ({ hand, page, subject }) => {
    await hand.find(subject.name)
    await hand.tab('Activity')
    await page.waitForURL((at) => at.searchParams.get('tab') === 'activity')
  },
  'engineer: who should answer for it, and why': async ({ hand, page, url, subject }) => {
    await hand.find(subject.name)
    const show = await asked(page, url, '/identities/' + subject.id)
    if (show.owner?.suggestions.length) await page.getByText(show.owner.suggestions[0].reasons[0].text, { exact: false }).first().waitFor()
    else await page.getByRole('heading', { name: 'Owner' }).waitFor()
  },
  'platform: is it safe to delete': async ({ hand, page, url, subject }) => {
    await hand.find(subject.name)
    await hand.tab('Dependents')
    const answer = await asked(page, url, `/identities/${subject.id}/dependents`)
    if (answer.items.length) await page.getByRole('tabpanel').getByText(answer.items[0].name, { exact: true }).first().waitFor()
  },
  'platform: which keys does it have, and where do they lie': async ({ hand, page, subject }) => {
    await hand.find(subject.name)
    await hand.tab(/^Credentials/)
    await page.getByRole('tabpanel', { name: /^Credentials/ }).waitFor()
  },
  'platform: what is due': async ({ page, url }) => {
    const { due } = await asked(page, url, '/home')
    const card = page.getByRole('heading', { name: /due this week/ })
    await card.waitFor()
    assert.match(await card.innerText(), new RegExp(`\\b${due.total - due.overdue} thing`))
    if (due.items.length) await page.getByRole('link', { name: due.items[0].name, exact: true }).first().waitFor()
  },
  'auditor: what was known on a day': async ({ hand, page }) => {
    await hand.press('button', /^As of/)
    await hand.press('button', '30 days ago')
    await page.waitForURL((at) => at.searchParams.get('as_of') === '30d')
    await page.getByText('You look at').waitFor()
  },
  'auditor: which exceptions are open, and when do they end': async ({ hand, page }) => {
    await hand.press('link', 'Findings')
    await hand.choose(/^View:/, 'Accepted')
    await page.waitForURL((at) => /state=accepted/.test(at.searchParams.get('filter') ?? ''))
  },
  'auditor: who did what with it, and when': async ({ hand, page, subject }) => {
    await hand.find(subject.name)
    await hand.tab('Activity')
    await page.getByRole('tabpanel', { name: 'Activity' }).waitFor()
    assert.equal(param(page, 'tab'), 'activity')
  },
  'chief: are we better than before, on one page to hand on': async ({ hand, page }) => {
    await hand.press('link', 'Reports')
    const path = await hand.download(() => hand.press('button', /Executive.*PDF|PDF.*Executive/i))
    assert.equal((await readFile(path)).subarray(0, 5).toString(), '%PDF-')
  },
  'chief: where do we stand, and what became of it since last quarter': async ({ hand, page, url }) => {
    await hand.press('link', 'Posture')
    const now = await asked(page, url, '/posture')
    await page.waitForFunction((said) => document.querySelector('main')?.innerText.includes(said), `${now.score.total} of ${now.score.max} points`)
    await page.getByRole('combobox', { name: 'Compared with' }).waitFor()
    await page.getByText(/since 30 days ago|30 days ago: unknown/).first().waitFor()
  },
}

/** What only a keyboard does: a graph walked along its steps, its list, its table. */
export const keys = {
  async 'Explore from the first key to the last: ask, walk the picture, open, go back'({ session, page, subject }) {
    const hand = new Keyboard(session)
    await page.keyboard.press('g')
    await page.keyboard.press('e')
    await page.waitForURL((at) => at.pathname === '/explore')
    await session.settle()
    await hand.press('button', 'What can X reach?')
    await hand.reach('combobox', 'From')
    await page.keyboard.type(subject.name)
    await page.getByRole('option').filter({ hasText: subject.name }).first().waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL((at) => at.searchParams.get('from') === subject.id)
    await session.settle()
    // The list first: a way opens and closes.
    await hand.reach('button', /hop/)
    const way = () => page.evaluate(() => document.activeElement.getAttribute('aria-expanded'))
    const was = await way()
    await page.keyboard.press('Enter')
    await page.waitForFunction((before) => document.activeElement.getAttribute('aria-expanded') !== before, was)
    // Then the picture: an arrow leads from the first thing to another one.
    await page.locator('.ex-picture svg [role="button"], .ex-picture [role="group"] [role="button"]').first().waitFor()
    for (let i = 0; !(await page.evaluate(() => !!document.activeElement.closest('.ex-picture') && document.activeElement.getAttribute('role') === 'button')); i++) {
      assert.ok(i < 100, 'Tab does not lead into the picture')
      await page.keyboard.press('Tab')
    }
    const at = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'))
    const first = await at()
    assert.ok(first)
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft']) {
      await page.keyboard.press(key)
      if ((await at()) !== first) break
    }
    assert.notEqual(await at(), first, 'the arrows do not walk')
    const before = page.url()
    await page.keyboard.press('Enter')
    await page.waitForFunction((before) => location.href !== before, before)
    await page.keyboard.press('Escape')
    // The table says the same.
    await hand.press('button', 'As table')
    await page.locator('.ex-picture table, .ex-picture [role="table"]').first().waitFor()
    for (const view of ['Rings', 'Matrix']) {
      await hand.press('button', view)
      await page.waitForFunction((view) => [...document.querySelectorAll('[aria-pressed="true"]')].some((one) => one.textContent.trim() === view), view)
    }
    await hand.end()
  },
  async 'findings: the worst act opens beside the list and is left again'({ session, page }) {
    const hand = new Keyboard(session)
    await page.keyboard.press('g')
    await page.keyboard.press('f')
    await page.waitForURL((at) => at.pathname === '/findings')
    await session.settle()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('complementary').waitFor()
    assert.ok(param(page, 'panel'))
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => !new URL(location.href).searchParams.get('panel'))
    await hand.end()
  },
  async 'a report is chosen and fetched'({ session, page }) {
    const hand = new Keyboard(session)
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.waitForURL((at) => at.pathname === '/reports')
    await session.settle()
    const path = await hand.download(() => hand.press('button', /CSV/))
    assert.ok((await readFile(path, 'utf8')).includes(','))
    await hand.end()
  },
  async 'sources: one is opened, its form for another is filled'({ session, page }) {
    const hand = new Keyboard(session)
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.waitForURL((at) => at.pathname === '/sources')
    await session.settle()
    await hand.press('button', 'Add a source')
    await page.waitForURL((at) => at.searchParams.has('add') || at.searchParams.size > 0)
    await hand.end()
  },
  async 'the theme is changed, a filter typed, a value of a facet chosen'({ session, page }) {
    const hand = new Keyboard(session)
    await hand.choose('Theme', 'Dark')
    await page.waitForFunction(() => document.documentElement.getAttribute('data-mantine-color-scheme') === 'dark')
    await page.locator('[role="menu"]').waitFor({ state: 'detached' })
    await page.keyboard.press('g')
    await page.keyboard.press('i')
    await page.waitForURL((at) => at.pathname === '/identities')
    await session.settle()
    await page.keyboard.press('/')
    await page.keyboard.type('env=prod')
    await page.keyboard.press('Enter')
    await page.waitForURL(/filter=env/)
    await session.settle()
    await page.keyboard.press('Escape')
    await hand.reach('checkbox', /^prod/)
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: /^Apply/ }).waitFor()
    await hand.end()
  },
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
