import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type Ref } from 'react'
import { visible } from '@/kit/format'
import { graphWords as w } from '@/text/graph'
import { Outline, shapeOf, shapeWord, Sign } from './Glyph'
import { boxHeight, subtitle, wordsOf, type LaneBundle, type LaneEdge, type LaneNode, type LanesPicture } from './layout'
import type { Step } from './routes'
import { Stage, type Box, type View } from './Stage'
import { fit, plainType, widthOf } from './text'
import { gradeWords, lineOf } from './verbs'
import { Thing } from './Thing'
import { walk, type Walked } from './walk'
import './graph.css'

export interface LanesProps {
  picture: LanesPicture
  /** The picture in one sentence; its name for a reader. */
  title: string
  /** Index of the selected route; it alone may be red. */
  route: number | undefined
  /** Whether the selected route is a risk; a chain of makers is none. */
  risky: boolean
  /** Id of the node, bundle or edge whose detail is open. */
  chosen: string
  /** Id of the node whose surroundings alone are at full ink. */
  focus: string
  /** Indexes of the routes that are gone by the change that is tried. */
  gone?: ReadonlySet<number>
  /** The step that the cheapest cut takes away. */
  cut?: { step: Step; words: string }
  /** An outline for names that hide for a screenshot. */
  hideNames?: boolean
  view: View | undefined
  onView: (v: View | undefined) => void
  onChoose: (id: string) => void
  onOpen: (id: string) => void
  onExpand: (bundle: string, open: boolean) => void
  onFocus: (id: string) => void
  svgRef?: Ref<SVGSVGElement>
}

/** Lanes draws ranked ways from left to right, with a focusable element for each thing and each step. */
export function Lanes(p: LanesProps) {
  const own = useRef<SVGSVGElement>(null)
  const [active, setActive] = useState('')
  const [opened, setOpened] = useState('')
  const expand = (id: string, open: boolean) => {
    setOpened(open ? id : '')
    p.onExpand(id, open)
  }
  const moved = useRef(false)
  const things = useMemo(() => walkable(p.picture), [p.picture])
  const stop = things.has(active) ? active : things.has(p.chosen) ? p.chosen : (things.keys().next().value ?? '')
  const near = useMemo(() => nearOf(p.picture, p.focus), [p.picture, p.focus])

  useEffect(() => {
    if (!moved.current) return
    moved.current = false
    for (const el of own.current?.querySelectorAll<SVGGElement>('[data-id]') ?? []) if (el.dataset.id === active) el.focus({ preventScroll: true })
  }, [active])

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return
    const id = (e.target as Element).closest<SVGGElement>('[data-id]')?.dataset.id
    if (!id) return
    const next = walk(things, id, e.key)
    const bundle = p.picture.bundles.find((b) => b.id === id) ?? p.picture.bundles.find((b) => b.open && b.members.some((m) => m.id === id))
    if (next) {
      moved.current = true
      setActive(next)
    } else if (e.key === 'Enter' || e.key === ' ') {
      if (bundle?.id === id) expand(id, !bundle.open)
      else p.onChoose(id)
    } else if ((e.key === '+' || e.key === '=') && bundle) expand(bundle.id, true)
    else if (e.key === '-' && bundle) {
      expand(bundle.id, false)
      moved.current = true
      setActive(bundle.id)
    } else if (e.key === 'f') p.onFocus(p.focus === id ? '' : id)
    else if (e.key === 'o') p.onOpen(id)
    else if (e.key === 'Escape' && (p.chosen || p.focus)) p.chosen ? p.onChoose('') : p.onFocus('')
    else return
    e.preventDefault()
    e.stopPropagation()
  }

  // Once for a picture: what one looks at does not move because another way is chosen.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const aim = useMemo(() => aimOf(p.picture, p.route), [p.picture])
  const common = { active: stop, k: 1, chosen: p.chosen, route: p.route, risky: p.risky, onActive: setActive }
  const setRef = (el: SVGSVGElement | null) => {
    own.current = el
    if (typeof p.svgRef === 'function') p.svgRef(el)
    else if (p.svgRef) p.svgRef.current = el
  }
  return (
    <Stage aim={aim} picture={p.picture} pictureKey={p.title} view={p.view} onView={p.onView} show={placeOf(p.picture, p.chosen) ?? membersOf(p.picture, opened)} label={p.title} svgRef={setRef} onKeyDown={onKeyDown}>
      {(k, reveal) => (
        <>
          {p.picture.columns.map((c) => (
            <text key={c.x} className="gx-column" x={c.x} y={24} fontSize={scaled(12, k)} aria-hidden="true">
              {c.title}
            </text>
          ))}
          {[...p.picture.edges].sort((a, b) => onRoute(a, p.route) - onRoute(b, p.route)).map((e) => (
            <Edge key={e.id} e={e} {...common} k={k} dim={near !== undefined && !(near.has(e.from) && near.has(e.to) && (e.from === p.focus || e.to === p.focus))} gone={p.gone !== undefined && e.routes.every((r) => p.gone!.has(r))}
              cut={p.cut && e.steps.includes(p.cut.step) ? p.cut.words : undefined} names={things} onChoose={p.onChoose} reveal={reveal} />
          ))}
          {p.picture.nodes.map((n) => (
            <Node key={n.id} n={n} {...common} k={k} dim={near !== undefined && !near.has(n.id)} info={things.get(n.id)} hideNames={p.hideNames} onChoose={p.onChoose} onOpen={p.onOpen} reveal={reveal} />
          ))}
          {p.picture.bundles.map((b) => (
            <BundleBox key={b.id} b={b} active={stop} k={k} onActive={setActive} dim={near !== undefined && !near.has(b.id)} onExpand={expand} reveal={reveal} />
          ))}
        </>
      )}
    </Stage>
  )
}

