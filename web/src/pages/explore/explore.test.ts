import { describe, expect, it } from 'vitest'
import type { Effect, NodeRef, Path, PathsAnswer } from '@/graph/types'
import { routesOfPaths } from '@/graph/routes'
import { answerOf, asked, fits, ownUnknown, routesOfEdges } from './question'
import { isFilter, nonProduction, presetOf, presetPatch, presets, production, read, type Raw } from './state'
import { changeKey, changeOf, changeOfStep, compare } from './WhatIf'
import { hitsOf } from './NodeBox'
import { othersOf } from './Others'
import { twinOfRoutes } from './TwinTable'

const raw = (over: Partial<Raw> = {}): Raw => ({ q: 'ways', from: '', to: '', view: '', table: '', way: '1', sel: '', focus: '', open: '', hide: '', hops: '', at: '', if: '', names: '', ask: '', ...over })
const node = (name: string, tier0 = false): NodeRef => ({ id: name, ref: 'x/1/t/' + name, name, kind: 'identity', type: 'x.t', env: null, tier0 })
const effect = (from: NodeRef, to: NodeRef, over: Partial<Effect> = {}): Effect => ({ from: from.ref, to: to.ref, from_name: from.name, to_name: to.name, kind: 'can_assume', grade: 'proven', technique: '', title: '', cite: '', level: '', condition: null, proof: [], also: [], ...over })
const path = (...nodes: NodeRef[]): Path => ({ nodes, edges: nodes.slice(1).map((n, i) => effect(nodes[i]!, n)), hops: nodes.length - 1, grade: 'proven', variant: false })
const answer = (...paths: Path[]): PathsAnswer => ({ schema: '', from: 'a', to: 'b', more: false, paths, generation: 1, catalogues: [], not_analysed: [] })

describe('the address', () => {
  it('is read whatever stands in it', () => {
    const s = read(raw({ q: 'nonsense', view: '<x>', way: '-4', hops: '999', at: 'junk', open: 'a,,b' }))
    expect(s).toMatchObject({ question: 'ways', drawing: 'lanes', way: undefined, maxHops: 20, view: undefined })
    expect([...s.open]).toEqual(['a', 'b'])
  })

  it('tells filters from names', () => {
    for (const f of ['env=dev', 'tier0', 'tier<=1', 'type=aws.iam.user', 'tag:tier0', 'owner:none', 'a=b AND c=d', 'risk>=70']) expect(isFilter(f), f).toBe(true)
    for (const n of ['svc-bi-export', 'arn:aws:s3:::payroll', 'idn_2zdxasvz595pb', 'Priya Nair', 'aws/111/iam.user/AIDA']) expect(isFilter(n), n).toBe(false)
  })

  it('each preset is what its own patch leads to', () => {
    for (const p of presets) expect(presetOf(read(raw(presetPatch(p, read(raw({ from: 'bot' }))) as Partial<Raw>))), p).toBe(p)
    expect(presetOf(read(raw(presetPatch('reach', read(raw())) as Partial<Raw>)))).toBe('reach')
    expect(presetPatch('who', read(raw({ from: nonProduction, to: production })))).toMatchObject({ from: '', to: 'tier0' })
  })
})

describe('the question', () => {
  it('is the same as path, as command and as call', () => {
    expect(asked(read(raw({ from: 'a b', to: 'tier0', hops: '3' })))).toMatchObject({ kind: 'paths', path: '/paths', params: { from: 'a b', to: 'tier0', max_hops: 3 }, cli: "drover path --from 'a b' --to tier0 --limit 100 --max-hops 3" })
    expect(asked(read(raw({ from: "it's/../x" })))).toMatchObject({ kind: 'blast', path: "/identities/it's%2F..%2Fx/blast-radius" })
    expect(asked(read(raw({ from: 'env=dev' })))).toMatchObject({ kind: 'paths', to: 'tier0' })
    expect(asked(read(raw({ to: 'x' })))).toMatchObject({ kind: 'paths', from: 'kind=identity' })
    expect(asked(read(raw({ q: 'origin' })))).toMatchObject({ kind: 'none' })
    expect(asked(read(raw()))).toMatchObject({ kind: 'none' })
  })

  it('answers in a sentence', () => {
    const a = answerOf(asked(read(raw({ to: 'tier0' }))), answer(path(node('a'), node('t', true)), path(node('b'), node('t', true))), 'x', 'tier 0')
    expect(a.title).toBe('2 identities reach tier 0, in 2 ways.')
    expect(answerOf(asked(read(raw({ from: 'a', to: 'b' }))), answer(), 'a', 'b').title).toBe('No way leads from a to b.')
  })

  it('joins delegations into chains, cycles too', () => {
    const e = (from: string, to: string) => ({ from: 'agent/o/a/' + from, to: 'agent/o/a/' + to, from_name: from, to_name: to, kind: 'delegates_to', technique: '', grade: 'proven', proof: 'log' })
    expect(routesOfEdges([e('a', 'b'), e('b', 'c'), e('x', 'c')]).map((r) => r.nodes.map((n) => n.name).join('>'))).toEqual(['a>b>c', 'x>c'])
    expect(routesOfEdges([e('a', 'b'), e('b', 'a')]).length).toBeGreaterThan(0)
  })
})

