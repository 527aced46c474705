import type { Route, Step } from './routes'
import { shapeOf } from './Glyph'
import { plainType } from './text'
import type { Grade, NodeRef } from './types'
import { weakest } from './verbs'
import { graphWords as w } from '@/text/graph'

// Lanes: start left, target right, one row for each ranked way, what ways share
// drawn once. The same routes give the same picture, to the last coordinate; a
// bundle that is opened adds below and moves nothing that was there.

export const box = { width: 172, height: 46 } as const
const gap = 176
const pitch = { x: box.width + gap, y: 76 } as const
const margin = { x: 20, top: 44, bottom: 24 } as const
/** Past this many nodes and edges a picture is not read any more. */
export const budget = 300
/** Alike ends, from this many on, are bundled but for the first of them. */
const alike = 5
const shownOfAlike = 2

export interface LaneNode {
  id: string
  node: NodeRef
  x: number
  y: number
  column: number
  /** Indexes of the routes through it. */
  routes: number[]
  /** It came by opening a bundle. */
  added: boolean
}

export interface LaneBundle {
  id: string
  label: string
  count: number
  tier0: number
  x: number
  y: number
  column: number
  open: boolean
  routes: number[]
  members: NodeRef[]
}

export interface LaneEdge {
  id: string
  from: string
  to: string
  steps: Step[]
  grade: Grade
  routes: number[]
  /** How many steps it stands for: parallel ones, or those of a bundle. */
  count: number
  d: string
  head: [x: number, y: number]
  label: { x: number; y: number; width: number }
  added: boolean
}

export interface LanesPicture {
  width: number
  height: number
  columns: { title: string; x: number }[]
  nodes: LaneNode[]
  bundles: LaneBundle[]
  edges: LaneEdge[]
  /** Routes past the budget, which only the list has. */
  dropped: number
}

interface Draft {
  id: string
  node?: NodeRef
  bundle?: LaneBundle
  column: number
  row: number
  routes: number[]
  added: boolean
}

export function layLanes(all: Route[], open: ReadonlySet<string> = new Set()): LanesPicture {
  const routes = withinBudget(all)
  if (routes.length === 0) return { width: 0, height: 0, columns: [], nodes: [], bundles: [], edges: [], dropped: all.length }
  const sources = new Set(routes.map((r) => r.nodes[0]!.id))
  const targets = new Set(routes.map((r) => r.nodes[r.nodes.length - 1]!.id))
  const converging = sources.size > targets.size
  const bundleOf = bundles(routes, converging)
  const columns = columnsOf(routes, converging)
  const drafts = new Map<string, Draft>()
  let rows = 0
  const order = inTreeOrder(routes, converging, bundleOf)
  for (const i of order) {
    let fresh = false
    for (const n of routes[i]!.nodes) {
      const b = bundleOf.get(n.id)
      const id = b?.id ?? n.id
      const have = drafts.get(id)
      if (have) have.routes.push(i)
      else {
        drafts.set(id, b ? { id, bundle: b, column: columns.get(n.id)!, row: rows, routes: [i], added: false } : { id, node: n, column: columns.get(n.id)!, row: rows, routes: [i], added: false })
        fresh = true
      }
    }
    if (fresh) rows++
  }
  const drawn = edgesOf(routes, (id) => bundleOf.get(id)?.id ?? id)
  centre(drafts, drawn, columns)
  settle(drafts)
  unfold(drafts, drawn, routes, bundleOf, open)
  return draw(drafts, drawn, all.length - routes.length, converging, open)
}

function withinBudget(all: Route[]): Route[] {
  const seen = new Set<string>()
  const out: Route[] = []
  for (const r of all) {
    const adds = [...r.nodes.map((n) => n.id), ...r.steps.map((_, i) => r.nodes[i]!.id + '>' + r.nodes[i + 1]!.id)].filter((k) => !seen.has(k))
    if (seen.size + adds.length > budget) continue
    adds.forEach((k) => seen.add(k))
    out.push(r)
  }
  return out
}

