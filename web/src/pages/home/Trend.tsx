import { useMemo } from 'react'
import { ChartFrame, levels } from '@/kit'
import { useElementSize } from '@mantine/hooks'
import { count, date } from '@/kit/format'
import { home as t } from '@/text/home'
import { kit } from '@/text/kit'
import css from './home.module.css'
import type { Home, TrendPoint } from './types'

const day = 86_400_000
const height = 190
const pad = { left: 36, right: 8, top: 8, bottom: 22 }

/** Open findings over time, stacked by severity, the worst below; beneath it what came and what went. */
export function Trend({ trend, env }: { trend: Home['trend']; env?: string }) {
  const points = trend.points
  const title = titleOf(points)
  const shown = levels.filter((level) => points.some((point) => (point.open[level] ?? 0) > 0))
  return (
    <ChartFrame
      title={title}
      name="open-findings"
      table={{ columns: [t.trend.columns.at, ...shown.map((level) => kit.severity[level]), t.trend.columns.total, t.trend.columns.opened, t.trend.columns.fixed], rows: points.map((point) => [date(point.at), ...shown.map((level) => point.open[level] ?? 0), point.total, point.opened, point.fixed]) }}
    >
      {points.length > 1 ? <Area points={points} title={title} /> : <p className="muted">{env ? t.trend.env : trend.why}</p>}
      <p className={css.legend}>
        {shown.map((level) => (
          <span key={level}>
            <span className={css.key} style={{ background: `var(--${level})`, borderColor: `var(--${level}-edge)` }} />
            {kit.severity[level]} {count(points.at(-1)?.open[level] ?? 0)}
          </span>
        ))}
        <span className={css.flow}>{t.trend.flow(trend.opened, trend.fixed)}</span>
      </p>
    </ChartFrame>
  )
}

function titleOf(points: TrendPoint[]): string {
  const last = points.at(-1)
  const first = points[0]
  if (!last || points.length < 2) return t.trend.one
  const days = Math.max(1, Math.round((Date.parse(last.at) - Date.parse(first.at)) / day))
  const change = last.total - first.total
  return change < 0 ? t.trend.fell(-change, days) : change > 0 ? t.trend.rose(change, days) : t.trend.same(days)
}

/** Round numbers for an axis, at most four. */
export function ticks(max: number): number[] {
  const raw = Math.max(1, max) / 3
  const size = 10 ** Math.floor(Math.log10(raw))
  const step = Math.max(1, [1, 2, 5, 10].map((m) => m * size).find((s) => s >= raw)!)
  const out = []
  for (let v = 0; v < max + step; v += step) out.push(v)
  return out
}

function Area({ points, title }: { points: TrendPoint[]; title: string }) {
  const { ref, width: measured } = useElementSize()
  const width = Math.max(260, measured || 600)
  const drawn = useMemo(() => {
    const from = Date.parse(points[0].at)
    const to = Date.parse(points.at(-1)!.at)
    const max = Math.max(...points.map((point) => point.total), 1)
    const marks = ticks(max)
    const top = marks.at(-1)!
    const x = (at: string) => pad.left + ((Date.parse(at) - from) / Math.max(1, to - from)) * (width - pad.left - pad.right)
    const y = (value: number) => height - pad.bottom - (value / top) * (height - pad.top - pad.bottom)
    let below = points.map(() => 0)
    const areas = levels.map((level) => {
      const above = points.map((point, i) => below[i] + (point.open[level] ?? 0))
      const path = `M${points.map((point, i) => `${x(point.at).toFixed(1)},${y(above[i]).toFixed(1)}`).join('L')}L${[...points].reverse().map((point, i) => `${x(point.at).toFixed(1)},${y(below[points.length - 1 - i]).toFixed(1)}`).join('L')}Z`
      below = above
      return { level, path }
    })
    return { areas, marks, x, y, from, to }
  }, [points, width])
  return (
    <div ref={ref}>
      <svg className={css.chart} width="100%" height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
        {drawn.marks.map((mark) => (
          <g key={mark}>
            <line x1={pad.left} x2={width - pad.right} y1={drawn.y(mark)} y2={drawn.y(mark)} stroke="var(--line)" />
            <text x={pad.left - 6} y={drawn.y(mark) + 4} textAnchor="end">
              {count(mark)}
            </text>
          </g>
        ))}
        {drawn.areas.map((area) => (
          <path key={area.level} d={area.path} fill={`var(--${area.level})`} stroke="var(--bg)" strokeWidth="1" />
        ))}
        {points.map((point) => (
          <line key={point.at} x1={drawn.x(point.at)} x2={drawn.x(point.at)} y1={height - pad.bottom} y2={height - pad.bottom + 4} stroke="var(--border)" />
        ))}
        <text x={pad.left} y={height - 4}>
          {date(points[0].at)}
        </text>
        <text x={width - pad.right} y={height - 4} textAnchor="end">
          {date(points.at(-1)!.at)}
        </text>
      </svg>
    </div>
  )
}