export type Reveal = (x: number, y: number, width: number, height: number) => void

/** scaled keeps a text readable where the picture is shown small. */
export const scaled = (size: number, k: number) => Math.min(size * 1.55, Math.max(size, Math.round((12 / k) * 4) / 4))

/** aimOf is the box of the things on a way. */
export function aimOf(picture: LanesPicture, route: number | undefined): Box | undefined {
  const on = picture.nodes.filter((n) => route !== undefined && n.routes.includes(route))
  if (on.length === 0) return undefined
  const x = Math.min(...on.map((n) => n.x))
  const y = Math.min(...on.map((n) => n.y))
  return { x, y, width: Math.max(...on.map((n) => n.x + n.width)) - x, height: Math.max(...on.map((n) => n.y)) - y + boxHeight }
}

const onRoute = (e: { routes: number[] }, route: number | undefined) => (route !== undefined && e.routes.includes(route) ? 1 : 0)

interface Common {
  active: string
  k: number
  chosen: string
  route: number | undefined
  risky: boolean
  onActive: (id: string) => void
  dim: boolean
  onChoose: (id: string) => void
  reveal: Reveal
}

function Node({ n, active, k, chosen, route, risky, onActive, dim, info, hideNames, onChoose, onOpen, reveal }: Common & { n: LaneNode; info: Walked | undefined; hideNames?: boolean; onOpen: (id: string) => void }) {
  const shape = shapeOf(n.node)
  const lit = route !== undefined && n.routes.includes(route)
  const first = n.column === 0 && info?.in.length === 0
  const size = scaled(13, k)
  const room = n.width - 42 - (n.node.tier0 ? 36 : 8)
  const label = [w.lanes.node(shapeWord(shape), visible(n.node.name), plainType(n.node.type)), n.node.tier0 ? w.tier0 : '', n.node.env ? visible(n.node.env) : '', lit ? w.lanes.onSelected : '', info ? `${w.lanes.in(info.in.length)}, ${w.lanes.out(info.out.length)}` : ''].filter(Boolean).join(', ')
  return (
    <Thing
      className={cls('gx-node', n.node.tier0 && 'gx-t0', first && 'gx-start', lit && risky && 'gx-onpath', chosen === n.id && 'gx-chosen', dim && 'gx-dim', n.added && 'gx-added')}
      transform={`translate(${n.x} ${n.y})`}
      title={visible(n.node.name)}
      aria-label={label}
      aria-pressed={chosen === n.id}
      tabIndex={active === n.id ? 0 : -1}
      data-id={n.id}
      onFocus={() => {
        onActive(n.id)
        reveal(n.x, n.y, n.width, boxHeight)
      }}
      onClick={() => onChoose(n.id)}
      onDoubleClick={() => onOpen(n.id)}
      words={
        <>
      {!hideNames && (
        <>
          <text className="gx-name" x={42} y={boxHeight / 2 - 3} fontSize={size}>
            {fit(n.node.name, room, size)}
          </text>
          <text className="gx-sub" x={42} y={boxHeight / 2 + 14} fontSize={scaled(12, k)}>
            {fit(subtitle(n.node), n.width - 50, scaled(12, k))}
          </text>
        </>
      )}
      {n.node.tier0 && <Tier x={n.width - 17} y={13} />}
        </>
      }
    >
      <rect className="gx-focus" x={-4} y={-4} width={n.width + 8} height={boxHeight + 8} rx={11} />
      <rect className="gx-box" width={n.width} height={boxHeight} rx={8} />
      <g transform={`translate(22 ${boxHeight / 2})`}>
        <Outline shape={shape} r={12} className="gx-shape" />
        <Sign shape={shape} r={12} />
      </g>
    </Thing>
  )
}

