import { useElementSize } from '@mantine/hooks'
import { ChartFrame } from '@/kit'
import { count, date } from '@/kit/format'
import { posture as t } from '@/text/posture'
import { ticks } from '../home/Trend'
import css from './posture.module.css'
import type { Posture } from './types'

const height = 190
const pad = { left: 36, right: 8, top: 8, bottom: 22 }

/** What came and what was fixed between two runs of the checks. */
export function Flow({ trend }: { trend: Posture['trend'] }) {
  const title = t.flow.title(trend.opened, trend.fixed)
  // The first point has nothing before it that it could be compared with.
  const points = trend.points.slice(1)
  return (
    <ChartFrame title={title} name="inflow-and-fixed" table={{ columns: [t.flow.at, t.flow.opened, t.flow.fixed, t.flow.open], rows: points.map((point) => [date(point.at), point.opened, point.fixed, point.total]) }}>
      {points.length > 0 ? <Bars points={points} title={title} /> : <p className="muted">{trend.why}</p>}
      <p className={css.legend}>
        <span>
          <span className={`${css.key} ${css.came}`} /> {t.flow.opened}
        </span>
        <span>
          <span className={`${css.key} ${css.gone}`} /> {t.flow.fixed}
        </span>
      </p>
    </ChartFrame>
  )
}

function Bars({ points, title }: { points: Posture['trend']['points']; title: string }) {
  const { ref, width: measured } = useElementSize()
  const width = Math.max(260, measured || 500)
  const marks = ticks(Math.max(1, ...points.flatMap((point) => [point.opened, point.fixed])))
  const top = marks.at(-1)!
  const y = (value: number) => height - pad.bottom - (value / top) * (height - pad.top - pad.bottom)
  const slot = (width - pad.left - pad.right) / points.length
  const bar = Math.max(2, Math.min(22, slot / 3))
  const every = Math.ceil(points.length / Math.max(1, Math.floor(width / 110)))
  return (
    <div ref={ref}>
      <svg className={css.chart} width="100%" height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
        {marks.map((mark) => (
          <g key={mark}>
            <line x1={pad.left} x2={width - pad.right} y1={y(mark)} y2={y(mark)} stroke="var(--line)" />
            <text x={pad.left - 6} y={y(mark) + 4} textAnchor="end">
              {count(mark)}
            </text>
          </g>
        ))}
        {points.map((point, i) => {
          const middle = pad.left + slot * (i + 0.5)
          return (
            <g key={point.at}>
              <rect className={css.came} x={middle - bar - 1} width={bar} y={y(point.opened)} height={Math.max(0, y(0) - y(point.opened))} />
              <rect className={css.gone} x={middle + 1} width={bar} y={y(point.fixed)} height={Math.max(0, y(0) - y(point.fixed))} />
              {i % every === 0 && (
                <text x={middle} y={height - 4} textAnchor="middle">
                  {date(point.at)}
                </text>
              )}
            </g>
          )
        })}
      </svg>
    </div>
  )
}
