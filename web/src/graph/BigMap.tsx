import Graph from 'graphology'
import { useEffect, useRef, useState } from 'react'
import Sigma from 'sigma'
import { EdgeArrowProgram, EdgeLineProgram, NodePointProgram } from 'sigma/rendering'
import type { RenderParams } from 'sigma/types'
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
  /** Where the question begins. */
  start?: string
  /** The selected way: what it goes over, and its steps as from>to. */
  way?: { nodes: ReadonlySet<string>; steps: ReadonlySet<string>; risky: boolean }
  /** Changes when the colours do. */
  theme: string
  view: View | undefined
  onView: (v: View | undefined) => void
  onChoose: (id: string) => void
  onOpen: (id: string) => void
  /** Asks for the names of places, or of the one of an id; answers with those that are named by now. */
  onName?: (places: number[], find?: string) => Promise<number[]>
}

interface Colours {
  node: string
  lit: string
  chosen: string
  tier0: string
  edge: string
  near: string
  text: string
  ground: string
}

// The renderer reads hex only, which is how the tokens stand.
const colours = (): Colours => ({ node: token('--border'), lit: token('--accent'), chosen: token('--accent'), tier0: token('--critical-edge'), edge: token('--line'), near: token('--accent'), text: token('--text'), ground: token('--bg') })

/** Milliseconds that a step by a key glides, and after which the edges are back. */
const glide = 150
const rest = 450

/** Labels that stand whatever the zoom: as many as can still be read. */
const standing = 40

// While the map moves, only what the pointer could not hit is left out: the buffer
// that tells what is under it is drawn again when it rests.
class Points extends NodePointProgram {
  override render(params: RenderParams) {
    if (this.hasNothingToRender()) return
    if (!moves(this.renderer)) return super.render(params)
    const { gl } = this.normalProgram
    gl.viewport(0, 0, params.width * params.pixelRatio, params.height * params.pixelRatio)
    this.bindProgram(this.normalProgram)
    this.renderProgram(params, this.normalProgram)
    this.unbindProgram(this.normalProgram)
  }
}

const moves = (s: Sigma) => s.getCamera().isAnimated() || s.getMouseCaptor().isMoving || s.getMouseCaptor().draggedEvents > 0 || s.getMouseCaptor().currentWheelDirection !== 0

/** So many names are asked for at once, and from this zoom on. */
const asked = 200
const nearEnough = 0.7

/** What is at full ink: the chosen one, what is beside it, and the edges between; and which of them are named. */
interface Near {
  nodes: string[]
  named: Set<string>
  edges: Set<string>
}

// A thing is known to the renderer by its place, since not each has its id here yet.
function nearOf(graph: Graph, a: MapAnswer, chosen: string): Near {
  const place = chosen === '' ? -1 : a.ids.indexOf(chosen)
  const key = String(place)
  const nodes = place >= 0 && graph.hasNode(key) ? [key, ...graph.neighbors(key)] : []
  return { nodes, named: new Set(nodes.slice(0, standing)), edges: new Set(nodes.length ? graph.edges(key) : []) }
}

/**
 * BigMap draws up to ten thousand things with WebGL. What is near the chosen one is at full ink.
 * Edges and labels are left out while it moves, and nothing else is worked out for a frame: places
 * come from the server, colours change for those alone that a choice changes.
 */