function Tier({ x, y }: { x: number; y: number }) {
  return (
    <g>
      <rect className="gx-badge" x={x - 11} y={y - 7} width={22} height={14} rx={3} />
      <text className="gx-badgetext" x={x} y={y + 3.8} fontSize={11.5}>
        T0
      </text>
    </g>
  )
}

function Edge({ e, active, k, chosen, route, risky, onActive, dim, gone, cut, names, onChoose, reveal }: Common & { e: LaneEdge; gone: boolean; cut?: string; names: Map<string, Walked> }) {
  const lit = route !== undefined && e.routes.includes(route)
  const [does, technique] = wordsOf(e.steps)
  const size = scaled(12, k)
  const times = e.label.count > 1 ? ` ×${e.label.count}` : ''
  const label = [`${names.get(e.from)?.name ?? ''} ${does} ${names.get(e.to)?.name ?? ''}`, technique, gradeWords(e.grade), e.count > 1 ? w.lanes.steps(e.count) : '', w.lanes.ways(e.routes.length), lit ? w.lanes.onSelected : '', gone ? w.lanes.gone : '', cut ? `${w.lanes.cut}: ${cut}` : ''].filter(Boolean).join(', ')
  const [hx, hy] = e.head
  // The scissors take their place from the label.
  const at = cut === undefined || Math.abs(e.label.y - hy) > 1 || hx - 40 > e.label.x + e.label.width / 2 ? e.label : { ...e.label, x: e.label.x - 14, width: e.label.width - 30 }
  return (
    <Thing
      className={cls('gx-link', lit && (risky ? 'gx-risky' : 'gx-lit'), chosen === e.id && 'gx-chosen', gone && 'gx-gone', dim && 'gx-dim', e.added && 'gx-added')}
      title={visible(label, 400)}
      aria-label={label}
      aria-pressed={chosen === e.id}
      tabIndex={active === e.id ? 0 : -1}
      data-id={e.id}
      onFocus={() => {
        onActive(e.id)
        reveal(e.label.x - 60, e.label.y - 24, 120, 48)
      }}
      onClick={() => onChoose(e.id)}
      words={
        <>
          <text className={cls('gx-verb', !at.does && 'gx-veiled')} x={at.x} y={at.below ? at.y + 4 + size : at.y - 7} fontSize={size}>
            {fit((lineOf(e.grade) === 'dotted' ? '? ' : '') + does, at.width - widthOf(times, size), size)}
            {times && <tspan fontWeight={650}>{times}</tspan>}
          </text>
          {technique && (
            <text className={cls('gx-verb gx-by', !at.by && 'gx-veiled')} x={at.x} y={at.y + 5 + size * (at.below ? 2.1 : 1)} fontSize={size}>
              {fit(technique, at.width, size)}
            </text>
          )}
          {cut !== undefined && <Scissors x={hx - 24} y={hy} words={cut} />}
        </>
      }
    >
      <path className="gx-hit" d={e.d} />
      <path className={'gx-edge gx-' + lineOf(e.grade)} d={e.d} strokeWidth={Math.min(4, 1.6 + Math.log2(e.count) * 0.5)} />
      <path className="gx-head" d={`M${hx} ${hy}l-10 -5v10z`} />
      <rect className="gx-focus" x={at.x - at.width / 2 - 4} y={at.y - 24} width={at.width + 8} height={technique ? 48 : 34} rx={6} />
      {gone && cut === undefined && <path className="gx-cross" d={`M${at.x - 5} ${at.y - 5}l10 10m0 -10l-10 10`} />}
    </Thing>
  )
}

function Scissors({ x, y, words }: { x: number; y: number; words: string }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <title>{`${w.lanes.cut}: ${visible(words)}`}</title>
      <circle className="gx-cut" r={12} />
      <path className="gx-cutsign" transform="translate(-8.200 -8)" d="M4 6.2a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8M4 13.6a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8M5.6 5.4 14 12M5.6 10.6 14 4" />
    </g>
  )
}

