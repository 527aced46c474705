import { useEffect, useId, useState } from 'react'
import type { FacetValue } from '@/api/types'
import { kit as t } from '@/text/kit'
import { Button, IconButton } from './Button'
import css from './Facets.module.css'
import { choiceOf, choose, formatTerms, parseTerms, type Choice } from './filter'
import { count, visible, words } from './format'

export interface FacetsProps {
  /** Field by field, in the order to show. */
  fields: { field: string; label: string }[]
  facets: Record<string, FacetValue[]> | undefined
  filter: string
  /** Called once for all changes together. */
  onApply: (filter: string) => void
}

const shown = 6

/** What the list is made of, with counts. Clicks write the filter's text and are applied together. */
export function Facets({ fields, facets, filter, onApply }: FacetsProps) {
  const [draft, setDraft] = useState(filter)
  const [open, setOpen] = useState<Record<string, boolean>>({})
  useEffect(() => setDraft(filter), [filter])
  const terms = parseTerms(draft)
  const before = parseTerms(filter)
  const changes = draft === filter ? 0 : differences(before ?? [], terms ?? [])

  const set = (field: string, value: FacetValue, choice: Choice) => {
    const next = choose(terms ?? [], field, value.value, choice, value.unknown)
    const text = formatTerms(next)
    setDraft(before && formatTerms(before) === text ? filter : text)
  }

  return (
    <div className={css.facets}>
      <div className={css.scroll}>
        {fields.map(({ field, label }) => (
          <Facet key={field} field={field} label={label} values={facets?.[field]} locked={!terms} open={!!open[field]} onOpen={() => setOpen({ ...open, [field]: !open[field] })} choice={(value) => (terms ? choiceOf(terms, field, value.value, value.unknown) : undefined)} onChoose={(value, choice) => set(field, value, choice)} />
        ))}
      </div>
      {draft !== filter && (
        <div className={css.apply}>
          <Button look="primary" onClick={() => onApply(draft)}>
            {t.facets.apply(Math.max(1, changes))}
          </Button>
          <Button look="quiet" onClick={() => setDraft(filter)}>
            {t.facets.reset}
          </Button>
        </div>
      )}
    </div>
  )
}

interface FacetProps {
  field: string
  label: string
  values: FacetValue[] | undefined
  locked: boolean
  open: boolean
  onOpen: () => void
  choice: (value: FacetValue) => Choice
  onChoose: (value: FacetValue, choice: Choice) => void
}

// What has an order of its own is shown in it, whatever the counts.
const orders: Record<string, string[]> = { severity: ['critical', 'high', 'medium', 'low', 'info'], worst: ['critical', 'high', 'medium', 'low', 'info'] }

function Facet({ field, label, values: given, locked, open, onOpen, choice, onChoose }: FacetProps) {
  const id = useId()
  if (!given || given.length === 0) return null
  const order = orders[field]
  const values = order ? given.toSorted((a, b) => order.indexOf(a.value) - order.indexOf(b.value)) : given
  const most = Math.max(1, ...values.map((v) => v.count))
  const visibleValues = open ? values : values.filter((v, i) => i < shown || choice(v))
  return (
    <fieldset className={css.facet} disabled={locked}>
      <legend id={id}>{label}</legend>
      {visibleValues.map((value) => {
        const state = choice(value)
        const name = value.unknown ? t.unknown : words(value.value)
        return (
          <div key={(value.unknown ? '?' : '=') + value.value} className={css.value} data-state={state}>
            <label>
              <input type="checkbox" className="box" checked={state === 'in'} onChange={() => onChoose(value, state === 'in' ? undefined : 'in')} />
              <span className={css.name} title={visible(value.value)}>
                {name}
              </span>
              <span className={css.count}>{count(value.count)}</span>
              <span className={value.unknown ? `${css.bar} hatched` : css.bar} style={{ width: `${Math.max(1, (value.count / most) * 100)}%` }} />
            </label>
            <IconButton icon="minus" small label={t.facets.exclude(name)} on={state === 'out'} className={css.exclude} onClick={() => onChoose(value, state === 'out' ? undefined : 'out')} />
          </div>
        )
      })}
      {values.length > shown && (
        <button type="button" className={css.more} onClick={onOpen}>
          {open ? t.facets.fewer : t.facets.more(values.length - visibleValues.length)}
        </button>
      )}
    </fieldset>
  )
}

/** How many values were chosen or let go, which is what a person counts as changes. */
function differences(before: { field?: string; values: string[]; negated: boolean }[], after: typeof before): number {
  const flat = (terms: typeof before) => new Set(terms.flatMap((term) => term.values.map((v) => `${term.negated}${term.field}${v}`)))
  const a = flat(before)
  const b = flat(after)
  return [...a].filter((x) => !b.has(x)).length + [...b].filter((x) => !a.has(x)).length
}
