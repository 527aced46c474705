import { useMemo, useRef, useState, useEffect, type KeyboardEvent, type Ref } from 'react'
import { visible } from '@/kit/format'
import { graphWords as w } from '@/text/graph'
import { Outline, shapeOf, shapeWord, Sign, type Shape } from './Glyph'
import { cls } from './Lanes'
import { layRings, type PlacedMark } from './ringlayout'
import { Stage, type View } from './Stage'
import { fit, plainType } from './text'
import { Thing } from './Thing'
import type { RingsAnswer } from './types'
import { gradeWords, lineOf } from './verbs'
import './graph.css'

export interface RingsProps {
  answer: RingsAnswer
  title: string
  chosen: string
  /** A ring opened a bundle: only its table tells the members. */
  onBundle: (id: string) => void
  view: View | undefined
  onView: (v: View | undefined) => void
  onChoose: (id: string) => void
  onOpen: (id: string) => void
  svgRef?: Ref<SVGSVGElement>
}

/** Rings draws what falls with one thing: each ring is one hop farther from it. */
export function Rings(p: RingsProps) {
  const picture = useMemo(() => layRings(p.answer), [p.answer])
  const [active, setActive] = useState(0)
  const moved = useRef(false)
  const own = useRef<SVGSVGElement | null>(null)
  useEffect(() => {
    if (moved.current) own.current?.querySelector<SVGGElement>(`[data-mark="${active}"]`)?.focus({ preventScroll: true })
    moved.current = false
  }, [active])
  const go = (to: number | undefined) => {
    if (to === undefined) return
    moved.current = true
    setActive(to)
  }
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return
    const m = picture.marks[active]
    if (!m) return
    const next = ringStep(picture.marks, active, e.key)
    if (next !== undefined) go(next)
    else if (e.key === 'Enter' || e.key === ' ') m.mark.node ? p.onChoose(m.mark.node.id) : m.mark.bundle && p.onBundle(m.mark.bundle.id)
    else if ((e.key === '+' || e.key === '=') && m.mark.bundle) p.onBundle(m.mark.bundle.id)
    else if (e.key === 'o' && m.mark.node) p.onOpen(m.mark.node.id)
    else return
    e.preventDefault()
    e.stopPropagation()
  }
  const { cx, cy } = picture
  return (
    <Stage
      picture={picture}
      pictureKey={p.title}
      readable={0.3}
      view={p.view}
      onView={p.onView}
      label={p.title}
      onKeyDown={onKeyDown}
      svgRef={(el: SVGSVGElement | null) => {
        own.current = el
        if (typeof p.svgRef === 'function') p.svgRef(el)
        else if (p.svgRef) p.svgRef.current = el
      }}
    >
      {(k, reveal) => (
        <>
          {picture.rings.map((r) => (
            <g key={r.hop} aria-hidden="true">
              <circle className="gx-ring" cx={cx} cy={cy} r={r.radius} />
            </g>
          ))}
          {picture.links.map((l) => (
            <path key={l.id} className={cls('gx-ringlink gx-' + lineOf(l.grade), l.tier0 && 'gx-ringhot')} d={l.d} />
          ))}
          {picture.rings.map((r) => (
            <text key={r.hop} className="gx-ringlabel" x={cx} y={cy - r.radius + 30} fontSize={legible(k)} aria-hidden="true">
              {`${w.rings.hop(r.hop)} · ${w.rings.all(r.total)}`}
            </text>
          ))}
          <g className="gx-node gx-center" transform={`translate(${cx} ${cy})`}>
            <title>{visible(p.answer.subject.name)}</title>
            <Outline shape={shapeOf(p.answer.subject)} r={24} className="gx-shape" />
            <Sign shape={shapeOf(p.answer.subject)} r={22} />
            <text className="gx-ringname gx-strong" y={44} fontSize={legible(k)}>
              {fit(p.answer.subject.name, 170 * Math.max(1, 0.7 / k), legible(k))}
            </text>
          </g>
          {picture.marks.map((m, i) => (
            <MarkOf key={i} m={m} i={i} k={k} active={active === i} chosen={p.chosen !== '' && m.mark.node?.id === p.chosen} onFocus={() => (setActive(i), reveal(m.x - 20, m.y - 20, 40, 40))} onChoose={p.onChoose} onOpen={p.onOpen} onBundle={p.onBundle} />
          ))}
        </>
      )}
    </Stage>
  )
}