describe('what if', () => {
  const [a, b, c] = [node('a'), node('b'), node('c', true)]
  it('keeps what is gone in its place and adds what is new', () => {
    const before = { routes: routesOfPaths([path(a!, b!), path(a!, c!)]), more: false }
    const { routes, fate } = compare(before, answer(path(a!, c!), path(a!, b!, c!)))
    expect(routes.map((r) => fate.get(r.key))).toEqual(['gone', 'stays', 'new'])
    expect(compare({ ...before, more: true }, answer(path(a!, b!, c!))).routes).toHaveLength(2)
  })
  it('reads from the record what would have to go', () => {
    const proof = (ref: string, statement: string) => effect(a!, b!, { proof: [{ ref, statement, effect: 'allow', text: '' }] })
    expect(changeOfStep(proof('p', '2'))?.remove).toEqual([{ ref: 'p', statement: 2 }])
    expect(changeOfStep(proof(a!.ref, 'can_assume ' + b!.ref))?.remove).toEqual([{ from: a!.ref, to: b!.ref, kind: 'can_assume' }])
    expect(changeOfStep(proof('binding', ''))?.remove).toEqual([{ ref: 'binding' }])
    expect(changeOfStep(proof(a!.ref, 'rolsuper'))).toBeUndefined()
    expect(changeOfStep(effect(a!, b!))).toBeUndefined()
  })
  it('finds the step again by what the address says', () => {
    const r = routesOfPaths([{ ...path(a!, b!), edges: [effect(a!, b!, { proof: [{ ref: 'p', statement: '0', effect: 'allow', text: '' }] })] }])
    const found = answerOf(asked(read(raw({ from: 'a', to: 'b' }))), answer({ ...path(a!, b!), edges: r[0]!.steps }), 'a', 'b')
    expect(changeOf(changeKey(r[0]!.steps[0]!), undefined, found)?.change).toEqual({ schema: 'drover/v1/change', remove: [{ ref: 'p', statement: 0 }] })
    expect(changeOf('owns nobody nothing', undefined, found)).toBeUndefined()
    expect(changeOf('cut', undefined, found)).toBeUndefined()
  })
})

describe('tables and hits', () => {
  it('has each step once with the ways that it is on', () => {
    const [a, b, c, d] = [node('a'), node('b'), node('c'), node('d')]
    const t = twinOfRoutes(routesOfPaths([path(a!, b!, c!), path(a!, b!, d!)]))
    expect(t.rows).toHaveLength(3)
    expect(t.rows[0]).toContain('1, 2')
  })
  it('offers only what can stand at an end', () => {
    expect(hitsOf({ groups: [{ group: 'identities', hits: [{ id: '1', name: 'x', type: 't' }] }, { group: 'checks', hits: [{ id: '2', name: 'y' }] }, { group: 'roles', hits: null }] })).toEqual([{ id: '1', name: 'x', kind: 'identity', type: 't' }])
    expect(hitsOf(undefined)).toEqual([])
  })
})

describe('an answer that is still here', () => {
  it('is none to another kind of question', () => {
    const kinds = ['paths', 'blast', 'creators', 'deps', 'agents'] as const
    const data = { paths: 'paths', blast: 'blast', creators: 'creators', deps: 'deps', agents: 'edges' }
    for (const asked of kinds) for (const had of kinds) expect(fits(asked, { schema: 'drover/v1/' + data[had] }), `${had} for ${asked}`).toBe(asked === had)
    for (const nothing of [undefined, null, 'text', {}]) expect(fits('paths', nothing)).toBe(false)
  })
  it('says of what was not worked out that it is not known', () => {
    expect(ownUnknown({ not_analysed: [{ system: 'github', what: 'its own grants', why: 'no evaluator', rows: 1 }] })).toBe('no evaluator')
    expect(ownUnknown({ not_analysed: [{ system: 'aws', what: 'service control policies', why: 'not read', rows: 1 }] })).toBeUndefined()
    expect(ownUnknown({ not_analysed: null })).toBeUndefined()
    expect(ownUnknown(undefined)).toBeUndefined()
  })
})

describe('what falls besides the ends of the ways', () => {
  const blast = (resources: number, identities: number) => ({ reach: { resources, identities } }) as never
  it('adds up to the headline', () => {
    const [a, db, other] = [node('a'), { ...node('db', true), kind: 'resource' }, node('other')]
    const routes = routesOfPaths([path(a, db), path(a, other, db), path(a, other)])
    expect(othersOf(blast(4, 146), routes)).toMatchObject({ resources: 3, identities: 145 })
    expect(othersOf(blast(4, 146), [])).toMatchObject({ resources: 4, identities: 146 })
    expect(othersOf(blast(1, 1), routes)).toMatchObject({ resources: 0, identities: 0 })
  })
})
