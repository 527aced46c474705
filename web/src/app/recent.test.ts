import { describe, expect, it } from 'vitest'
import { changed, undoLeft } from './Recent'

const op = (kind: string, state: string, undo_until: string | null) => ({ id: kind, kind, state, undo_until }) as Parameters<typeof changed>[0][number]

describe('recent changes', () => {
  it('are what a person decided, not scans', () => expect(changed([op('scan', 'done', null), op('identity.tag', 'done', null), op('finding.accept', 'undone', null), op('demo.load', 'done', null)]).map((one) => one.kind)).toEqual(['identity.tag', 'finding.accept']))
  it('can be taken back as long as their time lasts', () => {
    const now = Date.parse('2026-11-23T10:00:00Z')
    expect(undoLeft(op('identity.tag', 'done', '2026-11-23T10:05:00Z'), now)).toBe(300_000)
    expect(undoLeft(op('identity.tag', 'done', '2026-11-23T09:59:00Z'), now)).toBe(0)
    expect(undoLeft(op('identity.tag', 'undone', '2026-11-23T10:05:00Z'), now)).toBe(0)
    expect(undoLeft(op('identity.tag', 'done', null), now)).toBe(0)
  })
})
