import { describe, expect, it } from 'vitest'
import { bundleKind, mapOfRings, mapOfRoutes } from './answermap'
import { routesOfPaths } from './routes'
import type { Effect, MapAnswer, NodeRef, Path, RingsAnswer } from './types'

const node = (id: string, over: Partial<NodeRef> = {}): NodeRef => ({ id, ref: 'x/1/t/' + id, name: 'the ' + id, kind: 'identity', type: 'x.role', env: null, tier0: false, ...over })
const effect = (from: NodeRef, to: NodeRef): Effect => ({ from: from.ref, to: to.ref, from_name: from.name, to_name: to.name, kind: 'can_assume', grade: 'proven', technique: '', title: '', cite: '', level: '', condition: null, proof: [], also: [] })
const way = (...nodes: NodeRef[]): Path => ({ nodes, edges: nodes.slice(1).map((n, i) => effect(nodes[i]!, n)), hops: nodes.length - 1, grade: 'proven', variant: false })
const steps = (a: MapAnswer) => Array.from({ length: a.edges.length / 2 }, (_, i) => `${a.ids[a.edges[2 * i]!]}>${a.ids[a.edges[2 * i + 1]!]}`)

describe('the map of an answer', () => {
  const [a, b, c, t] = [node('a'), node('b'), node('c', { kind: 'role' }), node('t', { kind: 'resource', tier0: true })]
  const routes = routesOfPaths([way(a, t), way(b, c, t), way(a, c, t)])

  it('has the things and steps of the ways, each once, and no others', () => {
    const m = mapOfRoutes(routes)
    expect([...m.ids].sort()).toEqual(['a', 'b', 'c', 't'])
    expect(steps(m).sort()).toEqual(['a>c', 'a>t', 'b>c', 'c>t'])
    expect(m.tier0.map((i) => m.ids[i])).toEqual(['t'])
    expect(m.kind.map((k) => m.kinds[k])).toEqual(m.ids.map((id) => ({ a: 'identity', b: 'identity', c: 'role', t: 'resource' })[id]))
    expect(m.total).toBe(4)
  })

  it('goes from left to right', () => {
    const m = mapOfRoutes(routes)
    const x = new Map(m.ids.map((id, i) => [id, m.x[i]!]))
    for (const s of steps(m)) expect(x.get(s.split('>')[0]!), s).toBeLessThan(x.get(s.split('>')[1]!)!)
  })

  it('is the same for the same question, and places nothing on top of another', () => {
    const many = routesOfPaths(Array.from({ length: 60 }, (_, i) => way(node('n' + i), c, t)))
    const m = mapOfRoutes(many)
    expect(mapOfRoutes(many)).toEqual(m)
    expect(new Set(m.ids.map((_, i) => `${m.x[i]} ${m.y[i]}`)).size).toBe(m.ids.length)
  })

  it('of nothing is empty', () => expect(mapOfRoutes([])).toMatchObject({ ids: [], edges: [], total: 0 }))

  it('counts what a bundle of the rings stands for', () => {
    const rings: RingsAnswer = {
      schema: '', generation: 7, catalogues: [], not_analysed: [], subject: a, rings: [{ hop: 1, total: 147 }],
      marks: [{ node: t, bundle: null, hop: 1, turn: 0, grade: 'proven' }, { node: null, bundle: { id: 'b.1', label: '146 roles', count: 146, tier0: 2 }, hop: 1, turn: 0.5, grade: 'proven' }],
      steps: [{ from: -1, to: 0, effect: null, count: 1, grade: 'proven' }, { from: 0, to: 1, effect: null, count: 146, grade: 'proven' }],
    }
    const m = mapOfRings(rings)
    expect(m).toMatchObject({ ids: ['a', 't', 'b.1'], total: 148, generation: 7 })
    expect(steps(m)).toEqual(['a>t', 't>b.1'])
    expect(m.kinds[m.kind[2]!]).toBe(bundleKind)
    expect(m.tier0.map((i) => m.ids[i])).toEqual(['t', 'b.1'])
  })
})
