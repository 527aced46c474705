import { Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { announce, setAnnouncer } from '@/kit/announce'
import { Toasts, undoLast } from '@/kit/Toasts'
import { Loading } from '@/kit/states'
import { app as t } from '@/text/app'
import { Banners } from './Banners'
import { Gate } from './Gate'
import { useGo } from './Link'
import { pages } from './pages'
import Palette from './Palette'
import { Rail } from './Rail'
import css from './Shell.module.css'
import { shareHere } from './share'
import { useKeys } from './shortcuts'
import { useTheme } from './theme'
import { TopBar } from './TopBar'

const ShortcutHelp = lazy(() => import('./ShortcutHelp'))

/** What is around every page. */
export function Shell() {
  useTheme()
  const go = useGo()
  const [palette, setPalette] = useState(false)
  const [help, setHelp] = useState(false)
  const [rail, setRail] = useState(false)
  const [asOf, setAsOf] = useState(false)
  const [recent, setRecent] = useState(false)
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.location.pathname })
  const first = useRef(true)
  useEffect(() => {
    // A new page is told and scrolled to its top; the first one as the browser does it.
    if (first.current) {
      first.current = false
      return
    }
    main.current?.scrollTo(0, 0)
    const timer = setTimeout(() => announce(document.title), 300)
    return () => clearTimeout(timer)
  }, [path])
  useKeys({
    'mod+k': () => setPalette(true),
    '/': () => {
      const filter = document.querySelector<HTMLInputElement>('[data-shortcut="filter"]')
      if (filter) filter.focus()
      else setPalette(true)
    },
    '?': () => setHelp(true),
    y: () => void shareHere(),
    t: () => setAsOf(true),
    // What was done before this page was loaded is in the list.
    u: () => void (undoLast() || setRecent(true)),
    e: () => document.querySelector<HTMLElement>('[data-shortcut="export"]')?.click(),
    v: () => document.querySelector<HTMLElement>('[data-shortcut="table"]')?.click(),
    ...Object.fromEntries(pages.filter((page) => page.key).map((page) => [`g ${page.key}`, () => go(page.path)])),
  })
  return (
    <div className={css.shell}>
      <a href="#main" className={css.skip} onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t.skip}
      </a>
      <Rail open={rail} onNavigate={() => setRail(false)} />
      {rail && <div className={css.shade} onClick={() => setRail(false)} />}
      <div className={css.side}>
        <TopBar onSearch={() => setPalette(true)} onHelp={() => setHelp(true)} onMenu={() => setRail(!rail)} menuOpen={rail} asOfOpen={asOf} onAsOf={setAsOf} recentOpen={recent} onRecent={setRecent} />
        <Banners />
        <main ref={main} id="main" className={css.main} tabIndex={-1}>
          <Suspense fallback={<div className={css.wait}><Loading /></div>}>
            <Gate>
              <Outlet />
            </Gate>
          </Suspense>
        </main>
      </div>
      <div ref={setAnnouncer} className="visually-hidden" aria-live="polite" role="status" />
      <Toasts />
      <Suspense>
        {palette && <Palette onClose={() => setPalette(false)} onHelp={() => setHelp(true)} />}
        {help && <ShortcutHelp onClose={() => setHelp(false)} />}
      </Suspense>
    </div>
  )
}