function BundleBox({ b, active, k, onActive, dim, onExpand, reveal }: { b: LaneBundle; active: string; k: number; onActive: (id: string) => void; dim: boolean; onExpand: (id: string, open: boolean) => void; reveal: Reveal }) {
  const size = scaled(13, k)
  return (
    <Thing
      className={cls('gx-node gx-bundle', b.open && 'gx-open', dim && 'gx-dim')}
      transform={`translate(${b.x} ${b.y})`}
      title={b.members.slice(0, 12).map((m) => visible(m.name, 80)).join('\n')}
      aria-label={[visible(b.label), b.tier0 > 0 ? `${b.tier0} ${w.tier0}` : '', b.open ? w.lanes.open : w.lanes.closed].filter(Boolean).join(', ')}
      aria-expanded={b.open}
      tabIndex={active === b.id ? 0 : -1}
      data-id={b.id}
      onFocus={() => {
        onActive(b.id)
        reveal(b.x, b.y, b.width, boxHeight)
      }}
      onClick={() => onExpand(b.id, !b.open)}
      words={
        <>
          <text className="gx-name" x={38} y={boxHeight / 2 + (b.open ? -3 : size * 0.36)} fontSize={size}>
            {fit((b.open ? b.label.replace(/^\+/, '') : b.label) + (b.tier0 > 0 ? `, ${b.tier0} T0` : ''), b.width - 46, size)}
          </text>
          {b.open && (
            <text className="gx-sub" x={38} y={boxHeight / 2 + 14} fontSize={scaled(12, k)}>
              {fit(w.lanes.below, b.width - 46, scaled(12, k))}
            </text>
          )}
        </>
      }
    >
      <rect className="gx-focus" x={-4} y={-4} width={b.width + 8} height={boxHeight + 8} rx={11} />
      {!b.open && <rect className="gx-stack" x={6} y={6} width={b.width} height={boxHeight} rx={8} />}
      <rect className="gx-box" width={b.width} height={boxHeight} rx={8} />
      <path className="gx-sign" transform={`translate(20 ${boxHeight / 2})`} d={b.open ? 'M-5 0h10' : 'M-5 0h10M0-5v10'} />
    </Thing>
  )
}

function nearOf(p: LanesPicture, focus: string): Set<string> | undefined {
  if (!p.nodes.some((n) => n.id === focus) && !p.bundles.some((b) => b.id === focus)) return undefined
  const near = new Set([focus])
  for (const e of p.edges) {
    if (e.from === focus) near.add(e.to)
    if (e.to === focus) near.add(e.from)
  }
  return near
}

/** placeOf is where a thing or a step lies. */
function placeOf(p: LanesPicture, id: string) {
  const n = p.nodes.find((x) => x.id === id)
  if (n) return { id, x: n.x, y: n.y, width: n.width, height: boxHeight }
  const e = p.edges.find((x) => x.id === id)
  return e && { id, x: e.label.x - e.label.width / 2, y: e.label.y - 24, width: e.label.width, height: 48 }
}

/** membersOf is where a bundle lies that was opened, with the first things that it holds. */
export function membersOf(p: LanesPicture, bundle: string) {
  const open = p.bundles.find((b) => b.id === bundle && b.open)
  const some = open && p.nodes.filter((n) => n.added && open.members.some((m) => m.id === n.id)).sort((a, b) => a.y - b.y).slice(0, membersInSight)
  const last = some?.[some.length - 1]
  return open && last && { id: bundle + ' ' + last.id, x: open.x, y: open.y, width: open.width, height: last.y + boxHeight - open.y }
}

/** Of a bundle that is opened so many are brought into sight, with the bundle itself. */
const membersInSight = 4

/** walkable is the picture as a reader and the arrow keys see it. */
function walkable(p: LanesPicture): Map<string, Walked> {
  const out = new Map<string, Walked>()
  for (const n of p.nodes) out.set(n.id, { name: visible(n.node.name), x: n.x, y: n.y, in: [], out: [], edge: false })
  for (const b of p.bundles) out.set(b.id, { name: visible(b.label), x: b.x, y: b.y, in: [], out: [], edge: false })
  for (const e of [...p.edges].sort((a, b) => Math.min(...a.routes) - Math.min(...b.routes))) {
    out.set(e.id, { name: '', x: e.label.x, y: e.label.y, in: [e.from], out: [e.to], edge: true })
    out.get(e.from)?.out.push(e.id)
    out.get(e.to)?.in.push(e.id)
  }
  return out
}

export const cls = (...names: (string | false | undefined)[]): string => names.filter(Boolean).join(' ')

