import type { ReactNode } from 'react'
import type { Problem } from '@/api/client'
import { kit as t } from '@/text/kit'
import { Button } from './Button'
import { Command } from './Copy'
import { capital, visible } from './format'
import { Icon, type IconName } from './Icon'
import css from './kit.module.css'

export interface StateProps {
  title: string
  children?: ReactNode
  icon?: IconName
  actions?: ReactNode
  /** Inside of a card or a tab instead of a page. */
  small?: boolean
}

/** Nothing to show, and what would fill it. */
export function Empty({ title, children, icon, actions, small }: StateProps) {
  return (
    <div className={css.state} data-small={small || undefined}>
      {icon && !small && <Icon name={icon} size={36} className={css.stateIcon} />}
      {small ? <p className={css.stateTitle}>{title}</p> : <h2>{title}</h2>}
      {children && (typeof children === 'string' ? <p>{children}</p> : children)}
      {actions && <div className={css.stateActions}>{actions}</div>}
    </div>
  )
}

/** What happened, the state now, the next step and the number to give who helps. */
export function Failed({ problem, onRetry, small }: { problem: Problem; onRetry?: () => void; small?: boolean }) {
  if (problem.status === 401) return <SignIn small={small} />
  if (problem.status === 403) return <Forbidden small={small} detail={problem.message} />
  const missing = problem.status === 404
  const title = problem.code === 'offline' ? t.offlineTitle : missing ? t.notFoundTitle : t.failedTitle
  return (
    <div role="alert">
      <Empty title={title} icon={missing ? 'search' : 'warning'} small={small} actions={onRetry && !missing ? <Button icon="refresh" onClick={onRetry}>{t.retry}</Button> : undefined}>
        <p>{missing && !problem.body.detail ? t.notFoundText : visible(problem.message)}</p>
        {problem.body.fix && <Command text={problem.body.fix} />}
        {problem.body.request_id && (
          <p className="mono">
            {t.requestID} {visible(problem.body.request_id)}
          </p>
        )}
      </Empty>
    </div>
  )
}

export function Forbidden({ small, detail }: { small?: boolean; detail?: string }) {
  return (
    <Empty title={t.forbiddenTitle} icon="lock" small={small}>
      <p>{detail ? capital(visible(detail)) : t.forbiddenText}</p>
    </Empty>
  )
}

function SignIn({ small }: { small?: boolean }) {
  const back = location.pathname + location.search
  return (
    <Empty title={t.signInTitle} icon="lock" small={small}>
      <p>
        <a className={css.button} data-look="primary" href={'/login?next=' + encodeURIComponent(back)}>
          {t.signIn}
        </a>
      </p>
    </Empty>
  )
}

/** Bones of what is coming; said once to who cannot see them. */
export function Loading({ lines = 6, label }: { lines?: number; label?: string }) {
  return (
    <div className={css.bones} role="status">
      <span className="visually-hidden">{label ?? t.loading}</span>
      {Array.from({ length: lines }, (_, i) => (
        <div key={i} className={css.bone} style={{ width: `${92 - ((i * 37) % 48)}%` }} />
      ))}
    </div>
  )
}

interface QueryLike<T> {
  data: T | undefined
  error: Problem | null
  isPending: boolean
  refetch: () => unknown
}

/** Shows an answer, or that it is coming, or why it is not. */
export function Answer<T>({ query, children, lines, small }: { query: QueryLike<T>; children: (data: T) => ReactNode; lines?: number; small?: boolean }) {
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.error) return <Failed problem={query.error} small={small} onRetry={() => void query.refetch()} />
  return <Loading lines={lines} />
}
