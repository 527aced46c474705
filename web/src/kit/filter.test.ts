import { describe, expect, it } from 'vitest'
import { both, choiceOf, choose, formatTerms, inScope, parseTerms, quote } from './filter'

describe('filter text and clicks', () => {
  const roundTrips = [
    '', 'env=prod', 'env=prod,dev', 'env=prod owner=none', '-env=dev', 'tier:unknown', '-tier:unknown', 'last_used>90d', 'risk>=70', 'name=svc-*', 'arn:aws:iam::1:role/x', 'source=demo.aws',
    'attrs.rolsuper=true', 'name="a b"', 'name="say \\"hi\\""', 'svc-bi', '"two words"', '(env=prod OR owner=none) tier=0', 'alias="arn:aws:iam::111122223333:role/ci"', 'created>2026-01-31',
  ]
  it.each(roundTrips)('keeps %s', (text) => {
    const terms = parseTerms(text)
    expect(terms).not.toBeNull()
    const again = parseTerms(formatTerms(terms!))
    expect(again!.map(({ raw: _, ...term }) => term)).toEqual(terms!.map(({ raw: _, ...term }) => term))
  })
  it.each(['env=prod OR owner=none', 'name="open', 'env=', '(env=prod', 'a ! b'])('leaves %s to the server', (text) => expect(parseTerms(text)).toBeNull())
  it('reads AND and NOT as what they mean', () => {
    expect(parseTerms('env=prod AND NOT owner=none')).toMatchObject([{ field: 'env', negated: false }, { field: 'owner', values: ['none'], negated: true }])
  })
  it('chooses, excludes and lets go of values', () => {
    let terms = parseTerms('last_used>90d')!
    terms = choose(terms, 'env', 'prod', 'in')
    terms = choose(terms, 'env', 'dev', 'in')
    expect(formatTerms(terms)).toBe('last_used>90d env=prod,dev')
    terms = choose(terms, 'env', 'dev', 'out')
    expect(formatTerms(terms)).toBe('last_used>90d env=prod -env=dev')
    expect([choiceOf(terms, 'env', 'prod'), choiceOf(terms, 'env', 'dev'), choiceOf(terms, 'env', 'qa')]).toEqual(['in', 'out', undefined])
    terms = choose(choose(terms, 'env', 'dev', undefined), 'env', 'prod', undefined)
    expect(formatTerms(terms)).toBe('last_used>90d')
  })
  it('tells unknown from a value of that name', () => {
    const terms = choose([], 'env', 'unknown', 'in', true)
    expect(formatTerms(terms)).toBe('env:unknown')
    expect(choiceOf(parseTerms('env:unknown')!, 'env', 'unknown', true)).toBe('in')
    expect(choiceOf(parseTerms('env:unknown')!, 'env', 'prod')).toBeUndefined()
  })
  it('quotes what the grammar would take apart', () => {
    expect(['prod', 'a b', 'x,y', '-x', 'NOT', '', 'he"y', 'arn:aws:s3'].map(quote)).toEqual(['prod', '"a b"', '"x,y"', '"-x"', '"NOT"', '""', '"he\\"y"', 'arn:aws:s3'])
  })
  it('survives hostile values', () => {
    for (const value of ['a\u202eb', '"); drop', "it's", 'ü', '\\', '\u0000', '(', 'a=b', '<x>']) {
      const text = formatTerms(choose([], 'name', value, 'in'))
      expect(choiceOf(parseTerms(text)!, 'name', value)).toBe('in')
    }
  })
  it('joins two filters so that both hold', () => {
    expect([both('', 'env=prod'), both('a=1', ''), both('a=1', 'b=2'), both('a=1 OR b=2', 'env=prod')]).toEqual(['env=prod', 'a=1', 'a=1 b=2', '(a=1 OR b=2) env=prod'])
  })
  it('offers no other environment where the page is held to one', () => {
    const facets = { env: [{ value: 'prod' }, { value: 'dev' }], owner: [{ value: 'ana' }] }
    expect(inScope(facets, 'dev')).toEqual({ ...facets, env: [{ value: 'dev' }] })
    expect(inScope(facets, '')).toBe(facets)
    expect(inScope(undefined, 'dev')).toBeUndefined()
  })
})