/** bundles finds ends that are alike: the same sort of thing, joined to the same things by the same kinds. */
function bundles(routes: Route[], converging: boolean): Map<string, LaneBundle> {
  const like = new Map<string, { nodes: NodeRef[]; routes: number[] }>()
  const touched = new Map<string, Set<string>>()
  routes.forEach((r) => {
    r.nodes.forEach((n, i) => {
      const set = touched.get(n.id) ?? new Set<string>()
      if (i > 0) set.add('<' + r.nodes[i - 1]!.id + ' ' + r.steps[i - 1]!.kind + r.steps[i - 1]!.level + r.steps[i - 1]!.grade)
      if (i < r.steps.length) set.add('>' + r.nodes[i + 1]!.id + ' ' + r.steps[i]!.kind + r.steps[i]!.level + r.steps[i]!.grade)
      touched.set(n.id, set)
    })
  })
  const ends = new Set<string>()
  routes.forEach((r, i) => {
    const n = converging ? r.nodes[0]! : r.nodes[r.nodes.length - 1]!
    const key = n.kind + '|' + n.type + '|' + [...touched.get(n.id)!].sort().join('|')
    const group = like.get(key) ?? { nodes: [], routes: [] }
    if (!ends.has(n.id)) group.nodes.push(n)
    group.routes.push(i)
    ends.add(n.id)
    like.set(key, group)
  })
  const out = new Map<string, LaneBundle>()
  for (const g of like.values()) {
    const plain = g.nodes.filter((n) => converging || !n.tier0)
    if (plain.length < alike) continue
    const members = plain.slice(shownOfAlike)
    const tier0 = members.filter((n) => n.tier0).length
    const first = members[0]!
    const label = `+${members.length} ${plainType(first.type)}`
    const bundle: LaneBundle = { id: 'b.' + first.id, label, count: members.length, tier0, x: 0, y: 0, column: 0, open: false, routes: [], members }
    members.forEach((n) => out.set(n.id, bundle))
  }
  return out
}

/** columnsOf gives each node the column of its longest way, from the side where the ways meet. */
function columnsOf(routes: Route[], converging: boolean): Map<string, number> {
  const next = new Map<string, Set<string>>()
  const ids: string[] = []
  const reaches = (from: string, to: string): boolean => {
    const todo = [from]
    const seen = new Set(todo)
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      if (at === to) return true
      for (const n of next.get(at) ?? []) if (!seen.has(n)) seen.add(n) && todo.push(n)
    }
    return false
  }
  for (const r of routes)
    r.nodes.forEach((n, i) => {
      if (!next.has(n.id)) next.set(n.id, new Set()) && ids.push(n.id)
      const before = r.nodes[i - 1]
      if (before && !next.get(before.id)!.has(n.id) && !reaches(n.id, before.id)) next.get(before.id)!.add(n.id)
    })
  const depth = longest(ids, next)
  const last = Math.max(...depth.values())
  const out = new Map<string, number>()
  if (!converging) {
    for (const id of ids) out.set(id, next.get(id)!.size === 0 ? last : depth.get(id)!)
    return out
  }
  const before = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]))
  for (const [from, tos] of next) for (const to of tos) before.get(to)!.add(from)
  const back = longest(ids, before)
  for (const id of ids) out.set(id, last - back.get(id)!)
  return out
}

function longest(ids: string[], next: Map<string, Set<string>>): Map<string, number> {
  const depth = new Map<string, number>(ids.map((id) => [id, 0]))
  for (let round = 0, moved = true; moved && round <= ids.length; round++) {
    moved = false
    for (const id of ids)
      for (const to of next.get(id)!)
        if (depth.get(to)! < depth.get(id)! + 1) {
          depth.set(to, depth.get(id)! + 1)
          moved = true
        }
  }
  return depth
}

/** inTreeOrder keeps together the routes that share the side where they meet; the best rank leads each bunch. */
function inTreeOrder(routes: Route[], converging: boolean, bundleOf: Map<string, LaneBundle>): number[] {
  const words = routes.map((r) => {
    const ids = r.nodes.map((n) => n.id)
    return converging ? ids.reverse() : ids
  })
  const sort = (indexes: number[], depth: number): number[] => {
    const bunch = new Map<string, number[]>()
    for (const i of indexes) {
      const id = words[i]![depth] ?? ''
      const key = bundleOf.get(id)?.id ?? id
      bunch.set(key, [...(bunch.get(key) ?? []), i])
    }
    return [...bunch].flatMap(([key, members]) => (key === '' || members.length === 1 ? members : sort(members, depth + 1)))
  }
  return sort(routes.map((_, i) => i), 0)
}

