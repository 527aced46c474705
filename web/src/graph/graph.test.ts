import { describe, expect, it } from 'vitest'
import { boxHeight, budget, layLanes, type LanesPicture } from './layout'
import { layRings } from './ringlayout'
import { cutStep, keep, kindsOf, routesOfCreators, routesOfDeps, routesOfPaths, type Route } from './routes'
import { toMermaid } from './save'
import { fitOf, formatView, parseView } from './Stage'
import { fit, widthOf } from './text'
import type { BlastAnswer, CreatorsAnswer, CutOption, DepsAnswer, Effect, NodeRef, Path, RingsAnswer } from './types'
import { lineOf, weakest } from './verbs'
import { walk, type Walked } from './walk'

const node = (name: string, kind = 'identity', tier0 = false): NodeRef => ({ id: name, ref: 'x/1/t/' + name, name, kind, type: 'x.' + kind, env: null, tier0 })
const effect = (from: NodeRef, to: NodeRef, over: Partial<Effect> = {}): Effect => ({ from: from.ref, to: to.ref, from_name: from.name, to_name: to.name, kind: 'can_assume', grade: 'proven', technique: '', title: '', cite: '', level: '', condition: null, proof: [], also: [], ...over })
const path = (...nodes: NodeRef[]): Path => ({ nodes, edges: nodes.slice(1).map((n, i) => effect(nodes[i]!, n)), hops: nodes.length - 1, grade: 'proven', variant: false })

/** A small generator whose numbers are the same every time. */
function dice(seed: number) {
  let s = seed
  return (n: number) => {
    s = (Math.imul(s, 1103515245) + 12345) & 0x7fffffff
    return (s >> 8) % n
  }
}

function randomRoutes(seed: number, ways: number): Route[] {
  const roll = dice(seed)
  const pool = Array.from({ length: 14 }, (_, i) => node('n' + i, i % 5 === 0 ? 'resource' : 'identity', i === 0))
  return routesOfPaths(
    Array.from({ length: ways }, () => {
      const seen = new Set<NodeRef>()
      for (let left = 2 + roll(5); left > 0; left--) seen.add(pool[roll(pool.length)]!)
      return path(...(seen.size > 1 ? seen : [pool[1]!, pool[0]!]))
    }),
  )
}

const boxesOf = (p: LanesPicture) => [...p.nodes, ...p.bundles].map((n) => ({ id: n.id, x: n.x, y: n.y, x2: n.x + n.width, y2: n.y + boxHeight }))

