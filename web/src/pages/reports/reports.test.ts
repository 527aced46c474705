import { describe, expect, it } from 'vitest'
import { numbers } from './numbers'
import type { Report } from './types'

const base: Report = { report: 'x', title: 'x', at: '2026-01-01T00:00:00Z', generation: 1, unknowns: null }
const share = (n: number, of: number, unknown: number) => ({ question: 'How many?', n, of, unknown })

describe('numbers of a report', () => {
  it('is empty without parts', () => expect(numbers(base)).toEqual([]))
  it('does not call what was never checked zero', () => {
    const rows = numbers({ ...base, posture: { checked_at: null, checks: 0, clean: share(0, 0, 0), severities: [{ severity: 'critical', open: 0, accepted: 0 }] } })
    expect(rows.slice(0, 3).map((row) => row.value)).toEqual([null, null, null])
  })
  it('keeps what is unknown beside what is known', () => {
    const q = share(3, 10, 4)
    const rows = numbers({ ...base, questions: { many: q, humans: 2, ratio: null, monitored: q, owned: q, appropriate: q } })
    expect(rows[0]).toEqual({ name: 'How many?', value: '3 of 10', unknown: 4 })
    expect(rows[2].value).toBeNull()
  })
})
