import { useEffect, useState } from 'react'
import { Button } from '@/kit'
import { span, visible } from '@/kit/format'
import { sources as t } from '@/text/sources'
import type { Operation } from './data'
import css from './sources.module.css'

/** How far a piece of work is, with the button that ends it. */
export function Progress({ op, title, onStop, why }: { op: Operation; title: string; onStop: () => void; why?: string }) {
  const [, tick] = useState(0)
  const [stopping, setStopping] = useState(false)
  const running = !op.ended
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => tick((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [running])
  if (!running) return null
  const { done, all, says } = op.progress
  return (
    <div className={css.progress}>
      <div className={css.progressWords}>
        <strong>{title}</strong>
        <span className="muted">{visible(op.target, 200)}</span>
        <span className={css.push}>{visible(says, 300)}</span>
        <span className="muted" aria-hidden="true">
          {span(Math.max(1000, Date.now() - Date.parse(op.started)))}
        </span>
        <Button
          small
          why={why ?? (stopping ? t.stop + ' …' : undefined)}
          onClick={() => {
            setStopping(true)
            onStop()
          }}
        >
          {t.stop}
        </Button>
      </div>
      {all ? <progress className={css.bar} aria-label={title} value={Math.min(done, all)} max={all} /> : <progress className={css.bar} aria-label={title} />}
    </div>
  )
}
