import { describe, expect, it } from 'vitest'
import { mapOfSent, takeNames } from './sentmap'
import type { SentMap } from './types'

const sent: SentMap = {
  schema: 'drover/v1/map', layout: 'm', generation: 7, catalogues: [], not_analysed: [], kinds: ['identity'], kind: [0, 0, 0, 0], types: ['x.role'], type: [0, 0, 0, 0], tier0: [0], grid: 4095, x: [0, 4095, 0, 0], y: [0, 0, 4095, 0], size: [2, 2, 1, 1],
  edges: [2, 1, 2, 0, 1, -1, 0], named: [0, 2], ids: ['a', 'c'], names: ['the a', 'the c'], total: 4, note: '',
}

describe('the large map as it is sent', () => {
  it('has its places, edges and the names of what stands out', () => {
    const m = mapOfSent(sent)
    expect(m.ids).toEqual(['a', '', 'c', ''])
    expect(m.names).toEqual(['the a', '', 'the c', ''])
    expect(m.edges).toEqual([0, 1, 0, 3, 2, 1])
    expect(m.x).toEqual([0, 1, 0, 0])
    expect(m.y[2]).toBe(1)
  })

  it('takes names of its own layout, each once', () => {
    const m = mapOfSent(sent)
    const names = { schema: '', layout: 'm', generation: 7, catalogues: [], not_analysed: [], places: [1, 2, 99], ids: ['b', 'x', 'y'], names: ['the b', 'x', 'y'] }
    expect(takeNames(m, { ...names, layout: 'n' })).toEqual([])
    expect(takeNames(m, names)).toEqual([1])
    expect(takeNames(m, names)).toEqual([])
    expect(m.ids).toEqual(['a', 'b', 'c', ''])
  })
})