describe('lanes', () => {
  it('are the same picture for the same question, whatever object asks', () => {
    for (let seed = 1; seed < 40; seed++) {
      const a = layLanes(randomRoutes(seed, 12))
      const b = layLanes(JSON.parse(JSON.stringify(randomRoutes(seed, 12))) as Route[])
      expect(JSON.stringify(a.edges.map((e) => e.d))).toBe(JSON.stringify(b.edges.map((e) => e.d)))
      expect(a).toEqual(b)
    }
  })

  it('let no two things overlap, keep inside, and place every thing of every drawn way', () => {
    for (let seed = 1; seed < 120; seed++) {
      const routes = randomRoutes(seed, 3 + (seed % 20))
      const p = layLanes(routes)
      const boxes = boxesOf(p)
      for (const a of boxes) {
        expect(a.x >= 0 && a.y >= 0 && a.x2 <= p.width && a.y2 <= p.height, `seed ${seed} ${a.id}`).toBe(true)
        for (const b of boxes) if (a.id < b.id) expect(a.x2 <= b.x || b.x2 <= a.x || a.y2 <= b.y || b.y2 <= a.y, `seed ${seed}: ${a.id} ${b.id}`).toBe(true)
      }
      expect(p.nodes.length + p.bundles.length + p.edges.length).toBeLessThanOrEqual(budget)
      if (p.dropped === 0) for (const r of routes) for (const n of r.nodes) expect(p.nodes.some((m) => m.id === n.id) || p.bundles.some((b) => b.members.some((m) => m.id === n.id))).toBe(true)
    }
  })

  it('draw what ways share once, and parallel steps as one with a count', () => {
    const [a, b, c, d] = [node('a'), node('b'), node('c'), node('d')]
    const twice = path(a!, b!)
    const p = layLanes(routesOfPaths([path(a!, b!, c!), path(a!, b!, d!), { ...twice, edges: [effect(a!, b!, { kind: 'escalates', technique: 'T1', level: 'escalate' })] }]))
    expect(p.nodes.filter((n) => n.id === 'b')).toHaveLength(1)
    const e = p.edges.find((x) => x.from === 'a' && x.to === 'b')!
    expect(e.count).toBe(2)
    expect(e.routes).toEqual([0, 1, 2])
  })

  it('say once what lines of a bunch have in common, and lay no label over another', () => {
    const [hub, t] = [node('hub'), node('t', 'resource', true)]
    const many = Array.from({ length: 4 }, (_, i) => path(hub, node('role' + i, i % 2 ? 'identity' : 'workload'), t))
    const p = layLanes(routesOfPaths(many))
    const bunch = p.edges.filter((e) => e.from === 'hub')
    expect(bunch).toHaveLength(4)
    const shown = bunch.filter((e) => e.label.does)
    expect(shown.reduce((n, e) => n + e.label.count, 0)).toBe(4)
    for (const a of p.edges.filter((e) => e.label.does))
      for (const b of p.edges.filter((e) => e.label.does && e.id > a.id)) {
        const baseline = (e: typeof a) => e.label.y + (e.label.below ? 18 : -7)
        expect(Math.abs(a.label.x - b.label.x) > 60 || Math.abs(baseline(a) - baseline(b)) >= 12, `${a.id} and ${b.id}`).toBe(true)
      }
  })

  it('open a bundle beside its place', () => {
    const t = node('t', 'resource', true)
    const routes = routesOfPaths([...Array.from({ length: 9 }, (_, i) => path(node('ci-' + i), t)), ...Array.from({ length: 12 }, (_, i) => path(node('s' + i), node('m' + i, 'workload'), t))])
    const bundle = layLanes(routes).bundles[0]!
    const open = layLanes(routes, new Set([bundle.id]))
    const first = open.nodes.filter((n) => n.added && bundle.members.some((m) => m.id === n.id)).sort((a, b) => a.y - b.y)[0]!
    expect(first.x).toBe(bundle.x)
    const now = open.bundles.find((b) => b.id === bundle.id)!
    expect(now).toMatchObject({ x: bundle.x, y: bundle.y })
    expect(first.y - now.y).toBe(80)
    // What was above stays; what was below is as it was among itself, farther down.
    const shut = layLanes(routes)
    const moved = shut.nodes.map((n) => ({ below: n.y > bundle.y, by: open.nodes.find((m) => m.id === n.id)!.y - n.y }))
    expect(moved.some((m) => m.below)).toBe(true)
    for (const m of moved) expect(m.by).toBe(m.below ? bundle.count * 80 : 0)
  })

  it('bundle alike ends, and opening adds without moving what was seen', () => {
    const t = node('t', 'resource', true)
    const routes = routesOfPaths(Array.from({ length: 20 }, (_, i) => path(node('ci-' + String(i).padStart(2, '0')), t)))
    const shut = layLanes(routes)
    expect(shut.bundles).toHaveLength(1)
    expect(shut.bundles[0]!.count).toBe(18)
    const open = layLanes(routes, new Set([shut.bundles[0]!.id]))
    for (const n of shut.nodes) expect(open.nodes.find((m) => m.id === n.id)).toMatchObject({ x: n.x, y: n.y })
    expect(open.bundles[0]).toMatchObject({ x: shut.bundles[0]!.x, y: shut.bundles[0]!.y, open: true })
    expect(open.nodes.filter((n) => n.added)).toHaveLength(18)
    expect(Math.min(...open.nodes.filter((n) => n.added).map((n) => n.y))).toBeGreaterThan(Math.max(...shut.nodes.map((n) => n.y)))
  })

  it('leave targets of tier 0 out of bundles', () => {
    const a = node('a')
    const p = layLanes(routesOfPaths(Array.from({ length: 9 }, (_, i) => path(a, node('r' + i, 'resource', i === 7)))))
    expect(p.nodes.some((n) => n.id === 'r7')).toBe(true)
    expect(p.bundles[0]!.tier0).toBe(0)
  })

  it('say how many ways had no room, and never lose the best', () => {
    const routes = routesOfPaths(Array.from({ length: 200 }, (_, i) => path(node('s' + i, i % 2 ? 'identity' : 'workload'), node('m' + i), node('t' + i, 'resource'))))
    const p = layLanes(routes)
    expect(p.dropped).toBeGreaterThan(0)
    expect(p.nodes.length + p.edges.length).toBeLessThanOrEqual(budget)
    expect(p.nodes.some((n) => n.id === 's0')).toBe(true)
  })

  it('survive cycles between ways and a way of one hostile name', () => {
    const [a, b] = [node('a'), node('b')]
    const evil = node('\u202e<script>\u0000' + 'x'.repeat(100_000))
    const p = layLanes(routesOfPaths([path(a, b), path(b, a), path(a, evil)]))
    expect(p.nodes).toHaveLength(3)
    expect(p.width).toBeLessThan(2000)
  })

  it('are empty for nothing', () => expect(layLanes([]).nodes).toEqual([]))
})

