import { Link } from '@tanstack/react-router'
import { useQueryClient } from '@tanstack/react-query'
import { useEvents, useMe } from '@/api/hooks'
import { carry } from '@/app/Link'
import { useScope } from '@/app/scope'
import { Icon, pageOf } from '@/kit'
import { visible } from '@/kit/format'
import { home as t } from '@/text/home'
import css from './home.module.css'
import type { Home } from './types'

type News = NonNullable<Home['watched']>[number]

/** What is new in the views that one watches, a line for each, which leads there. */
export function Watched({ news }: { news: News[] }) {
  const client = useQueryClient()
  const { asOf } = useScope()
  const me = useMe()
  useEvents(['view.changed'], () => void client.invalidateQueries({ queryKey: ['api', '/home'] }), !asOf && news.length > 0 && !!me.data?.may['scan.read']?.allowed)
  const lines = news.filter((n) => n.added + n.removed > 0 || n.why)
  if (lines.length === 0) return null
  return (
    <ul className={css.watched} aria-label={t.watched.label}>
      {lines.map((n) => (
        <li key={n.view}>
          <Icon name="bell" size={14} />
          {pageOf[n.noun] ? (
            <Link to={pageOf[n.noun]} search={carry({ view: n.view, filter: n.filter || undefined, noun: n.noun === 'credentials' ? n.noun : undefined })}>
              {words(n)}
            </Link>
          ) : (
            words(n)
          )}
        </li>
      ))}
    </ul>
  )
}

function words(n: News): string {
  const name = visible(n.name)
  if (n.why) return t.watched.not(name, visible(n.why))
  if (n.removed === 0) return t.watched.fresh(n.added, name)
  return n.added === 0 ? t.watched.gone(n.removed, name) : t.watched.both(n.added, n.removed, name)
}
