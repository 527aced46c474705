import Graph from 'graphology'
import { useEffect, useRef, useState } from 'react'
import Sigma from 'sigma'
import { token } from '@/app/theme'
import { IconButton } from '@/kit'
import { visible } from '@/kit/format'
import { graphWords as w } from '@/text/graph'
import type { View } from './Stage'
import type { MapAnswer } from './types'
import './graph.css'

export interface BigMapProps {
  answer: MapAnswer
  title: string
  chosen: string
  /** Kinds that are lit; empty: none in particular. */
  lit: ReadonlySet<string>
  /** Changes when the colours do. */
  theme: string
  view: View | undefined
  onView: (v: View | undefined) => void
  onChoose: (id: string) => void
  onOpen: (id: string) => void
}

interface Colours {
  node: string
  lit: string
  chosen: string
  tier0: string
  edge: string
  near: string
  text: string
}

// The renderer reads hex only, which is how the tokens stand.
const colours = (): Colours => ({ node: token('--border'), lit: token('--accent'), chosen: token('--accent'), tier0: token('--critical-edge'), edge: token('--line'), near: token('--border'), text: token('--text') })

/** BigMap draws up to ten thousand things with WebGL. What is near the chosen one is at full ink. */
export default function BigMap(p: BigMapProps) {
  const box = useRef<HTMLDivElement>(null)
  const sigma = useRef<Sigma | null>(null)
  const live = useRef(p)
  live.current = p
  const goal = useRef<{ x: number; y: number; angle: number; ratio: number } | null>(null)
  const [failed, setFailed] = useState(false)

  useEffect(() => {
    if (!box.current) return
    let s: Sigma
    const graph = build(p.answer)
    const palette = colours()
    let hover = ''
    try {
      s = new Sigma(graph, box.current, {
        allowInvalidContainer: true,
        renderEdgeLabels: false,
        hideEdgesOnMove: graph.size > 8_000,
        labelRenderedSizeThreshold: 7,
        labelDensity: 0.6,
        labelFont: 'system-ui, sans-serif',
        labelSize: 12,
        labelColor: { color: palette.text },
        defaultEdgeColor: palette.edge,
        minCameraRatio: 0.02,
        maxCameraRatio: 3,
        zIndex: true,
        nodeReducer: (id, data) => {
          const { chosen, lit } = live.current
          const near = chosen !== '' && (id === chosen || graph.areNeighbors(id, chosen))
          const color = id === chosen ? palette.chosen : data.tier0 ? palette.tier0 : lit.has(data.kind as string) ? palette.lit : palette.node
          return { ...data, color, size: (data.size as number) * (id === chosen || id === hover ? 1.8 : 1), forceLabel: id === hover || near || data.tier0 === true, zIndex: near ? 2 : data.tier0 ? 1 : 0 }
        },
        edgeReducer: (id, data) => {
          const { chosen } = live.current
          if (chosen === '' || !graph.hasNode(chosen)) return data
          const near = graph.hasExtremity(id, chosen)
          return { ...data, color: near ? palette.near : palette.edge, size: near ? 1.6 : 0.5, zIndex: near ? 1 : 0 }
        },
        defaultDrawNodeHover: (context, data, settings) => label(context, data, settings.labelSize),
      })
    } catch {
      setFailed(true)
      return
    }
    sigma.current = s
    const v = live.current.view
    if (v) s.getCamera().setState({ ratio: v.k, x: v.x / 1000, y: v.y / 1000 })
    s.on('clickNode', ({ node }) => live.current.onChoose(node))
    s.on('clickStage', () => live.current.chosen && live.current.onChoose(''))
    s.on('enterNode', ({ node }) => ((hover = node), s.scheduleRefresh()))
    s.on('leaveNode', () => ((hover = ''), s.scheduleRefresh()))
    s.on('doubleClickNode', (e) => {
      e.preventSigmaDefault()
      live.current.onOpen(e.node)
    })
    s.on('doubleClickStage', (e) => e.preventSigmaDefault())
    let timer = 0
    s.getCamera().on('updated', (c) => {
      clearTimeout(timer)
      timer = window.setTimeout(() => live.current.onView({ k: c.ratio, x: c.x * 1000, y: c.y * 1000 }), 300)
    })
    const el = box.current
    const wheel = (e: WheelEvent) => {
      if (!e.ctrlKey && !e.metaKey) e.stopPropagation()
    }
    el.addEventListener('wheel', wheel, { capture: true })
    return () => {
      clearTimeout(timer)
      el.removeEventListener('wheel', wheel, { capture: true })
      sigma.current = null
      s.kill()
    }
  }, [p.answer, p.theme])

  useEffect(() => {
    sigma.current?.refresh({ skipIndexation: true })
  }, [p.chosen, p.lit])
  useEffect(() => {
    const s = sigma.current
    const c = s?.getCamera().getState()
    if (!s || !c) return
    const v = p.view ?? { k: 1, x: 500, y: 500 }
    if (Math.abs(c.ratio - v.k) > 0.011 || Math.abs(c.x * 1000 - v.x) > 1 || Math.abs(c.y * 1000 - v.y) > 1) s.getCamera().setState({ ratio: v.k, x: v.x / 1000, y: v.y / 1000 })
  }, [p.view])

  if (failed) return <p className="gx-nogl">{w.map.noGL}</p>
  const pan = (dx: number, dy: number, by = 1) => {
    const c = sigma.current?.getCamera()
    if (!c) return
    const s = c.isAnimated() && goal.current ? goal.current : c.getState()
    goal.current = { angle: s.angle, ratio: s.ratio * by, x: s.x + dx * s.ratio * 0.12, y: s.y + dy * s.ratio * 0.12 }
    // A move has a length also where nothing may glide: as long as it lasts the edges
    // are left out, so that a key held down does not draw them all at every step.
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    void c.animate(goal.current, { duration: 150, easing: still ? () => 1 : 'quadraticOut' })
  }
  return (
    <div
      className="gx-stage gx-mapstage"
      role="group"
      aria-label={`${p.title}. ${w.map.help}`}
      tabIndex={0}
      onKeyDown={(e) => {
        const act = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], '+': [0, 0, 1 / 1.4], '=': [0, 0, 1 / 1.4], '-': [0, 0, 1.4] } as Record<string, [number, number, number?]>)[e.key]
        if (e.ctrlKey || e.metaKey || (!act && e.key !== '0')) return
        e.preventDefault()
        if (act) pan(...act)
        else p.onView(undefined)
      }}
    >
      <div className="gx-map" ref={box} data-testid="map" />
      <div className="gx-tools">
        <IconButton small icon="minus" label={w.zoomOut} onClick={() => pan(0, 0, 1.4)} />
        <IconButton small icon="plus" label={w.zoomIn} onClick={() => pan(0, 0, 1 / 1.4)} />
        <IconButton small icon="screen" label={w.fit} onClick={() => p.onView(undefined)} />
      </div>
    </div>
  )
}

