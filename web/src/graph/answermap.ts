import type { Route } from './routes'
import type { Age, Bundle, MapAnswer, NodeRef, RingsAnswer } from './types'

// The large map of one answer: exactly the things and steps that the list and the other
// drawings have, laid out here, since each has its place already by hop and way.

interface Thing {
  id: string
  name: string
  kind: string
  type: string
  tier0: boolean
  /** Things that it stands for; left out: one. */
  count?: number
  x: number
  y: number
}

function assemble(things: Thing[], pairs: Iterable<[string, string]>, age: Partial<Age>): MapAnswer {
  const at = new Map(things.map((t, i) => [t.id, i]))
  const kinds = [...new Set(things.map((t) => t.kind))]
  const types = [...new Set(things.map((t) => t.type))]
  const size = things.map((t) => (t.count ?? 1) - 1)
  const edges: number[] = []
  const done = new Set<string>()
  for (const [from, to] of pairs) {
    const i = at.get(from)
    const j = at.get(to)
    if (i === undefined || j === undefined || i === j || done.has(i + ' ' + j)) continue
    done.add(i + ' ' + j)
    edges.push(i, j)
    size[i]!++
    size[j]!++
  }
  return {
    schema: '', generation: age.generation ?? 0, catalogues: age.catalogues ?? null, not_analysed: age.not_analysed ?? null,
    ids: things.map((t) => t.id), names: things.map((t) => t.name), kinds, kind: things.map((t) => kinds.indexOf(t.kind)), types, type: things.map((t) => types.indexOf(t.type)),
    tier0: things.flatMap((t, i) => (t.tier0 ? [i] : [])), x: things.map((t) => t.x), y: things.map((t) => t.y), size, edges, total: things.reduce((n, t) => n + (t.count ?? 1), 0),
  }
}

const wide = 1.5

/** mapOfRoutes puts where ways begin on the left and each thing as far right as its longest way to it; a column is in the order of what leads to it. */
export function mapOfRoutes(routes: Route[], age: Partial<Age> = {}): MapAnswer {
  const nodes = new Map<string, NodeRef>()
  const column = new Map<string, number>()
  const before = new Map<string, Set<string>>()
  for (const r of routes)
    r.nodes.forEach((n, i) => {
      if (!nodes.has(n.id)) nodes.set(n.id, n)
      column.set(n.id, Math.max(column.get(n.id) ?? 0, i))
      if (i > 0) before.set(n.id, (before.get(n.id) ?? new Set()).add(r.nodes[i - 1]!.id))
    })
  const last = Math.max(1, ...column.values())
  const y = new Map<string, number>()
  const things: Thing[] = []
  for (let c = 0; c <= last; c++) {
    const here = [...nodes.values()].filter((n) => column.get(n.id) === c)
    const pull = (n: NodeRef) => {
      const from = [...(before.get(n.id) ?? [])].flatMap((id) => y.get(id) ?? [])
      return from.length ? from.reduce((a, b) => a + b, 0) / from.length : 0.5
    }
    const order = c === 0 ? here : here.map((n) => ({ n, at: pull(n) })).sort((a, b) => a.at - b.at).map((o) => o.n)
    order.forEach((n, i) => {
      y.set(n.id, 1 - (i + 0.5) / order.length)
      // A full column is a zigzag, so that the names of neighbours have room.
      const aside = order.length > 12 ? ((i % 3) - 1) * 0.25 : 0
      things.push({ id: n.id, name: n.name, kind: n.kind, type: n.type, tier0: n.tier0, x: ((c + aside) / last) * wide, y: y.get(n.id)! })
    })
  }
  return assemble(things, routes.flatMap((r) => r.nodes.slice(1).map((n, i): [string, string] => [r.nodes[i]!.id, n.id])), age)
}

/** A bundle on the map: its id opens it, as in the rings. */
export const bundleKind = 'several'

/** mapOfRings puts what falls around what it falls with, each hop farther out, and in its hop where its turn is. */
export function mapOfRings(a: RingsAnswer): MapAnswer {
  const idOf = (m: { node: NodeRef | null; bundle: Bundle | null }) => m.node?.id || m.node?.ref || m.bundle?.id || ''
  const n = new Map<number, number>()
  const things: Thing[] = [{ id: a.subject.id, name: a.subject.name, kind: a.subject.kind, type: a.subject.type, tier0: a.subject.tier0, x: 0, y: 0 }]
  for (const m of a.marks) {
    const i = n.get(m.hop) ?? 0
    n.set(m.hop, i + 1)
    const many = (a.rings.find((r) => r.hop === m.hop)?.total ?? 0) > 40
    const out = m.hop - (many ? ((i * 0.618034) % 1) * 0.5 : 0)
    const angle = Math.PI / 2 - m.turn * 2 * Math.PI
    const common = { id: idOf(m), x: out * wide * Math.cos(angle), y: out * Math.sin(angle) }
    if (m.node) things.push({ ...common, name: m.node.name, kind: m.node.kind, type: m.node.type, tier0: m.node.tier0 })
    else if (m.bundle) things.push({ ...common, name: m.bundle.label, kind: bundleKind, type: '', count: m.bundle.count, tier0: m.bundle.tier0 > 0 })
  }
  const mark = (i: number) => (i < 0 ? a.subject.id : a.marks[i] ? idOf(a.marks[i]) : '')
  return assemble(things, a.steps.map((s): [string, string] => [mark(s.from), mark(s.to)]), a)
}
