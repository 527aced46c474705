import { apart, type Straight } from './labels'
import type { Route, Step } from './routes'
import { plainType, widthOf } from './text'
import type { Grade, NodeRef } from './types'
import { by, levelOrder, say, weakest } from './verbs'
import { visible } from '@/kit/format'
import { graphWords as w } from '@/text/graph'

// Lanes: start left, target right, one row for each ranked way, what ways share
// drawn once. The same routes give the same picture, to the last coordinate; a
// bundle that is opened adds below itself: what was above stays, what was below makes room.

export const boxHeight = 48
const rowPitch = 80
const margin = { x: 20, top: 48, bottom: 28 } as const
const boxWidth = { least: 124, most: 200 } as const
const labelWidth = { least: 84, most: 136 } as const
/** What a line needs beside its label: to bend, and for its head. */
const bend = 52
const head = 34
/** Past this many nodes and edges a picture is not read any more. */
export const budget = 300
/** One row for each ranked way, up to so many; what is alike shares one. */
const mostRows = 25
/** Alike ends, from this many on, are bundled but for the first of them. */
const alike = 5
const shownOfAlike = 2

export interface LaneNode {
  id: string
  node: NodeRef
  x: number
  y: number
  width: number
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
  width: number
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
  /** below: another line runs above it. does, by: which of its two lines is shown at once; count: how many steps it speaks for. */
  label: { x: number; y: number; width: number; below: boolean; does: boolean; by: boolean; count: number }
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
  let n = all.length
  for (;;) {
    const p = lay(withinBudget(all.slice(0, n)), all.length, open)
    if (p.rows <= mostRows || n <= mostRows) return p.picture
    n = Math.max(mostRows, n - (p.rows - mostRows))
  }
}

