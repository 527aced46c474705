import { describe, expect, it } from 'vitest'
import { formatQuery, parseQuery } from './url'
import { linkToHere } from './share'
import { keepScope } from './scope'
import { resolve } from './theme'

describe('state in the address', () => {
  it.each([{ filter: 'env=prod owner=none' }, { filter: '(a=1 OR b=2) c>3d', sort: '-risk', cols: 'name,risk' }, { panel: 'idn_1', as_of: '2026-06-30T00:00:00Z' }, { filter: 'name="a&b#c?d+e%"' }, { filter: 'ü\u202e"\'' }])('reads back %j', (query) => expect(parseQuery(formatQuery(query))).toEqual(query))
  it('is readable and leaves out what is empty', () => expect(formatQuery({ filter: 'env=prod,dev reach:tag', sort: '', x: undefined })).toBe('?filter=env%3Dprod,dev+reach:tag'))
  it('keeps moment and environment from page to page', () => expect(keepScope({ as_of: '7d', env: 'prod', filter: 'x', panel: 'y' })).toEqual({ as_of: '7d', env: 'prod' }))
  it('pins the moment of a shared link, unless it is to live', () => {
    history.replaceState(null, '', '/identities?filter=env%3Dprod')
    const now = new Date('2026-11-22T12:00:00.123Z')
    expect(new URL(linkToHere(false, now)).searchParams.get('as_of')).toBe('2026-11-22T12:00:00Z')
    expect(new URL(linkToHere(true, now)).searchParams.get('as_of')).toBeNull()
    history.replaceState(null, '', '/identities?as_of=7d')
    expect(new URL(linkToHere(false, now)).searchParams.get('as_of')).not.toBe('')
  })
  it('resolves themes', () => expect([resolve('system', true, false), resolve('light', true, true), resolve('contrast', false, false), resolve('system', false, true)]).toEqual([{ scheme: 'dark', high: false }, { scheme: 'light', high: false }, { scheme: 'light', high: true }, { scheme: 'light', high: true }]))
})