describe('routes', () => {
  it('give what was never scanned its ref for an id', () => {
    const [r] = routesOfPaths([path(node('a'), { ...node('b'), id: '' }, { ...node('c'), id: '' })])
    expect(new Set(r!.nodes.map((n) => n.id)).size).toBe(3)
  })

  it('judge by end, level and grade', () => {
    const judge = (p: Path) => routesOfPaths([p])[0]!.severity
    expect(judge(path(node('a'), node('t', 'resource', true)))).toBe('critical')
    expect(judge({ ...path(node('a'), node('t', 'resource', true)), grade: 'inferred' })).toBe('high')
    expect(judge({ ...path(node('a'), node('t', 'resource')), edges: [effect(node('a'), node('t'), { kind: 'can_access', level: 'read' })] })).toBe('medium')
  })

  it('end at the subject for makers, every branch one', () => {
    const s = node('bot')
    const link = (name: string, created: string, depth: number) => ({ ...node(name, 'human'), created: 'x/1/t/' + created, how: 'created', depth, grade: 'proven', proof: 'audit log' })
    const a: CreatorsAnswer = { schema: '', subject: s, chain: [link('ada', 'bot', 1), link('eve', 'bot', 1), link('root', 'ada', 2), link('ada', 'root', 3)], human: true, generation: 1, catalogues: [], not_analysed: [] }
    const routes = routesOfCreators(a)
    expect(routes.map((r) => r.nodes.map((n) => n.name).join('>')).sort()).toEqual(['eve>bot', 'root>ada>bot'])
    expect(routes.every((r) => r.severity === 'info')).toBe(true)
  })

  it('lead dependents through every place in between', () => {
    const [bot, key, file, job] = [node('bot'), node('key', 'credential'), node('file', 'place'), node('job', 'workload')]
    const dep = (n: NodeRef, how: string, through: NodeRef | null) => ({ ...n, how, through, grade: 'proven', proof: '', last_used: null })
    const a: DepsAnswer = { schema: '', subject: bot!, total: 3, things: 2, proven: 2, items: [dep(file!, 'holds its credential', key!), dep(job!, 'reads its credential', file!), dep(job!, 'runs as it', null)], generation: 1, catalogues: [], not_analysed: [] }
    expect(routesOfDeps(a).map((r) => r.nodes.map((n) => n.name).join('>'))).toEqual(['file>key>bot', 'job>file>key>bot', 'job>bot'])
  })

  it('are filtered by kinds and hops, and counted by kind', () => {
    const routes = routesOfPaths([path(node('a'), node('b'), node('c')), { ...path(node('a'), node('d')), edges: [effect(node('a'), node('d'), { kind: 'owns' })] }])
    expect(keep(routes, new Set(['owns']), 0)).toHaveLength(1)
    expect(keep(routes, new Set(), 1)).toHaveLength(1)
    expect(kindsOf(routes)).toEqual([
      { kind: 'can_assume', count: 1 },
      { kind: 'owns', count: 1 },
    ])
  })

  it('find the step that a change takes away', () => {
    const [a, b] = [node('a'), node('b')]
    const routes = routesOfPaths([{ ...path(a!, b!), edges: [effect(a!, b!, { proof: [{ ref: 'x/1/policy/p', statement: '0', effect: 'allow', text: '' }] })] }])
    const change = (c: object) => ({ change: { schema: 'drover/v1/change', ...c } }) as unknown as CutOption
    expect(cutStep(routes, change({ remove: [{ ref: 'x/1/policy/p', statement: 0 }] }))).toBe(routes[0]!.steps[0])
    expect(cutStep(routes, change({ remove: [{ from: a!.ref, to: b!.ref }] }))).toBe(routes[0]!.steps[0])
    expect(cutStep(routes, change({ remove: [{ ref: 'else' }] }))).toBeUndefined()
    expect(cutStep(routes, undefined)).toBeUndefined()
  })

  it('are as sure as their weakest step', () => {
    expect(weakest(['proven', 'inferred', 'declared'])).toBe('declared')
    expect(weakest([])).toBe('proven')
    expect([lineOf('proven'), lineOf('inferred'), lineOf('declared'), lineOf('unknown'), lineOf('whatever')]).toEqual(['solid', 'dashed', 'dashed', 'dotted', 'dotted'])
  })
})

describe('rings', () => {
  it('place every mark on the ring of its hop, apart from its neighbours', () => {
    const marks = Array.from({ length: 60 }, (_, i) => ({ node: node('n' + i), bundle: null, hop: 1 + (i % 2), turn: (Math.floor(i / 2) + 0.5) / 30, grade: 'proven' }))
    const a: RingsAnswer = { schema: '', subject: node('s'), rings: [], marks, steps: marks.map((_, i) => ({ from: -1, to: i, effect: null, count: 1, grade: 'proven' })), generation: 1, catalogues: [], not_analysed: [] }
    const p = layRings(a)
    for (const m of p.marks) expect(Math.hypot(m.x - p.cx, m.y - p.cy)).toBeCloseTo(p.rings.find((r) => r.hop === m.mark.hop)!.radius, 0)
    for (const m of p.marks) for (const o of p.marks) if (m !== o) expect(Math.hypot(m.x - o.x, m.y - o.y)).toBeGreaterThan(20)
    expect(p.rings.map((r) => r.total)).toEqual([30, 30])
    expect(layRings(a)).toEqual(p)
  })
})

