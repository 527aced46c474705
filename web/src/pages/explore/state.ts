import { useMemo } from 'react'
import { useUrl } from '@/app/url'
import { formatView, parseView, type View } from '@/graph/Stage'

/** What is asked. "ways" is whatever From and To make of it. */
export type Question = 'ways' | 'origin' | 'breaks' | 'agents'
export type Drawing = 'lanes' | 'rings' | 'matrix' | 'map'

// Every state of the page is in its address: Back leads through all of it.
const defaults = { q: 'ways', from: '', to: '', view: '', table: '', way: '1', sel: '', focus: '', open: '', hide: '', hops: '', at: '', if: '', names: '', ask: '' }

export type Raw = typeof defaults
type Patch = Partial<Record<keyof Raw, string>>

export interface Explored {
  question: Question
  from: string
  to: string
  drawing: Drawing
  table: boolean
  /** Index of the selected way; undefined: none. */
  way: number | undefined
  selected: string
  focus: string
  open: ReadonlySet<string>
  hidden: ReadonlySet<string>
  maxHops: number
  view: View | undefined
  /** The change that is tried: "cut", or a step by its ends and kind. */
  change: string
  hideNames: boolean
  /** The question that was chosen before its thing was. */
  pending: Preset | undefined
}

const list = (text: string) => new Set(text.split(',').filter(Boolean))
const questions: readonly string[] = ['ways', 'origin', 'breaks', 'agents']
const drawings: readonly string[] = ['lanes', 'rings', 'matrix', 'map']

export function read(raw: Raw): Explored {
  const way = Number.parseInt(raw.way, 10)
  const question = (questions.includes(raw.q) ? raw.q : 'ways') as Question
  return {
    question,
    from: raw.from,
    to: raw.to,
    drawing: (drawings.includes(raw.view) ? raw.view : 'lanes') as Drawing,
    table: raw.table === '1',
    way: way > 0 ? way - 1 : undefined,
    selected: raw.sel,
    focus: raw.focus,
    open: list(raw.open),
    hidden: list(raw.hide),
    maxHops: Math.max(0, Math.min(20, Number.parseInt(raw.hops, 10) || 0)),
    view: parseView(raw.at),
    change: raw.if,
    hideNames: raw.names === '0',
    pending: (presets as readonly string[]).includes(raw.ask) ? (raw.ask as Preset) : undefined,
  }
}

/** What belongs to one answer and goes when another is asked for. */
const fresh: Patch = { way: '1', sel: '', focus: '', open: '', at: '', if: '', ask: '' }

export function useExplored() {
  const [raw, set] = useUrl(defaults)
  const state = useMemo(() => read(raw), [raw])
  const acts = useMemo(() => {
    const toggle = (text: string, id: string, on: boolean) => {
      const all = list(text)
      if (on) all.add(id)
      else all.delete(id)
      return [...all].join(',')
    }
    return {
      ask: (patch: Patch) => set({ ...fresh, ...patch }),
      draw: (view: Drawing) => set({ view: view === 'lanes' ? '' : view, at: '', table: '' }),
      table: (on: boolean) => set({ table: on ? '1' : '' }),
      way: (i: number | undefined) => set({ way: i === undefined ? '0' : String(i + 1) }),
      choose: (id: string) => set({ sel: id }),
      focus: (id: string) => set({ focus: id }),
      expand: (id: string, on: boolean) => set({ open: toggle(raw.open, id, on) }),
      hide: (kind: string, on: boolean) => set({ hide: toggle(raw.hide, kind, on), at: '' }),
      showAll: () => set({ hide: '', hops: '' }),
      hops: (n: number) => set({ hops: n > 0 ? String(n) : '', at: '' }),
      look: (v: View | undefined) => set({ at: v ? formatView(v) : '' }),
      tryChange: (change: string) => set({ if: change, at: '' }),
      names: (hide: boolean) => set({ names: hide ? '0' : '' }),
      reverse: () => set({ ...fresh, from: raw.to, to: raw.from }),
    }
  }, [raw, set])
  return [state, acts] as const
}

export type Acts = ReturnType<typeof useExplored>[1]

/** Whether a text is a filter rather than the name of one thing. A ref has slashes and colons, too, but begins with its system. */
export const isFilter = (text: string) => /^\s*(tier\s*[0-3]|[\w.]+\s*(<=|>=|!=|=|<|>))/i.test(text) || /^\s*(tag|name|owner|reach|type|env|kind):/i.test(text) || /\s(AND|OR)\s/.test(text)

export const nonProduction = 'env=dev,test,qa,staging,uat,sit,sandbox,lab,poc,demo,perf,nonprod'
export const production = 'env=prod'
export const anyIdentity = 'kind=identity'

export type Preset = 'who' | 'reach' | 'origin' | 'breaks' | 'agents' | 'envs'
export const presets: readonly Preset[] = ['who', 'reach', 'origin', 'breaks', 'agents', 'envs']

/** presetOf names the preset that the state is an answer to; undefined: From and To were both given. */
export function presetOf(s: Pick<Explored, 'question' | 'from' | 'to' | 'pending'>): Preset | undefined {
  if (s.question !== 'ways') return s.question
  if (s.from === nonProduction && s.to === production) return 'envs'
  if (s.from && !s.to) return 'reach'
  if (s.to && !s.from) return 'who'
  return s.from ? undefined : s.pending
}

/** presetPatch keeps the thing that was asked about when another question about it is chosen. */
export function presetPatch(p: Preset, s: Pick<Explored, 'from' | 'to'>): Patch {
  const filters = s.from === nonProduction || s.to === production
  const x = filters ? '' : s.from && !isFilter(s.from) ? s.from : s.to && !isFilter(s.to) ? s.to : ''
  switch (p) {
    case 'who':
      return { q: 'ways', from: '', to: x || (filters ? '' : s.to) || 'tier0' }
    case 'reach':
      return { q: 'ways', from: x || (filters ? '' : s.from), to: '', ask: p }
    case 'origin':
    case 'breaks':
      return { q: p, from: x, to: '' }
    case 'agents':
      return { q: 'agents', from: '', to: '' }
    case 'envs':
      return { q: 'ways', from: nonProduction, to: production }
  }
}
