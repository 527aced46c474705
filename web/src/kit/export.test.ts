import { describe, expect, it } from 'vitest'
import { toMarkdown } from './export'

describe('Markdown', () => {
  it('is a table of the columns', () => {
    expect(toMarkdown(['Name', 'Risk'], [['svc-bi-export', 94], ['b', null]])).toBe('| Name | Risk |\n| --- | --- |\n| svc-bi-export | 94 |\n| b |  |\n')
  })

  it('keeps what a scanned system wrote in its cell, as text', () => {
    const hostile = ['a|b', 'line\nbreak', '`code`', '[x](https://evil.example)', '![i](x)', '<img src=x onerror=alert(1)>', '&lt;b&gt;', '\\| pipe', '*b* _i_ ~s~', 'www.evil.example', 'http://evil.example', '@team', '$x$', '\u202eevil', 'a\u0000b', '# head', '\u2028next']
    const table = toMarkdown(['c'], hostile.map((text) => [text]))
    const lines = table.trimEnd().split('\n')
    expect(lines).toHaveLength(2 + hostile.length)
    for (const line of lines.slice(2)) {
      const inner = line.slice(2, -2)
      // Nothing that acts is left without what takes its force, and no character that cannot be seen.
      expect(inner.replace(/\\[\\`*_{}[\]()#+!|~$^=@:.]/g, '').replace(/&(amp|lt|gt);/g, '')).not.toMatch(/[\\`*_{}[\]<>()#+!|~&$^=@:]/)
      expect(inner).not.toMatch(/www\.|[\u0000-\u001f\u202e\u2028]/)
    }
    expect(lines[2]).toBe('| a\\|b |')
  })

  it('cuts what has no end', () => {
    expect(toMarkdown(['c'], [['x'.repeat(100_000)]]).length).toBeLessThan(1100)
  })
})