interface Drawn {
  from: string
  to: string
  steps: Step[]
  routes: number[]
  pairs: Set<string>
  added: boolean
}

function edgesOf(routes: Route[], place: (id: string) => string): Map<string, Drawn> {
  const out = new Map<string, Drawn>()
  routes.forEach((r, i) =>
    r.steps.forEach((s, k) => {
      const a = r.nodes[k]!.id
      const b = r.nodes[k + 1]!.id
      addEdge(out, place(a), place(b), s, i, a + '>' + b, false)
    }),
  )
  return out
}

function addEdge(out: Map<string, Drawn>, from: string, to: string, s: Step, route: number, pair: string, added: boolean) {
  if (from === to) return
  const key = from + '>' + to
  const e = out.get(key) ?? { from, to, steps: [], routes: [], pairs: new Set<string>(), added }
  if (!e.steps.some((x) => x.kind === s.kind && x.technique === s.technique && x.level === s.level && x.from === s.from && x.to === s.to)) e.steps.push(s)
  if (!e.routes.includes(route)) e.routes.push(route)
  e.pairs.add(pair)
  out.set(key, e)
}

/** centre puts what several ways meet in, or part from, in the middle of them. */
function centre(drafts: Map<string, Draft>, edges: Map<string, Drawn>, columns: Map<string, number>) {
  const last = Math.max(...columns.values())
  const pass = (from: number, to: number, side: (e: Drawn) => [string, string]) => {
    const step = from < to ? 1 : -1
    for (let c = from; c !== to + step; c += step)
      for (const d of drafts.values()) {
        if (d.column !== c) continue
        const rows = [...edges.values()].flatMap((e) => {
          const [me, other] = side(e)
          const o = me === d.id ? drafts.get(other) : undefined
          return o ? [o.row] : []
        })
        if (rows.length > 1) d.row = (Math.min(...rows) + Math.max(...rows)) / 2
      }
  }
  pass(last, 0, (e) => [e.from, e.to])
  pass(0, last, (e) => [e.to, e.from])
}

/** settle keeps one row between the things of a column, moving as little as it can. */
function settle(drafts: Map<string, Draft>) {
  const byColumn = new Map<number, Draft[]>()
  for (const d of drafts.values()) byColumn.set(d.column, [...(byColumn.get(d.column) ?? []), d])
  for (const list of byColumn.values()) {
    const sorted = list.map((d, i) => ({ d, i })).sort((a, b) => a.d.row - b.d.row || a.i - b.i)
    let from = -Infinity
    for (const { d } of sorted) {
      d.row = Math.max(d.row, from)
      from = d.row + 1
    }
  }
  const least = Math.min(...[...drafts.values()].map((d) => d.row))
  for (const d of drafts.values()) d.row -= least
}

/** unfold adds the members of opened bundles below everything. */
function unfold(drafts: Map<string, Draft>, edges: Map<string, Drawn>, routes: Route[], bundleOf: Map<string, LaneBundle>, open: ReadonlySet<string>) {
  let row = Math.max(...[...drafts.values()].map((d) => d.row)) + 1
  for (const b of [...drafts.values()].filter((d) => d.bundle && open.has(d.id))) {
    const rest = routes.flatMap((r, i) => (r.nodes.some((n) => bundleOf.get(n.id) === b.bundle) ? [i] : []))
    for (const n of b.bundle!.members) drafts.set(n.id, { id: n.id, node: n, column: b.column, row: row++, routes: rest.filter((i) => routes[i]!.nodes.some((x) => x.id === n.id)), added: true })
    for (const i of rest)
      routes[i]!.steps.forEach((s, k) => {
        const a = routes[i]!.nodes[k]!.id
        const c = routes[i]!.nodes[k + 1]!.id
        const mine = bundleOf.get(a) === b.bundle || bundleOf.get(c) === b.bundle
        const at = (id: string) => (bundleOf.has(id) && bundleOf.get(id) !== b.bundle ? bundleOf.get(id)!.id : id)
        if (mine) addEdge(edges, at(a), at(c), s, i, a + '>' + c, true)
      })
  }
}