function build(a: MapAnswer): Graph {
  const g = new Graph({ type: 'directed', multi: true })
  const tier0 = new Set(a.tier0)
  a.ids.forEach((id, i) => {
    if (g.hasNode(id)) return
    g.addNode(id, { x: a.x[i] ?? 0, y: a.y[i] ?? 0, size: 1.6 + Math.log2(1 + (a.size[i] ?? 0)) * 0.7 + (tier0.has(i) ? 2 : 0), label: visible(a.names[i] ?? '', 60), kind: a.kinds[a.kind[i] ?? 0] ?? '', tier0: tier0.has(i) })
  })
  for (let i = 0; i + 1 < a.edges.length; i += 2) {
    const from = a.ids[a.edges[i]!]
    const to = a.ids[a.edges[i + 1]!]
    if (from !== undefined && to !== undefined) g.addEdge(from, to, { size: 0.7 })
  }
  return g
}

/** label is the name of what the pointer is on: on the page's own ground, with its own ink. */
function label(context: CanvasRenderingContext2D, data: { x: number; y: number; size: number; label: string | null }, size: number) {
  if (!data.label) return
  context.font = `500 ${size + 1}px system-ui, sans-serif`
  const width = context.measureText(data.label).width
  context.fillStyle = token('--bg')
  context.strokeStyle = token('--border')
  context.lineWidth = 1
  context.beginPath()
  context.roundRect(data.x + data.size + 4, data.y - size, width + 14, size * 2, 4)
  context.fill()
  context.stroke()
  context.fillStyle = token('--text')
  context.fillText(data.label, data.x + data.size + 11, data.y + size * 0.36)
}