export default function BigMap(p: BigMapProps) {
  const box = useRef<HTMLDivElement>(null)
  const sigma = useRef<Sigma | null>(null)
  const live = useRef(p)
  live.current = p
  const goal = useRef<{ x: number; y: number; angle: number; ratio: number } | null>(null)
  const name = useRef<((places: number[], find?: string) => Promise<void>) | null>(null)
  const near = useRef<Near>({ nodes: [], named: new Set(), edges: new Set() })
  const [failed, setFailed] = useState(false)

  useEffect(() => {
    if (!box.current) return
    let s: Sigma
    const taken: Box[] = []
    const graph = build(p.answer)
    const palette = colours()
    near.current = nearOf(graph, p.answer, live.current.chosen)
    try {
      s = new Sigma(graph, box.current, {
        allowInvalidContainer: true,
        renderEdgeLabels: false,
        hideEdgesOnMove: true,
        hideLabelsOnMove: true,
        nodeProgramClasses: { circle: Points },
        edgeProgramClasses: { line: EdgeLineProgram, arrow: EdgeArrowProgram },
        stagePadding: few(p.answer) ? 90 : 30,
        defaultEdgeType: few(p.answer) ? 'arrow' : 'line',
        labelRenderedSizeThreshold: few(p.answer) ? 4 : 7,
        labelDensity: few(p.answer) ? 3 : 0.6,
        labelFont: 'system-ui, sans-serif',
        labelSize: 12,
        defaultEdgeColor: palette.edge,
        minCameraRatio: 0.02,
        maxCameraRatio: 3,
        nodeReducer: (key, data) => {
          const { chosen, lit, start, way } = live.current
          const id = data.id as string
          const on = id !== '' && (id === start || (way?.nodes.has(id) ?? false))
          const color = id !== '' && (id === chosen || id === start) ? palette.chosen : data.tier0 ? palette.tier0 : on || lit.has(data.kind as string) ? palette.lit : palette.node
          return { ...data, color, size: (data.size as number) * (id !== '' && (id === chosen || id === start) ? 1.8 : 1), highlighted: id !== '' && id === chosen, forceLabel: on || data.standing === true || near.current.named.has(key) }
        },
        edgeReducer: (id, data) => {
          const { way } = live.current
          const on = way?.steps.has(data.ends as string)
          return { ...data, size: on ? 3 : 1.2, zIndex: on ? 1 : 0, color: on ? (way!.risky ? palette.tier0 : palette.near) : near.current.edges.has(id) ? palette.near : few(p.answer) ? palette.node : palette.edge }
        },
        zIndex: few(p.answer),
        defaultDrawNodeLabel: (context, data, settings) => halo(context, data, settings.labelSize, palette, taken),
        defaultDrawNodeHover: (context, data, settings) => label(context, data, settings.labelSize),
      })
    } catch {
      setFailed(true)
      return
    }
    sigma.current = s
    s.on('beforeRender', () => void taken.splice(0))
    const v = live.current.view
    if (v) s.getCamera().setState({ ratio: v.k, x: v.x / 1000, y: v.y / 1000 })
    // named asks for names, and shows them when they come.
    const named = async (places: number[], find?: string) => {
      const { onName } = live.current
      const unnamed = places.filter((i) => !p.answer.ids[i])
      if (!onName || (unnamed.length === 0 && !find)) return
      const now = await onName(unnamed.slice(0, asked), find)
      if (sigma.current !== s || now.length === 0) return
      for (const i of now) graph.mergeNodeAttributes(String(i), { id: p.answer.ids[i], label: visible(p.answer.names[i] ?? '', 60) })
      if (find) near.current = nearOf(graph, p.answer, find)
      s.refresh({ partialGraph: { nodes: [...now.map(String), ...near.current.nodes], edges: [...near.current.edges] }, skipIndexation: true, schedule: true })
    }
    name.current = named
    const act = (node: string, then: (id: string) => void) => void named([Number(node)]).then(() => p.answer.ids[Number(node)] && then(p.answer.ids[Number(node)]!))
    s.on('enterNode', ({ node }) => void named([Number(node)]))
    s.on('clickNode', ({ node }) => act(node, (id) => live.current.onChoose(id)))
    s.on('clickStage', () => live.current.chosen && live.current.onChoose(''))
    s.on('doubleClickNode', (e) => {
      e.preventSigmaDefault()
      act(e.node, (id) => live.current.onOpen(id))
    })
    s.on('doubleClickStage', (e) => e.preventSigmaDefault())
    let timer = 0
    s.getCamera().on('updated', (c) => {
      clearTimeout(timer)
      timer = window.setTimeout(() => {
        live.current.onView({ k: c.ratio, x: c.x * 1000, y: c.y * 1000 })
        if (c.ratio < nearEnough && live.current.onName) void named(within(s, graph, p.answer))
      }, 300)
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
      name.current = null
      s.kill()
    }
  }, [p.answer, p.theme])

  useEffect(() => {
    const s = sigma.current
    if (!s) return
    const was = near.current
    const { answer, chosen } = live.current
    near.current = nearOf(s.getGraph(), answer, chosen)
    s.refresh({ partialGraph: { nodes: [...was.nodes, ...near.current.nodes], edges: [...was.edges, ...near.current.edges] }, skipIndexation: true, schedule: true })
    if (chosen && near.current.nodes.length === 0) void name.current?.([], chosen)
    else void name.current?.(near.current.nodes.map(Number))
  }, [p.chosen, p.answer])
  useEffect(() => {
    const s = sigma.current
    s?.refresh({ partialGraph: { nodes: s.getGraph().nodes() }, skipIndexation: true, schedule: true })
  }, [p.lit])
  useEffect(() => {
    if (few(live.current.answer)) sigma.current?.refresh({ skipIndexation: true, schedule: true })
  }, [p.way, p.start])
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
    // A move lasts longer than it glides: the edges come back when no further key
    // follows, so that one held down does not draw them all at every step.
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    void c.animate(goal.current, { duration: rest, easing: (t) => (still ? 1 : 1 - (1 - Math.min(1, t * (rest / glide))) ** 2) }).then(() => sigma.current?.scheduleRender())
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

/** few things have room for larger marks, and for an arrow on each step. */
const few = (a: MapAnswer) => a.ids.length <= 400

/** build makes the graph once; what is drawn over the rest comes last. */
function build(a: MapAnswer): Graph {
  const g = new Graph({ type: 'directed', multi: true })
  const tier0 = new Set(a.tier0)
  const named = new Set(a.tier0.toSorted((i, k) => (a.size[k] ?? 0) - (a.size[i] ?? 0)).slice(0, standing))
  const add = (i: number) =>
    g.addNode(String(i), { id: a.ids[i] ?? '', x: a.x[i] ?? 0, y: a.y[i] ?? 0, size: (few(a) ? 4 : 1.6) + Math.log2(1 + (a.size[i] ?? 0)) * 0.7 + (tier0.has(i) ? 2 : 0), label: visible(a.names[i] ?? '', 60), kind: a.kinds[a.kind[i] ?? 0] ?? '', tier0: tier0.has(i), standing: named.has(i) })
  a.ids.forEach((_, i) => tier0.has(i) || add(i))
  a.ids.forEach((_, i) => tier0.has(i) && add(i))
  for (let i = 0; i + 1 < a.edges.length; i += 2) {
    const [from, to] = [a.edges[i]!, a.edges[i + 1]!]
    if (from < a.ids.length && to < a.ids.length) g.addEdge(String(from), String(to), { ends: `${a.ids[from]}>${a.ids[to]}` })
  }
  return g
}

/** within are the places that can be seen, the largest first. */
function within(s: Sigma, graph: Graph, a: MapAnswer): number[] {
  const { width, height } = s.getDimensions()
  const seen: number[] = []
  graph.forEachNode((key, at) => {
    const i = Number(key)
    if (a.ids[i]) return
    const v = s.graphToViewport({ x: at.x as number, y: at.y as number })
    if (v.x >= 0 && v.y >= 0 && v.x <= width && v.y <= height) seen.push(i)
  })
  return seen.sort((i, k) => (a.size[k] ?? 0) - (a.size[i] ?? 0)).slice(0, asked)
}

type Box = [left: number, right: number, y: number]

/** halo is a name over the picture: the ground shows around its letters, and where another name stands it is left out. */
function halo(context: CanvasRenderingContext2D, data: { x: number; y: number; size: number; label: string | null }, size: number, { text, ground }: Colours, taken: Box[]) {
  if (!data.label) return
  context.font = `500 ${size}px system-ui, sans-serif`
  const left = data.x + data.size + 4
  const right = left + context.measureText(data.label).width
  if (taken.some(([from, to, y]) => left < to && right > from && Math.abs(data.y - y) < size + 2)) return
  taken.push([left, right, data.y])
  context.lineJoin = 'round'
  context.lineWidth = 4
  context.strokeStyle = ground
  context.strokeText(data.label, left, data.y + size / 3)
  context.fillStyle = text
  context.fillText(data.label, left, data.y + size / 3)
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
