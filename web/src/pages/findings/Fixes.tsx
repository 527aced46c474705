import { useKeys } from '@/app/shortcuts'
import { Breaks, Button, Severity } from '@/kit'
import { count, visible } from '@/kit/format'
import { findings as t } from '@/text/findings'
import { kit } from '@/text/kit'
import type { Fix } from './data'
import css from './findings.module.css'

export interface FixesProps {
  rows: Fix[]
  openId: string
  onOpen: (id: string) => void
  hasMore: boolean
  onMore: () => void
  loadingMore: boolean
}

/** The acts that end findings, each with a bar of the risk that goes with it. */
export function Fixes({ rows, openId, onOpen, hasMore, onMore, loadingMore }: FixesProps) {
  const most = Math.max(1, ...rows.map((row) => row.risk_removed))
  const step = (by: number) => {
    const now = rows.findIndex((row) => row.id === openId || document.activeElement?.id === `fix-${row.id}`)
    const next = rows[Math.max(0, Math.min(rows.length - 1, now + by))]
    if (next) document.getElementById(`fix-${next.id}`)?.focus()
  }
  useKeys({ j: () => step(1), k: () => step(-1) })
  return (
    <div className={css.scroller} tabIndex={-1}>
      <table className={css.fixes} aria-label={t.fixes}>
        <thead>
          <tr>
            <th scope="col">{t.fix.act}</th>
            <th scope="col">{t.fix.risk}</th>
            <th scope="col" data-end>{t.fix.closes}</th>
            <th scope="col" data-end>{t.fix.breaks}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-open={row.id === openId || undefined}>
              <th scope="row">
                <button type="button" id={`fix-${row.id}`} aria-expanded={row.id === openId} onClick={() => onOpen(row.id)}>
                  <span className={css.title}>
                    {visible(row.title)}
                    <span className={css.sub}>
                      <Severity level={row.severity} />
                      {' · '}
                      {t.fix.closesN(row.findings)}
                      {row.owners && row.owners.length > 0 ? ` · ${visible(row.owners.slice(0, 2).join(', '), 80)}${row.owners.length > 2 ? ` +${count(row.owners.length - 2)}` : ''}` : ''}
                    </span>
                  </span>
                </button>
              </th>
              <td>
                <span className={css.bar}>
                  <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                    <rect width="100" height="8" className={css.barGround} />
                    <rect width={Math.max(row.risk_removed > 0 ? 1 : 0, (row.risk_removed / most) * 100)} height="8" fill={`var(--${row.severity})`} />
                  </svg>
                  <span>{count(row.risk_removed)}</span>
                </span>
              </td>
              <td data-end>{count(row.findings)}</td>
              <td data-end>
                <Breaks of={row.breaks} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hasMore && (
        <div className={css.foot}>
          <Button small look="quiet" disabled={loadingMore} onClick={onMore}>
            {loadingMore ? kit.table.loadingMore : kit.table.more}
          </Button>
        </div>
      )}
    </div>
  )
}
