import { useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { Problem } from '@/api/client'
import type { FacetValue } from '@/api/types'
import { kit as t } from '@/text/kit'
import { Button } from './Button'
import { Facets } from './Facets'
import { inScope } from './filter'
import { explain, FilterBox } from './FilterBox'
import css from './List.module.css'
import { Empty, Failed, Loading } from './states'

/** The heading of a list: its name, and how many match. */
export function ListHeading({ title, total, env }: { title: string; total: string; env?: string }) {
  return (
    <>
      {title}{' '}
      <span className={css.total} aria-live="polite">
        {total}
        {env && ` ${env}`}
      </span>
    </>
  )
}

export interface ListFrameProps {
  /** As the API calls what is listed. */
  noun: string
  /** What the filter box completes, where that is another noun. */
  filterNoun?: string
  filter: string
  onFilter: (text: string) => void
  placeholder?: string
  /** Why there are no rows; a token that expired and a filter that is wrong are no failure of the list. */
  problem: Problem | null
  pending: boolean
  /** Whether rows are there to be shown. */
  any: boolean
  onRetry: () => void
  facetFields: { field: string; label: string }[]
  facets: Record<string, FacetValue[]> | undefined
  env: string
  /** Before and after the filter box. */
  before?: ReactNode
  after?: ReactNode
  /** What can be done with the rows that are selected. */
  bulk?: ReactNode
  /** In place of no rows. */
  empty: ReactNode
  /** The rows. */
  children: ReactNode
  /** Beside the rows: the detail of one. */
  panel?: ReactNode
}

/** The frame of a list: filter box, facets, rows in each of their states, and a panel. */
export function ListFrame({ noun, filterNoun = noun, filter, onFilter, placeholder, problem, pending, any, onRetry, facetFields, facets, env, before, after, bulk, empty, children, panel }: ListFrameProps) {
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const expired = problem?.code === 'page_token_expired'
  return (
    <>
      <div className={css.tools}>
        {before}
        <div className={css.filter}>
          <FilterBox value={filter} onApply={onFilter} problem={problem} noun={filterNoun} placeholder={placeholder} />
        </div>
        <span className={css.facetToggle}>
          <Button icon="filter" on={open} onClick={() => setOpen(!open)}>
            {t.list.facets}
          </Button>
        </span>
        {after}
      </div>
      <div className={css.body}>
        <section className={css.facets} data-open={open || undefined} aria-label={t.facets.title}>
          <Facets fields={facetFields} facets={inScope(facets, env)} filter={filter} onApply={onFilter} />
        </section>
        <div className={css.list}>
          {bulk}
          {explain(problem) ? (
            <Empty title={t.filter.wrong} icon="filter" />
          ) : problem && !expired ? (
            <Failed problem={problem} onRetry={onRetry} />
          ) : pending ? (
            <div className={css.wait}>
              <Loading lines={14} />
            </div>
          ) : !any ? (
            empty
          ) : (
            <>
              {expired && (
                <div className={css.expired} role="status">
                  {t.list.stale}
                  <Button small onClick={() => void client.resetQueries({ queryKey: ['api', '/' + noun] })}>
                    {t.list.reload}
                  </Button>
                </div>
              )}
              {children}
            </>
          )}
        </div>
        {panel}
      </div>
    </>
  )
}

/** What is done with many rows at once. */
export function BulkBar({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={css.bulk} role="region" aria-label={label}>
      <strong aria-live="polite">{label}</strong>
      {children}
    </div>
  )
}
