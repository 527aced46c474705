import type { ReactNode } from 'react'
import css from './kit.module.css'

/** A part of a page with a heading of its own. */
export function Card({ title, actions, flush, children, level = 2, id }: { title?: ReactNode; actions?: ReactNode; flush?: boolean; children: ReactNode; level?: 2 | 3; id?: string }) {
  const Head = level === 2 ? 'h2' : 'h3'
  return (
    <section className={css.card} aria-labelledby={title && id ? id : undefined}>
      {title && (
        <div className={css.cardHead}>
          <Head id={id}>{title}</Head>
          {actions}
        </div>
      )}
      <div className={css.cardBody} data-flush={flush || undefined}>
        {children}
      </div>
    </section>
  )
}
