import { describe, expect, it } from 'vitest'
import { percent, pieces, plural, relative, span, visible } from './format'
import { toCSV } from './export'
import { shell } from './ShowAs'

const day = 86_400_000

describe('hostile strings', () => {
  it.each([
    ['a\u202eb', 'a[RLO]b'], ['\u200bx', '[ZWSP]x'], ['a\nb\tc', 'a[↵]b[⇥]c'], ['\u001b[31m', '[U+001B][31m'], ['\u0000', '[U+0000]'], ['\u2066x\u2069', '[LRI]x[PDI]'], ['\u{e0041}', '[U+E0041]'],
    ['plain', 'plain'], ['Müller 山', 'Müller 山'], ['<b>&amp;', '<b>&amp;'], ['\ud800', '[U+D800]'], ['so\u00adft', 'so[U+00AD]ft'],
  ])('shows %j as text', (value, want) => expect(visible(value)).toBe(want))
  it('marks the characters that act', () => expect(pieces('a\u202eb')).toEqual([{ text: 'a' }, { text: 'RLO', control: 'U+202E' }, { text: 'b' }]))
  it('bounds what is shown', () => expect(visible('x'.repeat(100_000)).length).toBe(2001))
  it('keeps spreadsheets from running cells', () => expect(toCSV(['a'], [['=1+1'], ['+x'], ['-x'], ['@x'], ['\tx'], ['say "hi", you'], [3], [null]])).toBe('a\r\n\'=1+1\r\n\'+x\r\n\'-x\r\n\'@x\r\n\'\tx\r\n"say ""hi"", you"\r\n3\r\n\r\n'))
  it('quotes for a shell', () => expect(["a'b", 'env=prod', 'a b', '$(x)'].map(shell)).toEqual(["'a'\\''b'", 'env=prod', "'a b'", "'$(x)'"]))
})

describe('words for numbers and times', () => {
  it('tells distances', () => expect([30_000, 5 * 60_000, 40 * 3_600_000, 50 * 3_600_000, 971 * day, 1500 * day].map(span)).toEqual(['30s', '5m', '40h', '2d', '971d', '4.1y']))
  it('tells past from future', () => {
    const now = Date.parse('2026-11-22T12:00:00Z')
    expect([relative('2026-11-20T12:00:00Z', now), relative('2026-11-25T12:00:00Z', now), relative('nonsense', now)]).toEqual(['2d ago', 'in 3d', 'nonsense'])
  })
  it('never calls nearly all all', () => expect([percent(2423, 2433), percent(1, 900), percent(0, 5), percent(5, 5), percent(1, 0)]).toEqual(['>99%', '<1%', '0%', '100%', '–']))
  it('counts one and many', () => expect([plural(1, 'key', 'keys'), plural(0, 'key', 'keys'), plural(2, 'key', 'keys')]).toEqual(['1 key', '0 keys', '2 keys']))
})
