// A browser that listens: whatever the page complains about is kept.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/* For how long a page may be on its way: so long that only what never comes is said, not what a busy machine takes. */
const patience = 120_000

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })

/** Signs in once; every later context takes the session along. */
export async function signIn(browser, url, link) {
  const context = await browser.newContext()
  const page = await context.newPage()
  if (link) {
    await page.goto(link, { waitUntil: 'load' })
    // The link shows a button, so that a preview of it does not use it up.
    const button = page.locator('form button, form input[type=submit]').first()
    if (await button.count()) await Promise.all([page.waitForURL((at) => !at.pathname.startsWith('/login')), button.click()])
  }
  else await page.goto(url, { waitUntil: 'load' })
  const state = await context.storageState()
  await context.close()
  return state
}

/** What a browser says of the system for a theme. */
const media = (theme) => ({ colorScheme: theme.endsWith('dark') ? 'dark' : 'light', contrast: theme.startsWith('contrast') ? 'more' : 'no-preference' })

export class Session {
  /** One page of one visitor. theme: light, dark, contrast, contrast-dark. */
  static async open(browser, { url, state, theme = 'light', width = 1440, height = 900, scale = 1, intercept }) {
    const session = new Session()
    session.url = url
    session.complaints = []
    session.expected = 0
    session.context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale, locale: 'en-US', ...media(theme), reducedMotion: 'reduce', storageState: state, acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'] })
    await session.context.addInitScript(() => {
      window.pointers = 0
      for (const kind of ['pointerdown', 'mousedown', 'touchstart']) addEventListener(kind, () => window.pointers++, true)
      document.addEventListener('securitypolicyviolation', (event) => console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`))
    })
    if (intercept) {
      await session.context.route('**/api/v1/**', (route) => {
        session.expected++
        return intercept(route)
      })
    }
    const page = await session.context.newPage()
    session.page = page
    page.setDefaultTimeout(60_000)
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return
      const text = message.text()
      // The driver speaks of itself where the picture is drawn without a graphics card.
      if (/GL Driver Message/.test(text)) return
      // What a test itself refuses, and what it asks for that is not there, the browser tells as well.
      if (/^Failed to load resource/.test(text) && (intercept || session.tolerate?.test(message.location().url))) return
      session.complaints.push(`console ${message.type()}: ${text} (${message.location().url})`)
    })
    page.on('pageerror', (error) => session.complaints.push(`uncaught: ${error.message}`))
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob|about):/.test(request.url())) session.complaints.push(`left the server: ${request.url()}`)
    })
    return session
  }

  async goto(path) {
    await this.page.goto(this.url + path, { waitUntil: 'load' })
    await this.settle()
  }

  /** Has the system change its theme under the page that is there. */
  async wear(theme) {
    await this.page.emulateMedia(media(theme))
    // Sign-in is no part of the application, and follows the system by its styles alone.
    await this.page.waitForFunction(([dark, high]) => {
      const { mantineColorScheme: scheme, contrast } = document.documentElement.dataset
      return !scheme || (scheme === 'dark') === dark && (contrast === 'high') === high
    }, [theme.endsWith('dark'), theme.startsWith('contrast')], { timeout: patience })
    await this.settle()
  }

  /** Waits until nothing is on its way and nothing is drawn as coming. */
  async settle() {
    await this.page.waitForLoadState('load')
    await this.page.waitForTimeout(80)
    await this.page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('[class*="bones"], [aria-busy="true"]'), null, { timeout: patience }).catch(() => this.complaints.push(`still loading after ${patience / 1000} s`))
    await this.page.waitForTimeout(120)
  }

  /** What axe finds, one line each. */
  async axe() {
    await this.page.evaluate(axe)
    const found = await this.page.evaluate((tags) => window.axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }), tags)
    return found.violations.map((one) => `axe ${one.id} (${one.impact}): ${one.nodes.slice(0, 3).map((node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? node.all[0]?.message ?? '')).join(' | ')}${one.nodes.length > 3 ? ` +${one.nodes.length - 3}` : ''}`)
  }

  /** The frame that every page has. */
  async frame() {
    return this.page.evaluate(() => {
      const out = []
      const count = (selector) => document.querySelectorAll(selector).length
      if (count('h1') !== 1) out.push(`${count('h1')} headings of the first level`)
      if (count('main') !== 1) out.push(`${count('main')} main landmarks`)
      if (!document.title.includes('Drover')) out.push(`title ${document.title}`)
      if (document.documentElement.scrollWidth > innerWidth + 1) out.push(`scrolls sideways: ${document.documentElement.scrollWidth} of ${innerWidth}`)
      const main = document.querySelector('main')
      if (main && main.scrollWidth > main.clientWidth + 1) out.push(`main scrolls sideways: ${main.scrollWidth} of ${main.clientWidth}`)
      // Words that stand out of the box that was made for them, over what is beside it.
      const wider = (one) => one.scrollWidth > one.clientWidth + 2 && !getComputedStyle(one).display.startsWith('inline') && getComputedStyle(one).overflowX === 'visible'
      for (const one of document.querySelectorAll('main *')) {
        if (one.innerText?.trim() && one.getClientRects().length && !one.closest('svg') && wider(one) && ![...one.children].some((child) => wider(child))) out.push(`${one.tagName.toLowerCase()} is ${one.clientWidth} wide, what it holds ${one.scrollWidth}: ${one.innerText.trim().slice(0, 60)}`)
      }
      return out
    })
  }

  async close() {
    await this.context.close()
  }
}
