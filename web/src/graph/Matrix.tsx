import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { Name } from '@/kit'
import { visible } from '@/kit/format'
import { graphWords as w } from '@/text/graph'
import { Glyph, shapeOf, shapeWord } from './Glyph'
import type { MatrixAnswer } from './types'
import { levelOrder } from './verbs'
import './graph.css'

const rowHeight = 32
const cellWidth = 40
const headWidth = 236
const headHeight = 132

const short: Record<string, string> = { list: 'L', read: 'R', write: 'W', delete: 'D', permissions: 'P', secrets: 'S', execute: 'X', escalate: '!', unknown: '?' }

/** Matrix is who may do how much to what: a grid of letters whose ground darkens with the level. */
export function Matrix({ answer, title, chosen, onChoose, onOpen }: { answer: MatrixAnswer; title: string; chosen: string; onChoose: (id: string) => void; onOpen: (id: string) => void }) {
  const scroll = useRef<HTMLDivElement>(null)
  const cells = useMemo(() => new Map(answer.cells.map((c) => [c.row + ' ' + c.column, c])), [answer])
  const rows = useVirtualizer({ count: answer.rows.length, getScrollElement: () => scroll.current, estimateSize: () => rowHeight, overscan: 6, paddingStart: headHeight })
  const columns = useVirtualizer({ horizontal: true, count: answer.columns.length, getScrollElement: () => scroll.current, estimateSize: () => cellWidth, overscan: 4, paddingStart: headWidth })
  const [at, setAt] = useState<[row: number, column: number]>([0, 0])
  const moved = useRef(false)
  useEffect(() => {
    if (!moved.current) return
    moved.current = false
    scroll.current?.querySelector<HTMLElement>(`[data-at="${at[0]} ${at[1]}"]`)?.focus({ preventScroll: true })
  }, [at, rows.range, columns.range])
  const onKeyDown = (e: KeyboardEvent) => {
    const d = ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageDown: [10, 0], PageUp: [-10, 0] } as Record<string, [number, number]>)[e.key]
    if (!d || e.ctrlKey || e.metaKey) return
    e.preventDefault()
    const next: [number, number] = [Math.max(-1, Math.min(answer.rows.length - 1, at[0] + d[0])), Math.max(-1, Math.min(answer.columns.length - 1, at[1] + d[1]))]
    if (next[0] < 0 && next[1] < 0) return
    moved.current = true
    if (next[0] >= 0) rows.scrollToIndex(next[0])
    if (next[1] >= 0) columns.scrollToIndex(next[1])
    setAt(next)
  }
  const stop = (r: number, c: number) => (at[0] === r && at[1] === c ? 0 : -1)
  return (
    <div className="gx-matrix" ref={scroll} role="grid" aria-label={title} aria-rowcount={answer.rows.length + 1} aria-colcount={answer.columns.length + 1} onKeyDown={onKeyDown}>
      <div role="presentation" className="gx-matrixbody" style={{ width: columns.getTotalSize(), height: rows.getTotalSize() }}>
        <div role="row" aria-rowindex={1} className="gx-matrixhead" style={{ height: headHeight, width: columns.getTotalSize() }}>
          <span role="columnheader" aria-colindex={1} className="gx-matrixcorner" style={{ width: headWidth, height: headHeight }}>
            <span className="visually-hidden">{w.matrix.who}</span>
          </span>
          {columns.getVirtualItems().map((c) => {
            const n = answer.columns[c.index]!
            return (
              <span key={c.key} role="columnheader" aria-colindex={c.index + 2} className="gx-matrixcol" style={{ insetInlineStart: c.start, width: cellWidth, height: headHeight }}>
                <button type="button" data-at={`-1 ${c.index}`} tabIndex={stop(-1, c.index)} aria-pressed={chosen === n.id} title={visible(n.name)} onClick={() => onChoose(n.id)} onDoubleClick={() => onOpen(n.id)} onFocus={() => setAt([-1, c.index])}>
                  <span className="gx-matrixcolname">
                    <Name value={n.name} limit={60} />
                  </span>
                  {n.tier0 && <abbr className="gx-tier" title={w.tier0Help}>T0</abbr>}
                </button>
              </span>
            )
          })}
        </div>
        {rows.getVirtualItems().map((r) => {
          const n = answer.rows[r.index]!
          return (
            <div key={r.key} role="row" aria-rowindex={r.index + 2} className="gx-matrixrow" style={{ top: r.start, height: rowHeight, width: columns.getTotalSize() }}>
              <span role="rowheader" aria-colindex={1} className="gx-matrixname" style={{ width: headWidth }}>
                <button type="button" data-at={`${r.index} -1`} tabIndex={stop(r.index, -1)} aria-pressed={chosen === n.id} onClick={() => onChoose(n.id)} onDoubleClick={() => onOpen(n.id)} onFocus={() => setAt([r.index, -1])}>
                  <Glyph shape={shapeOf(n)} size={18} tier0={n.tier0} label={shapeWord(shapeOf(n))} />
                  <Name value={n.name} limit={80} />
                </button>
              </span>
              {columns.getVirtualItems().map((c) => {
                const cell = cells.get(r.index + ' ' + c.index)
                const level = cell?.level ?? ''
                const words = level ? `${w.matrix.level(level)}, ${cell!.grade}` : w.matrix.nothing
                return (
                  <span
                    key={c.key}
                    role="gridcell"
                    aria-colindex={c.index + 2}
                    data-at={`${r.index} ${c.index}`}
                    tabIndex={stop(r.index, c.index)}
                    className={'gx-cell' + (level === 'unknown' ? ' hatched' : '')}
                    data-level={(levelOrder as readonly string[]).indexOf(level)}
                    data-grade={cell?.grade}
                    title={`${visible(n.name, 60)} → ${visible(answer.columns[c.index]!.name, 60)}: ${words}`}
                    aria-label={`${visible(n.name, 60)}, ${visible(answer.columns[c.index]!.name, 60)}: ${words}`}
                    style={{ insetInlineStart: c.start, width: cellWidth }}
                    onFocus={() => setAt([r.index, c.index])}
                    onClick={(e) => e.currentTarget.focus()}
                  >
                    {short[level] ?? ''}
                  </span>
                )
              })}
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** MatrixKey explains the letters. */
export function MatrixKey() {
  return (
    <dl className="gx-legend">
      {levelOrder.map((l, i) => (
        <div key={l}>
          <dt>
            <span className="gx-cell gx-cellkey" data-level={i}>
              {short[l]}
            </span>
          </dt>
          <dd>{w.matrix.level(l)}</dd>
        </div>
      ))}
      <div>
        <dt>
          <span className="gx-cell gx-cellkey hatched">?</span>
        </dt>
        <dd>{w.matrix.level('unknown')}</dd>
      </div>
    </dl>
  )
}
