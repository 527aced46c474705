import { Link, useRouterState } from '@tanstack/react-router'
import { useMe } from '@/api/hooks'
import { Icon } from '@/kit/Icon'
import { app as t } from '@/text/app'
import { carry } from './Link'
import { mayOpen, pages, type PageEntry } from './pages'
import css from './Shell.module.css'

// The router marks as current what a path begins with; which page is meant is said here.
const exactly = { exact: true }
const noProps = { 'aria-current': undefined, className: undefined }

export function Rail({ open, onNavigate }: { open: boolean; onNavigate: () => void }) {
  const me = useMe()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const here = (to: string) => (to === '/' ? path === '/' : to === '/reports' ? path === to || (path.startsWith('/reports/') && !path.startsWith('/reports/posture')) : path === to || path.startsWith(to + '/'))
  const entry = (page: PageEntry) => (
    <li key={page.path}>
      <Link to={page.path} search={carry()} className={css.entry} aria-current={here(page.path) ? 'page' : undefined} onClick={onNavigate} activeOptions={exactly} activeProps={noProps}>
        <Icon name={page.icon} size={17} />
        <span>{t.pages[page.name]}</span>
      </Link>
    </li>
  )
  return (
    <nav className={css.rail} aria-label={t.rail} data-open={open || undefined} id="rail">
      <Link to="/" search={carry()} className={css.brand} onClick={onNavigate} activeOptions={exactly} activeProps={noProps}>
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <path fill="var(--accent)" d="M16 1.5 28.6 8.75v14.5L16 30.5 3.4 23.25V8.75z" />
          <path fill="none" stroke="var(--on-accent)" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" d="M10 21V11l12 10V11" />
        </svg>
        <span>{t.name}</span>
      </Link>
      <ul>{pages.filter((page) => !page.bottom && !page.hidden && mayOpen(page, me.data)).map(entry)}</ul>
      <ul className={css.railEnd}>{pages.filter((page) => page.bottom && !page.hidden && mayOpen(page, me.data)).map(entry)}</ul>
    </nav>
  )
}
