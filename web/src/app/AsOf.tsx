import { Popover } from '@mantine/core'
import { useEffect, useId, useState } from 'react'
import { Button } from '@/kit/Button'
import { absolute, visible } from '@/kit/format'
import { Icon } from '@/kit/Icon'
import { app as t } from '@/text/app'
import css from './AsOf.module.css'
import shell from './Shell.module.css'
import { useGo } from './Link'
import { useScope } from './scope'
import { useUrl } from './url'

const day = 86_400_000

/** The moment in words: an age stays an age, a time is written out. */
export const momentWords = (asOf: string) => (/^\d+[smhdwy]$/.test(asOf) ? (t.asOf.presets[asOf] ?? `${asOf} ago`) : /\d{4}-/.test(asOf) ? absolute(asOf.length === 10 ? asOf + 'T23:59:59Z' : asOf) : visible(asOf))

const daysOf = (asOf: string) => {
  if (!asOf) return 0
  const age = /^(\d+)([dwy])$/.exec(asOf)
  if (age) return Number(age[1]) * { d: 1, w: 7, y: 365 }[age[2] as 'd' | 'w' | 'y']
  const at = Date.parse(asOf)
  return Number.isNaN(at) ? 0 : Math.max(0, Math.round((Date.now() - at) / day))
}

/** The moment that every page answers for: a slider over the last 180 days, or any date. */
export function AsOf({ open, onOpen }: { open: boolean; onOpen: (open: boolean) => void }) {
  const id = useId()
  const go = useGo()
  const { asOf } = useScope()
  const [, set] = useUrl({ as_of: '' })
  const [days, setDays] = useState(0)
  const [when, setWhen] = useState('')
  useEffect(() => {
    if (!open) return
    setDays(Math.min(180, daysOf(asOf)))
    setWhen(/\d{4}-/.test(asOf) ? local(new Date(asOf)) : '')
  }, [open, asOf])
  const choose = (value: string | undefined) => {
    set({ as_of: value })
    onOpen(false)
  }
  return (
    <Popover opened={open} onChange={onOpen} position="bottom-end" width={340} trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className={shell.pick} data-on={asOf || undefined} aria-label={`${t.asOf.label}: ${asOf ? momentWords(asOf) : t.asOf.now}`} onClick={() => onOpen(!open)}>
          <Icon name="clock" size={14} />
          <span className={shell.pickLabel}>{t.asOf.label}:</span> <strong>{asOf ? momentWords(asOf) : t.asOf.now}</strong>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault()
            choose(when ? new Date(when).toISOString().replace(/\.\d+Z$/, 'Z') : days > 0 ? `${days}d` : undefined)
          }}
        >
          <h2>{t.asOf.title}</h2>
          <p className="muted">{t.asOf.help}</p>
          <label htmlFor={`${id}-days`}>
            {t.asOf.slider} <output htmlFor={`${id}-days`}>{t.asOf.days(days)}</output>
          </label>
          <input
            id={`${id}-days`}
            type="range"
            min={0}
            max={180}
            value={days}
            aria-valuetext={t.asOf.days(days)}
            onChange={(event) => {
              setDays(Number(event.target.value))
              setWhen('')
            }}
          />
          <div className={css.presets}>
            {Object.entries(t.asOf.presets).map(([value, label]) => (
              <Button key={value} small on={asOf === value} onClick={() => choose(value)}>
                {label}
              </Button>
            ))}
          </div>
          <label htmlFor={`${id}-when`}>{t.asOf.date}</label>
          <input id={`${id}-when`} className={css.input} type="datetime-local" value={when} max={local(new Date())} onChange={(event) => setWhen(event.target.value)} />
          <div className={css.actions}>
            <button type="submit" className={css.submit}>
              {t.asOf.apply}
            </button>
            {asOf && <Button onClick={() => choose(undefined)}>{t.asOf.back}</Button>}
            {asOf && (
              <Button
                look="quiet"
                icon="compare"
                onClick={() => {
                  onOpen(false)
                  go('/changes', { since: asOf, as_of: undefined })
                }}
              >
                {t.asOf.compare}
              </Button>
            )}
          </div>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}

/** A moment as an input of type datetime-local takes it. */
function local(at: Date): string {
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