function MarkOf({ m, i, k, active, chosen, onFocus, onChoose, onOpen, onBundle }: { m: PlacedMark; i: number; k: number; active: boolean; chosen: boolean; onFocus: () => void; onChoose: (id: string) => void; onOpen: (id: string) => void; onBundle: (id: string) => void }) {
  const n = m.mark.node
  const b = m.mark.bundle
  const shape: Shape = n ? shapeOf(n) : 'bundle'
  const name = n ? n.name : (b?.label ?? '')
  const tier0 = n?.tier0 || (b?.tier0 ?? 0) > 0
  const label = [n ? `${shapeWord(shape)} ${visible(n.name)}, ${plainType(n.type)}` : visible(name), tier0 ? (b ? `${b.tier0} ${w.tier0}` : w.tier0) : '', w.rings.hop(m.mark.hop), gradeWords(m.mark.grade)].filter(Boolean).join(', ')
  return (
    <Thing
      className={cls('gx-node', n ? 'gx-mark' : 'gx-bundlemark', tier0 && 'gx-t0', chosen && 'gx-chosen')}
      transform={`translate(${m.x} ${m.y})`}
      title={visible(label, 300)}
      aria-label={label}
      {...(n ? { 'aria-pressed': chosen } : {})}
      tabIndex={active ? 0 : -1}
      data-mark={i}
      onFocus={onFocus}
      onClick={() => (n ? onChoose(n.id) : b && onBundle(b.id))}
      onDoubleClick={() => n && onOpen(n.id)}
      words={
        <>
          {b && (
          <text className="gx-counttext" y={4} fontSize={Math.min(12, m.r * 0.85)}>
            {b.count}
          </text>
          )}
      {m.named && (
        <text className={cls('gx-ringname', tier0 && 'gx-strong')} x={m.tx} y={m.ty} textAnchor={m.anchor} fontSize={legible(k)}>
          {fit(name + (tier0 && n ? ' T0' : b && b.tier0 > 0 ? `, ${b.tier0} T0` : ''), 150 * Math.max(1, 0.7 / k), legible(k))}
        </text>
      )}
        </>
      }
    >
      <circle className="gx-hit2" r={14} />
      <circle className="gx-focus" r={m.r + 6} />
      {b ? (
        <circle className="gx-shape" r={m.r} />
      ) : (
        <>
          <Outline shape={shape} r={m.r} className="gx-shape" />
          {m.r >= 9 && <Sign shape={shape} r={m.r} />}
        </>
      )}
    </Thing>
  )
}

/** legible is the size at which a name is never under 12 px. */
const legible = (k: number) => Math.max(12, Math.round((12 / k) * 4) / 4)

/** ringStep walks around a ring with left and right, out and in with up and down. */
export function ringStep(marks: PlacedMark[], from: number, key: string): number | undefined {
  const at = marks[from]
  if (!at || !key.startsWith('Arrow')) return undefined
  const ring = (hop: number) => marks.flatMap((m, i) => (m.mark.hop === hop ? [i] : [])).sort((a, b) => marks[a]!.mark.turn - marks[b]!.mark.turn || a - b)
  if (key === 'ArrowRight' || key === 'ArrowLeft') {
    const mine = ring(at.mark.hop)
    return mine[(mine.indexOf(from) + (key === 'ArrowRight' ? 1 : mine.length - 1)) % mine.length]
  }
  const other = ring(at.mark.hop + (key === 'ArrowUp' ? 1 : -1))
  const far = (i: number) => Math.min(Math.abs(marks[i]!.mark.turn - at.mark.turn), 1 - Math.abs(marks[i]!.mark.turn - at.mark.turn))
  return other.reduce<number | undefined>((best, i) => (best === undefined || far(i) < far(best) ? i : best), undefined)
}
