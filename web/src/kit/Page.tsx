import { useLocation } from '@tanstack/react-router'
import { useEffect, type ReactNode } from 'react'
import { visible } from './format'
import css from './Page.module.css'

export interface PageProps {
  /** The page's heading, and the title of its tab. */
  title: string
  /** A heading that is more than words; title still names the tab. */
  heading?: ReactNode
  /** One sentence under the heading. */
  lead?: ReactNode
  actions?: ReactNode
  /** The page fills the window and scrolls inside, as tables and graphs do. */
  full?: boolean
  children: ReactNode
}

/** The frame of a page: heading, what can be done, content. */
export function Page({ title, heading, lead, actions, full, children }: PageProps) {
  useEffect(() => {
    document.title = `${visible(title)} · Drover`
  }, [title])
  // A page that came after its address was set has its part in sight, too.
  const hash = useLocation({ select: (location) => location.hash })
  useEffect(() => {
    if (hash) document.getElementById(hash)?.scrollIntoView({ block: 'center' })
  }, [hash])
  return (
    <div className={css.page} data-full={full || undefined}>
      <div className={css.head}>
        <div className={css.words}>
          <h1>{heading ?? visible(title)}</h1>
          {lead && <p className={css.lead}>{lead}</p>}
        </div>
        {actions && <div className={css.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  )
}
