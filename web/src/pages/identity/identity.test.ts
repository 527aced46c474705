import { describe, expect, it } from 'vitest'
import { isOpen, makersOf, subjectsOf } from './data'

const edge = (kind: string, direction: string, ref: string) => ({ kind, direction, ref }) as never

describe('findings of a past moment', () => {
  it('are asked for of the thing, what it is seen as and its credentials', () => {
    const detail = { item: { ref: 'x/1/role/a' } as never, members: [{ ref: 'x/1/role/a' }, { ref: 'y/1/user/a' }] as never, edges: [edge('authenticates', 'in', 'x/1/password/a'), edge('authenticates', 'out', 'x/1/other'), edge('runs_as', 'in', 'm/1/job/j')] }
    expect(subjectsOf(detail)).toEqual(['x/1/role/a', 'y/1/user/a', 'x/1/password/a'])
    expect(subjectsOf({ item: { ref: 'a' } as never, members: null as never, edges: null as never })).toEqual(['a'])
  })
  it('counts what holds and is not accepted', () => expect(['open', 'regressed', 'unchecked', 'accepted', 'fixed'].filter((state) => isOpen({ state }))).toEqual(['open', 'regressed', 'unchecked']))
})

describe('who made it', () => {
  const maker = (name: string, created: string, how: string, depth: number) => ({ id: '', ref: 'hr/' + name, name, kind: 'human', type: 'hr.person', env: null, tier0: false, created, how, depth, grade: 'proven', proof: '' })
  it('puts the owner of the maker under the maker, never under the thing', () => {
    const subject = { id: 'i', ref: 'pg/role', name: 'svc', kind: 'identity', type: 'x.t', env: null, tier0: true }
    const chain = [maker('Priya', 'pg/role', 'created', 1), maker('Omar', 'hr/Priya', 'owns', 2), maker('Ada', 'hr/Omar', 'owns', 3), maker('Lost', 'hr/elsewhere', 'created', 2)]
    expect(makersOf({ subject, chain }).map((m) => [m.level, m.one.name, m.one.how, m.of])).toEqual([
      [0, 'Priya', 'created', 'svc'], [1, 'Omar', 'manages', 'Priya'], [2, 'Ada', 'manages', 'Omar'], [1, 'Lost', 'created', 'hr/elsewhere'],
    ])
    const round = [maker('A', 'hr/B', 'created', 2), maker('B', 'hr/A', 'created', 1)]
    expect(makersOf({ subject: { ...subject, ref: 'hr/A' }, chain: round }).length).toBe(2)
  })
})
