import type { Grade, RingMark, RingsAnswer } from './types'

export interface PlacedMark {
  mark: RingMark
  x: number
  y: number
  r: number
  named: boolean
  tx: number
  ty: number
  anchor: 'start' | 'middle' | 'end'
}

export interface RingsPicture {
  width: number
  height: number
  cx: number
  cy: number
  rings: { hop: number; radius: number; total: number }[]
  marks: PlacedMark[]
  links: { id: string; d: string; grade: Grade; tier0: boolean }[]
}

const firstRadius = 118
const side = 176 // room for names beside the outermost ring
const perMark = 27
const namedUpTo = 26

const round = (v: number) => Math.round(v * 10) / 10

/** layRings turns hop and turn into coordinates; a ring grows until its marks have room. */
export function layRings(a: RingsAnswer): RingsPicture {
  const hops = [...new Set(a.marks.map((m) => m.hop))].sort((x, y) => x - y)
  const radius = new Map<number, number>()
  const between = hops.length > 4 ? 68 : 96
  // One ring alone may be larger: it has the stage to itself.
  let last = firstRadius + Math.max(0, 3 - hops.length) * 28 - between
  for (const h of hops) {
    const n = a.marks.filter((m) => m.hop === h).length
    last = Math.max(last + between, (n * perMark) / (2 * Math.PI))
    radius.set(h, round(last))
  }
  const outer = last + 30
  const cx = round(outer + side)
  const cy = round(outer + 24)
  const marks = a.marks.map((mark): PlacedMark => {
    const n = a.marks.filter((m) => m.hop === mark.hop).length
    // Each ring is turned on a little, so that names of one do not lie on those of the next.
    const turned = hops.length > 2 ? (mark.hop - 1) * 0.118 : 0
    const angle = (mark.turn + turned) * 2 * Math.PI - Math.PI / 2
    const ring = radius.get(mark.hop)!
    const r = mark.bundle ? Math.min(17, 10 + Math.log10(Math.max(1, mark.bundle.count)) * 3) : 10.5
    const c = Math.cos(angle)
    const s = Math.sin(angle)
    const anchor = c > 0.05 ? 'start' : c < -0.05 ? 'end' : 'middle'
    const out = r + 6
    const tier0 = mark.node?.tier0 || (mark.bundle?.tier0 ?? 0) > 0
    return { mark, x: round(cx + c * ring), y: round(cy + s * ring), r: round(r), named: n <= namedUpTo || tier0, tx: round(anchor === 'middle' ? 0 : c > 0 ? out : -out), ty: round(anchor === 'middle' ? (s > 0 ? out + 9 : -out) : 4 + s * 5), anchor }
  })
  const links = a.steps.flatMap((s, i) => {
    const b = marks[s.to]
    const from = s.from < 0 ? { x: cx, y: cy } : marks[s.from]
    if (!b || !from) return []
    const tier0 = b.mark.node?.tier0 === true || (b.mark.bundle?.tier0 ?? 0) > 0
    // A step bends toward the middle, so that those of one thing part like branches.
    const mx = round(cx + ((from.x + b.x) / 2 - cx) * 0.82)
    const my = round(cy + ((from.y + b.y) / 2 - cy) * 0.82)
    return [{ id: String(i), d: s.from < 0 ? `M${cx} ${cy}L${b.x} ${b.y}` : `M${from.x} ${from.y}Q${mx} ${my} ${b.x} ${b.y}`, grade: s.grade, tier0 }]
  })
  const rings = hops.map((hop) => ({ hop, radius: radius.get(hop)!, total: a.rings.find((r) => r.hop === hop)?.total ?? a.marks.filter((m) => m.hop === hop).reduce((n, m) => n + (m.bundle?.count ?? 1), 0) }))
  return { width: cx * 2, height: cy * 2, cx, cy, rings, marks, links }
}
