import type { LaneEdge } from './layout'
import { widthOf } from './text'

// Labels of lines that run close together: what says the same is said once, and of
// two that would lie over each other the one of the better way is shown. What is
// veiled is not lost: it is the line's name, and shows when the line is looked at.

/** A straight part of a line. */
export interface Straight {
  from: number
  to: number
  y: number
}

interface Area {
  left: number
  right: number
  top: number
  bottom: number
}

/** Of a text at the least scale that is read without moving: see Lanes, scaled. */
const size = 14
const gap = 1

const meet = (a: Area, b: Area) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

const area = (e: LaneEdge, text: string, baseline: number): Area => {
  const half = Math.min(e.label.width, widthOf(text, size)) / 2
  return { left: e.label.x - half, right: e.label.x + half, top: e.label.y + baseline - size + 3 - gap, bottom: e.label.y + baseline + 3 + gap }
}

/** The baselines of both lines of a label, from its own line: as Lanes draws them. */
const baselines = (below: boolean): [does: number, by: number] => (below ? [4 + size, 5 + size * 2.1] : [-7, 5 + size])

/**
 * apart decides what of each label is shown, and on which side of its line. wordsOf
 * gives a label's two lines; end is what a bunch of lines has in common. Lines that
 * were there before a bundle was opened keep what they have.
 */
export function apart(edges: LaneEdge[], wordsOf: (e: LaneEdge) => [does: string, technique: string], straights: ReadonlyMap<string, Straight[]>, end: 'from' | 'to') {
  const rank = (e: LaneEdge) => (e.added ? 1e6 : 0) + Math.min(...e.routes)
  const bunches = new Map<string, LaneEdge[]>()
  for (const e of edges) {
    const key = [e.added, e[end], e.label.x, ...wordsOf(e)].join('\n')
    bunches.set(key, [...(bunches.get(key) ?? []), e])
    e.label = { ...e.label, does: false, by: false, count: e.count }
  }
  // Of lines that lie close and say the same the first or the last speaks for all.
  const speakers: { ends: [LaneEdge, below: boolean][]; count: number }[] = []
  for (const bunch of bunches.values()) {
    const byHeight = [...bunch].sort((a, b) => a.label.y - b.label.y)
    const [first, last] = [byHeight[0]!, byHeight[byHeight.length - 1]!]
    const close = bunch.length > 1 && byHeight.every((e, i) => i === 0 || e.label.y - byHeight[i - 1]!.label.y < 2 * size)
    if (close) speakers.push({ ends: first.label.below ? [[last, true], [first, false]] : [[first, false], [last, true]], count: bunch.reduce((n, e) => n + e.count, 0) })
    else for (const e of bunch) speakers.push({ ends: [[e, e.label.below], [e, !e.label.below]], count: e.count })
  }
  const best = (s: { ends: [LaneEdge, boolean][] }) => Math.min(...s.ends.map(([e]) => rank(e)))
  speakers.sort((a, b) => best(a) - best(b) || a.ends[0]![0].label.y - b.ends[0]![0].label.y)
  const placed: Area[] = []
  const speak: LaneEdge[] = []
  const crossed = (e: LaneEdge, a: Area) => edges.some((o) => o !== e && (straights.get(o.id) ?? []).some((s) => s.from < a.right && s.to > a.left && s.y > a.top && s.y < a.bottom))
  for (const { ends, count } of speakers) {
    for (const [e, below] of ends) {
      const a = area(e, wordsOf(e)[0] + (count > 1 ? ` ×${count}` : ''), baselines(below)[0])
      if (placed.some((p) => meet(p, a)) || crossed(e, a)) continue
      e.label = { ...e.label, below, does: true, count }
      placed.push(a)
      speak.push(e)
      break
    }
  }
  for (const e of speak) {
    const by = wordsOf(e)[1]
    if (!by) continue
    const a = area(e, by, baselines(e.label.below)[1])
    if (placed.some((p) => meet(p, a)) || crossed(e, a)) continue
    e.label.by = true
    placed.push(a)
  }
}