const round = (v: number) => Math.round(v * 10) / 10
const xOf = (column: number) => margin.x + column * pitch.x
const yOf = (row: number) => round(margin.top + row * pitch.y)

function draw(drafts: Map<string, Draft>, drawn: Map<string, Drawn>, dropped: number, converging: boolean, open: ReadonlySet<string>): LanesPicture {
  const list = [...drafts.values()]
  const last = Math.max(...list.map((d) => d.column))
  const rows = Math.max(...list.map((d) => d.row))
  const nodes = list.flatMap((d) => (d.node ? [{ id: d.id, node: d.node, x: xOf(d.column), y: yOf(d.row), column: d.column, routes: d.routes, added: d.added }] : []))
  const bundled = list.flatMap((d) => (d.bundle ? [{ ...d.bundle, x: xOf(d.column), y: yOf(d.row), column: d.column, open: open.has(d.id), routes: d.routes }] : []))
  const edges = [...drawn.values()].flatMap((e) => {
    const a = drafts.get(e.from)
    const b = drafts.get(e.to)
    return a && b ? [edge(e, a, b, converging)] : []
  })
  const columns = Array.from({ length: last + 1 }, (_, c) => ({ title: titleOf(c, last, converging), x: xOf(c) }))
  return { width: xOf(last) + box.width + margin.x, height: yOf(rows) + box.height + margin.bottom, columns, nodes, bundles: bundled, edges, dropped }
}

function titleOf(c: number, last: number, converging: boolean): string {
  if (c === last) return w.lanes.target
  if (!converging) return c === 0 ? w.lanes.start : w.lanes.hop(c)
  return w.lanes.away(last - c)
}

/** edge bends in the gap beside the end whose row is not its own, and runs straight along the other's. */
function edge(e: Drawn, a: Draft, b: Draft, converging: boolean): LaneEdge {
  const y1 = yOf(a.row) + box.height / 2
  const y2 = yOf(b.row) + box.height / 2
  const grade = weakest(e.steps.map((s) => s.grade))
  const count = Math.max(e.steps.length, e.pairs.size)
  const rest = { id: e.from + '>' + e.to, from: e.from, to: e.to, steps: e.steps, grade, routes: e.routes, count, added: e.added }
  if (b.column <= a.column) return { ...rest, ...back(xOf(a.column), y1, xOf(b.column), y2) }
  const x1 = xOf(a.column) + box.width
  const x2 = xOf(b.column) - 2
  const bend = 56
  if (Math.abs(y1 - y2) < 0.5) return { ...rest, d: `M${x1} ${y1}H${x2 - 8}`, head: [x2, y2], label: { x: (x1 + x2) / 2, y: y1, width: x2 - x1 - 24 } }
  if (converging) {
    const xb = x2 - 8 - bend
    return { ...rest, d: `M${x1} ${y1}H${xb}C${xb + bend * 0.62} ${y1} ${x2 - 8 - bend * 0.62} ${y2} ${x2 - 8} ${y2}`, head: [x2, y2], label: { x: (x1 + xb) / 2, y: y1, width: xb - x1 - 10 } }
  }
  const xb = x1 + bend
  return { ...rest, d: `M${x1} ${y1}C${round(x1 + bend * 0.62)} ${y1} ${round(xb - bend * 0.62)} ${y2} ${xb} ${y2}H${x2 - 8}`, head: [x2, y2], label: { x: (xb + x2) / 2, y: y2, width: x2 - xb - 18 } }
}

/** back is a step against the reading direction: below, around. */
function back(xa: number, y1: number, xb: number, y2: number) {
  const low = Math.max(y1, y2) + pitch.y * 0.48
  const x1 = xa + box.width
  return { d: `M${x1} ${y1}C${x1 + 40} ${y1} ${x1 + 40} ${low} ${x1} ${low}H${xb - 24}C${xb - 48} ${low} ${xb - 48} ${y2} ${xb - 10} ${y2}`, head: [xb - 2, y2] as [number, number], label: { x: (x1 + xb) / 2, y: low, width: 160 } }
}

/** shapeAt is what a node of the picture is drawn as. */
export const shapeAt = (n: LaneNode) => shapeOf(n.node)
