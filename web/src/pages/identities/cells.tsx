import { Tag, Unknown } from '@/kit'
import { absolute, count, date, span, visible } from '@/kit/format'
import { identities as t } from '@/text/identities'
import type { Row } from './columns'
import css from './identities.module.css'

const Wait = () => <span className={css.coming} aria-hidden="true" />

/** How many things fall with it, and how many of tier 0. */
export function Reach({ row }: { row: Row }) {
  if (row.more === undefined) return <Wait />
  const reach = row.more?.reach
  if (!reach) return <Unknown why={t.reach.unknown}>?</Unknown>
  return (
    <span className={css.reach} title={t.reach.text(reach.things, reach.exact, reach.tier0)}>
      {reach.tier0 > 0 && <Tag value={t.reach.tier0(reach.tier0)} look="tier0" />}
      {reach.exact ? '' : '≈'}
      {count(reach.things)}
    </span>
  )
}

const height = 18
const dayMs = 86_400_000

/** Runs of one letter: where each begins and how long it is. */
export function runs(days: string): { letter: string; from: number; length: number }[] {
  const out: { letter: string; from: number; length: number }[] = []
  for (let i = 0; i < days.length; i++) {
    const last = out.at(-1)
    if (last && last.letter === days[i]) last.length++
    else out.push({ letter: days[i], from: i, length: 1 })
  }
  return out
}

/** Ninety days of use: a bar where it was used, a line at the ground where it is known that it was not, and hatched where nothing is known. */
export function Use({ row }: { row: Row }) {
  if (row.more === undefined) return <Wait />
  const activity = row.more?.activity
  if (!activity || activity.unknown === activity.days.length) return <Unknown why={t.use.unknown} />
  const n = activity.days.length
  const said = t.use.text(activity.used, activity.quiet, activity.unknown)
  const last = activity.days.lastIndexOf('u')
  const lastDay = last < 0 ? '' : ` ${t.use.last(date(new Date(Date.parse(activity.from) + last * dayMs + dayMs / 2).toISOString()))}`
  return (
    <span className={`${css.use} hatched`} role="img" aria-label={said + lastDay} title={said + lastDay}>
      <svg width={n} height={height} viewBox={`0 0 ${n} ${height}`} aria-hidden="true" shapeRendering="crispEdges">
        {runs(activity.days).map((run) =>
          run.letter === '?' ? null : (
            <g key={run.from}>
              <rect x={run.from} width={run.length} y={0} height={height} className={css.seen} />
              {run.letter === 'u' ? <rect x={run.from} width={run.length} y={2} height={height - 2} className={css.used} /> : <rect x={run.from} width={run.length} y={height - 2} height={2} className={css.quiet} />}
            </g>
          ),
        )}
      </svg>
    </span>
  )
}

/** The first date by which something is to be done or ends. */
export function Due({ row }: { row: Row }) {
  if (row.more === undefined) return <Wait />
  const due = row.more?.next_due
  if (!due) return <Unknown why={t.due.failed}>?</Unknown>
  if (!due.at) return due.unknown > 0 ? <Unknown why={t.due.unknown(due.unknown)} /> : <span className="muted" title={t.due.noneHelp}>{t.due.none}</span>
  const late = Date.parse(due.at) < Date.now()
  // In whole days as the server counts them, so that the row and the page of one thing say the same.
  const far = span(due.days ? Math.abs(due.days) * dayMs : Math.abs(Date.parse(due.at) - Date.now()))
  const said = `${visible(due.what)}: ${absolute(due.at)}${due.unknown > 0 ? `. ${t.due.unknown(due.unknown)}` : ''}`
  return (
    <time dateTime={due.at} className={late ? css.late : css.due} title={said}>
      {late ? t.due.late(far) : t.due.in(far)}
      <span className={css.why}>{t.due.why[due.why] ?? due.why}</span>
      <span className="visually-hidden"> {said}</span>
    </time>
  )
}