describe('keys', () => {
  const t = (over: Partial<Walked>): Walked => ({ name: '', x: 0, y: 0, in: [], out: [], edge: false, ...over })
  const things = new Map<string, Walked>([
    ['a', t({ out: ['a>b', 'a>c'] })],
    ['b', t({ x: 9, y: 0, in: ['a>b'] })],
    ['c', t({ x: 9, y: 9, in: ['a>c'] })],
    ['a>b', t({ x: 5, y: 0, in: ['a'], out: ['b'], edge: true })],
    ['a>c', t({ x: 5, y: 9, in: ['a'], out: ['c'], edge: true })],
  ])
  it('walk along steps and back, and among neighbours', () => {
    expect(walk(things, 'a', 'ArrowRight')).toBe('a>b')
    expect(walk(things, 'a>b', 'ArrowRight')).toBe('b')
    expect(walk(things, 'b', 'ArrowLeft')).toBe('a>b')
    expect(walk(things, 'a>b', 'ArrowDown')).toBe('a>c')
    expect(walk(things, 'b', 'ArrowDown')).toBe('c')
    expect(walk(things, 'c', 'ArrowDown')).toBeUndefined()
    expect(walk(things, 'c', 'Home')).toBe('a')
    expect(walk(things, 'a', 'End')).toBe('c')
    expect(walk(things, 'gone', 'End')).toBeUndefined()
  })
})

describe('words and views', () => {
  it('cut names in the middle and keep both ends', () => {
    const s = fit('svc-prod-api-gateway-east-2a', 100, 13)
    expect(s).toMatch(/^svc-.*….*2a$/)
    expect(widthOf(s, 13)).toBeLessThanOrEqual(100)
    expect(fit('short', 100, 13)).toBe('short')
    expect(fit('a\u202eb', 400, 13)).not.toContain('\u202e')
    expect(fit('x', 0, 13)).toBe('…')
  })
  it('stand in an address and come back', () => {
    expect(parseView(formatView({ k: 0.86, x: -12, y: 340 }))).toEqual({ k: 0.86, x: -12, y: 340 })
    for (const bad of ['', '9,0,0', '1,a,0', '1;0;0', '0.01,0,0']) expect(parseView(bad)).toBeUndefined()
  })
  it('never show a picture larger than it is', () => {
    expect(fitOf({ width: 100, height: 100 }, { width: 900, height: 600 }).k).toBe(1)
    expect(fitOf({ width: 9000, height: 100 }, { width: 900, height: 600 }).k).toBeGreaterThan(0.5)
  })
  it('begin where the way leads to, when not all can be seen', () => {
    const [picture, stage, way] = [{ width: 3000, height: 4000 }, { width: 900, height: 600 }, { x: 1200, y: 2000, width: 1700, height: 40 }]
    const v = fitOf(picture, stage, 0.86, way)
    const [right, bottom] = [v.x + stage.width / v.k, v.y + stage.height / v.k]
    expect(right).toBeGreaterThanOrEqual(way.x + way.width)
    expect(right).toBeLessThanOrEqual(picture.width + 1)
    expect(v.y).toBeLessThanOrEqual(way.y)
    expect(bottom).toBeGreaterThanOrEqual(way.y + way.height)
    expect(fitOf({ width: 300, height: 200 }, stage, 0.86, { x: 0, y: 0, width: 300, height: 40 })).toEqual(fitOf({ width: 300, height: 200 }, stage))
  })
})

describe('mermaid', () => {
  it('lets no name end its quote or begin a directive', () => {
    const evil = node('a"] --> b["<img src=x onerror=alert(1)>\n%%{init: {}}%%\u202e;click n0 "javascript:1"')
    const text = toMermaid(routesOfPaths([path(evil, node('ok', 'resource', true))]), { title: 'x\n%%{init}%%', legend: ['l'], note: 'n' })
    for (const line of text.split('\n').filter((l) => !l.startsWith('%%') && l.includes('"'))) {
      expect((line.match(/"/g) ?? []).length % 2).toBe(0)
      expect(line).not.toMatch(/[<>]img|javascript:1"|\u202e/)
    }
    expect(text.split('\n').filter((l) => /^%%\{/.test(l))).toEqual([])
    expect(text).toContain('ok (T0)')
  })
})

export type { BlastAnswer }
