import { graphWords as w } from '@/text/graph'
import { Glyph, shapeOf, type Shape } from './Glyph'
import type { NodeRef } from './types'
import { Icon } from '@/kit'
import './graph.css'

const order: Shape[] = ['human', 'nhi', 'agent', 'credential', 'role', 'group', 'policy', 'workload', 'place', 'vendor', 'resource']

/** Legend explains the shapes and lines that occur, and only those. */
export function Legend({ shapes, cut, drawing }: { shapes: NodeRef[]; cut: boolean; drawing: string }) {
  const seen = new Set(shapes.map(shapeOf))
  const show = drawing === 'lanes' ? order.filter((s) => seen.has(s)) : order.filter((s) => seen.has(s) || s === 'nhi' || s === 'resource')
  return (
    <dl className="gx-legend" aria-label={w.legend.title}>
      {show.map((s) => (
        <div key={s}>
          <dt>
            <Glyph shape={s} size={16} />
          </dt>
          <dd>{w.shape[s]}</dd>
        </div>
      ))}
      {(['solid', 'dashed', 'dotted'] as const).map((line) => (
        <div key={line}>
          <dt>
            <svg width="28" height="8" viewBox="0 0 28 8" aria-hidden="true" focusable="false">
              <path className={'gx-edge gx-' + line} d="M0 4H28" />
            </svg>
          </dt>
          <dd>{line === 'solid' ? w.legend.proven : line === 'dashed' ? w.legend.inferred : w.legend.unknown}</dd>
        </div>
      ))}
      {cut && (
        <div>
          <dt>
            <Icon name="scissors" size={14} />
          </dt>
          <dd>{w.legend.cut}</dd>
        </div>
      )}
      <div>
        <dt>
          <abbr className="gx-tier" title={w.tier0Help}>T0</abbr>
        </dt>
        <dd>{w.legend.tier0}</dd>
      </div>
    </dl>
  )
}