function lay(routes: Route[], all: number, open: ReadonlySet<string>): { picture: LanesPicture; rows: number } {
  if (routes.length === 0) return { picture: { width: 0, height: 0, columns: [], nodes: [], bundles: [], edges: [], dropped: all }, rows: 0 }
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
  return { picture: draw(drafts, drawn, all - routes.length, converging, open), rows }
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
    const bundle: LaneBundle = { id: 'b.' + first.id, label, count: members.length, tier0, x: 0, y: 0, width: 0, column: 0, open: false, routes: [], members }
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
  const all = [...edges.values()]
  const pass = (from: number, to: number, side: (e: Drawn) => [string, string]) => {
    const step = from < to ? 1 : -1
    const beside = (id: string) => all.flatMap((e) => (side(e)[0] === id ? (drafts.get(side(e)[1]) ?? []) : []))
    const across = (id: string) => all.filter((e) => side(e)[1] === id).length
    for (let c = from; c !== to + step; c += step)
      for (const d of drafts.values()) {
        if (d.column !== c) continue
        const others = beside(d.id)
        const rows = others.map((o) => o.row)
        if (rows.length > 1) d.row = (Math.min(...rows) + Math.max(...rows)) / 2
        else if (rows.length === 1 && across(others[0]!.id) === 1) d.row = rows[0]!
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

/** unfold opens a bundle in place: its members come below it, and what was below makes room; what was above stays. */
function unfold(drafts: Map<string, Draft>, edges: Map<string, Drawn>, routes: Route[], bundleOf: Map<string, LaneBundle>, open: ReadonlySet<string>) {
  for (const b of [...drafts.values()].filter((d) => d.bundle && open.has(d.id))) {
    const rest = routes.flatMap((r, i) => (r.nodes.some((n) => bundleOf.get(n.id) === b.bundle) ? [i] : []))
    for (const d of drafts.values()) if (d.row > b.row) d.row += b.bundle!.members.length
    let row = b.row + 1
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

/**
 * through finds, for each step that goes past other columns, a row in each of them
 * where nothing lies: a line never crosses a thing. Nothing that was placed moves.
 */
function through(drafts: Map<string, Draft>, drawn: Map<string, Drawn>, converging: boolean): Map<string, number[]> {
  const taken = new Map<number, [row: number, half: number][]>()
  for (const d of drafts.values()) taken.set(d.column, [...(taken.get(d.column) ?? []), [d.row, 0.5]])
  const out = new Map<string, number[]>()
  for (const [key, e] of drawn) {
    const a = drafts.get(e.from)
    const b = drafts.get(e.to)
    if (!a || !b || b.column - a.column < 2) continue
    const rows: number[] = []
    let want = converging ? a.row : b.row
    for (let c = a.column + 1; c < b.column; c++) {
      const there = taken.get(c) ?? []
      const free = (r: number) => there.every(([row, half]) => Math.abs(row - r) >= half + 0.24 - 1e-9)
      let r = want
      for (let k = 1; !free(r) && k < 400; k++) r = want + (k % 2 === 1 ? 1 : -1) * Math.ceil(k / 2) * 0.25
      taken.set(c, [...there, [r, 0.12]])
      rows.push(r)
      want = r
    }
    out.set(key, rows)
  }
  return out
}

const round = (v: number) => Math.round(v * 10) / 10
const yOf = (row: number) => round(margin.top + row * rowPitch)
const between = (v: number, least: number, most: number) => Math.ceil(Math.min(most, Math.max(least, v)))

/** A Grid says where columns begin and how wide they are; each is as wide as its names and labels want. */
interface Grid {
  x: number[]
  width: number[]
}

function gridOf(drafts: Map<string, Draft>, drawn: Map<string, Drawn>, last: number): Grid {
  const width = Array.from({ length: last + 1 }, (): number => boxWidth.least)
  const gaps = Array.from({ length: last }, (): number => labelWidth.least)
  for (const d of drafts.values()) {
    const wanted = d.node ? Math.max(widthOf(d.node.name, 14) + (d.node.tier0 ? 30 : 0), widthOf(subtitle(d.node), 13)) + 56 : widthOf(d.bundle!.label, 14) + 58
    width[d.column] = between(Math.max(width[d.column]!, wanted), boxWidth.least, boxWidth.most)
  }
  for (const e of drawn.values()) {
    const a = drafts.get(e.from)
    const b = drafts.get(e.to)
    if (!a || !b || b.column !== a.column + 1) continue
    const [does, technique] = wordsOf(e.steps)
    const wanted = Math.max(widthOf(does + (e.pairs.size > 1 ? ' ×99' : ''), 13), widthOf(technique, 13)) + (a.row === b.row ? 8 : bend)
    gaps[a.column] = Math.max(gaps[a.column]!, between(wanted, labelWidth.least, labelWidth.most + bend))
  }
  const x = [margin.x as number]
  for (let c = 0; c < last; c++) x.push(x[c]! + width[c]! + gaps[c]! + head)
  return { x, width }
}

/** wordsOf says what parallel steps do and by what; the strongest of them speaks. */
export function wordsOf(steps: Step[]): [does: string, technique: string] {
  const order = (s: Step) => (levelOrder as readonly string[]).indexOf(s.level)
  const best = [...steps].sort((a, b) => order(b) - order(a))[0]
  return best ? [best.words ? visible(best.words) : say(best), visible(by(best))] : ['', '']
}

/** subtitle is the second line of a thing: its type and where it lives. */
export const subtitle = (n: NodeRef) => [plainType(n.type), n.env ? visible(n.env, 24) : ''].filter(Boolean).join(' · ')

function draw(drafts: Map<string, Draft>, drawn: Map<string, Drawn>, dropped: number, converging: boolean, open: ReadonlySet<string>): LanesPicture {
  const list = [...drafts.values()]
  const last = Math.max(...list.map((d) => d.column))
  const ways = through(drafts, drawn, converging)
  const least = Math.min(0, ...[...ways.values()].flat())
  if (least < 0) {
    for (const d of list) d.row -= least
    for (const [key, rows] of ways) ways.set(key, rows.map((r) => r - least))
  }
  const rows = Math.max(...list.map((d) => d.row), ...[...ways.values()].flat())
  const grid = gridOf(drafts, drawn, last)
  const at = (d: Draft) => ({ x: grid.x[d.column]!, y: yOf(d.row), width: grid.width[d.column]!, column: d.column, routes: d.routes })
  const nodes = list.flatMap((d) => (d.node ? [{ id: d.id, node: d.node, ...at(d), added: d.added }] : []))
  const bundled = list.flatMap((d) => (d.bundle ? [{ ...d.bundle, ...at(d), open: open.has(d.id) }] : []))
  const port = portsOf(drafts, drawn, converging)
  const straights = new Map<string, Straight[]>()
  const edges = [...drawn].flatMap(([key, e]) => {
    const a = drafts.get(e.from)
    const b = drafts.get(e.to)
    return a && b ? [edge(e, a, b, grid, converging, ways.get(key) ?? [], port.get(key) ?? 0, straights)] : []
  })
  apart(edges, (e) => wordsOf(e.steps), straights, converging ? 'from' : 'to')
  const columns = grid.x.map((x, c) => ({ title: titleOf(c, last, converging), x }))
  return { width: grid.x[last]! + grid.width[last]! + margin.x, height: yOf(rows) + boxHeight + margin.bottom, columns, nodes, bundles: bundled, edges, dropped }
}

function titleOf(c: number, last: number, converging: boolean): string {
  if (c === last) return w.lanes.target
  if (!converging) return c === 0 ? w.lanes.start : w.lanes.hop(c)
  return w.lanes.away(last - c)
}

/** portsOf sets apart the steps that run along one row: at the end where they do not bend. */
function portsOf(drafts: Map<string, Draft>, drawn: Map<string, Drawn>, converging: boolean): Map<string, number> {
  const at = new Map<string, string[]>()
  for (const [key, e] of drawn) at.set(converging ? e.from : e.to, [...(at.get(converging ? e.from : e.to) ?? []), key])
  const out = new Map<string, number>()
  for (const keys of at.values()) {
    const far = (key: string) => drafts.get(converging ? drawn.get(key)!.to : drawn.get(key)!.from)?.row ?? 0
    const sorted = [...keys].sort((a, b) => far(a) - far(b) || keys.indexOf(a) - keys.indexOf(b))
    const apart = Math.min(14, 34 / Math.max(1, sorted.length - 1))
    sorted.forEach((key, i) => out.set(key, round((i - (sorted.length - 1) / 2) * apart)))
  }
  return out
}

/**
 * edge bends in the gaps: at its end where ways meet there, at its start otherwise,
 * and on its way where it goes past things. Its label lies on its longest straight.
 */
function edge(e: Drawn, a: Draft, b: Draft, grid: Grid, converging: boolean, past: number[], port: number, runs: Map<string, Straight[]>): LaneEdge {
  const y1 = yOf(a.row) + boxHeight / 2 + (converging ? port : 0)
  const y2 = yOf(b.row) + boxHeight / 2 + (converging ? 0 : port)
  const grade = weakest(e.steps.map((s) => s.grade))
  const count = Math.max(e.steps.length, e.pairs.size)
  const rest = { id: e.from + '>' + e.to, from: e.from, to: e.to, steps: e.steps, grade, routes: e.routes, count, added: e.added }
  const x1 = grid.x[a.column]! + grid.width[a.column]!
  const x2 = grid.x[b.column]! - 2
  if (b.column <= a.column) {
    const round = back(x1, y1, x2, y2)
    return { ...rest, ...round, label: { ...round.label, count } }
  }
  const ys = [y1, ...past.map((r) => yOf(r) + boxHeight / 2), y2]
  const soft = bend * 0.6
  const straights: Straight[] = [{ from: x1, to: x1, y: y1 }]
  runs.set(rest.id, straights)
  let d = `M${x1} ${y1}`
  for (let i = 1; i < ys.length; i++) {
    const y = ys[i]!
    const from = ys[i - 1]!
    const c = a.column + i
    const gapStart = grid.x[c - 1]! + grid.width[c - 1]!
    const gapEnd = grid.x[c]! - 2 - (i === ys.length - 1 ? 9 : 0)
    const now = straights[straights.length - 1]!
    if (Math.abs(y - from) < 0.5) {
      now.to = gapEnd
      continue
    }
    const start = converging ? gapEnd - bend : gapStart
    now.to = start
    d += `H${start}C${round(start + soft)} ${from} ${round(start + bend - soft)} ${y} ${start + bend} ${y}`
    straights.push({ from: start + bend, to: gapEnd, y })
  }
  d += `H${x2 - 9}`
  const best = straights.reduce((m, s) => (s.to - s.from > m.to - m.from + 1 ? s : m))
  // A label keeps to one gap: what it says is read beside where the step begins or ends.
  const shown = gapLabel(best, grid, a.column, b.column, converging)
  return { ...rest, d, head: [x2, y2], label: { ...shown, below: port > 0, ...whole, count } }
}

function gapLabel(s: { from: number; to: number; y: number }, grid: Grid, first: number, last: number, converging: boolean): Pick<LaneEdge['label'], 'x' | 'y' | 'width'> {
  const gaps = Array.from({ length: last - first }, (_, i) => ({ from: Math.max(s.from, grid.x[first + i]! + grid.width[first + i]! + 5), to: Math.min(s.to, grid.x[first + i + 1]! - 14) })).filter((g) => g.to > g.from)
  const g = (converging ? gaps[0] : gaps[gaps.length - 1]) ?? s
  return { x: round((g.from + g.to) / 2), y: s.y, width: Math.max(24, round(g.to - g.from)) }
}

const whole = { does: true, by: true } as const

/** back is a step against the reading direction: below, around. */
function back(x1: number, y1: number, x2: number, y2: number) {
  const low = Math.max(y1, y2) + rowPitch * 0.48
  return { d: `M${x1} ${y1}C${x1 + 40} ${y1} ${x1 + 40} ${low} ${x1} ${low}H${x2 - 24}C${x2 - 48} ${low} ${x2 - 48} ${y2} ${x2 - 9} ${y2}`, head: [x2, y2] as [number, number], label: { x: (x1 + x2) / 2, y: low, width: 160, below: false, ...whole } }
}

