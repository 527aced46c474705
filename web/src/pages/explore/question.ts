import { useMemo } from 'react'
import type { Problem } from '@/api/client'
import { useApi } from '@/api/hooks'
import { cutStep, routesOf, routesOfCreators, routesOfDeps, type Route, type Step } from '@/graph/routes'
import type { Age, BlastAnswer, CreatorsAnswer, CutAnswer, CutOption, DepsAnswer, Gap, NodeRef, PathsAnswer } from '@/graph/types'
import { explore as t } from '@/text/explore'
import { visible } from '@/kit/format'
import { anyIdentity, isFilter, nonProduction, production, type Explored } from './state'

/** One question as it goes to the server: the same thing as path, command and words. */
export interface Asked {
  kind: 'paths' | 'blast' | 'creators' | 'deps' | 'agents' | 'none'
  path: string
  params: Record<string, string | number | undefined>
  cli: string
  from: string
  to: string
}

const quoted = (s: string) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(s) ? s : `'${s.replace(/'/g, `'\\''`)}'`)

export function asked(s: Explored): Asked {
  const max = s.maxHops || undefined
  const hops = max ? ` --max-hops ${max}` : ''
  const one = encodeURIComponent(s.from)
  if (s.question === 'agents') return { kind: 'agents', path: '/edges', params: { filter: 'kind=delegates_to', page_size: 200 }, cli: "drover list edges 'kind=delegates_to'", from: '', to: '' }
  if (s.question === 'origin') return s.from ? { kind: 'creators', path: `/identities/${one}/creators`, params: {}, cli: `drover creators ${quoted(s.from)}`, from: s.from, to: '' } : none
  if (s.question === 'breaks') return s.from ? { kind: 'deps', path: `/identities/${one}/dependents`, params: {}, cli: `drover deps ${quoted(s.from)}`, from: s.from, to: '' } : none
  if (s.from && !s.to && !isFilter(s.from)) return { kind: 'blast', path: `/identities/${one}/blast-radius`, params: { max_hops: max, limit: 100 }, cli: `drover blast-radius ${quoted(s.from)} --limit 100${hops}`, from: s.from, to: '' }
  if (!s.from && !s.to) return none
  const from = s.from || anyIdentity
  const to = s.to || 'tier0'
  return { kind: 'paths', path: '/paths', params: { from, to, limit: 100, max_hops: max }, cli: `drover path --from ${quoted(from)} --to ${quoted(to)} --limit 100${hops}`, from, to }
}

const none: Asked = { kind: 'none', path: '', params: {}, cli: 'drover path --from A --to B', from: '', to: '' }

/** Answered is one answer in the one form that list, lanes and tables are made of. */
export interface Answered {
  routes: Route[]
  more: boolean
  gaps: Gap[]
  title: string
  /** The thing that was asked about, where it is one. */
  subject: NodeRef | undefined
  blast: BlastAnswer | undefined
  /** Red is for risks; makers and dependents are none. */
  risky: boolean
  /** The start is itself a target, so no way has to lead there. */
  startIsTarget: boolean
  generation: number
  raw: unknown
}

interface EdgesAnswer {
  generation: number
  total_size?: number
  items: { from: string; to: string; from_name: string; to_name: string; kind: string; technique: string; grade: string; proof: string }[]
}

export function useAnswer(s: Explored) {
  const ask = useMemo(() => asked(s), [s])
  // Of an estate in which nothing was read yet nothing is asked: every name would be unknown to it.
  const estate = useApi<{ generation: number }>('/summary', {}, { staleTime: 60_000, enabled: ask.kind !== 'none' })
  const unread = estate.data?.generation === 0
  const query = useApi<unknown>(ask.path, ask.params, { enabled: ask.kind !== 'none' && !estate.isPending && !unread, keep: true })
  const whoLabel = useLabel(ask.kind === 'paths' ? ask.to : '')
  const fromLabel = useLabel(ask.kind === 'paths' ? ask.from : '')
  // While the next answer is on its way the last one is still here: of another kind of question it is none.
  const data = ask.kind !== 'none' && fits(ask.kind, query.data) ? query.data : undefined
  const found = useMemo(() => (data === undefined ? undefined : answerOf(ask, data, fromLabel, whoLabel)), [ask, data, fromLabel, whoLabel])
  const subject = found?.blast && reachesNothing(found.blast) ? found.blast.subject : undefined
  const own = useApi<Age>(`/identities/${encodeURIComponent(subject?.id ?? '')}/grants`, {}, { enabled: subject !== undefined })
  const why = ownUnknown(own.data)
  const answer = useMemo(() => (found && subject && why !== undefined ? { ...found, title: t.sentence.reachUnknown(visible(subject.name), visible(why, 200)) } : found), [found, subject, why])
  return { ask, answer, unread, loading: query.isPending && ask.kind !== 'none', stale: query.isPlaceholderData, problem: query.error as Problem | null, retry: () => void query.refetch() }
}

const schemas: Record<Asked['kind'], string> = { paths: 'paths', blast: 'blast', creators: 'creators', deps: 'deps', agents: 'edges', none: '' }

/** fits says whether data answers that kind of question. */
export const fits = (kind: Asked['kind'], data: unknown) => typeof data === 'object' && data !== null && (data as { schema?: string }).schema === 'drover/v1/' + schemas[kind]

export const reachesNothing = (a: BlastAnswer) => a.reach.resources + a.reach.identities === 0

/** ownUnknown says why it is not known what a thing was given by itself; undefined: it is known. Then nothing seen is not nothing. */
export const ownUnknown = (grants: Pick<Age, 'not_analysed'> | undefined) => grants?.not_analysed?.find((gap) => gap.what === 'its own grants')?.why

const named = new Map([[nonProduction, t.nonProduction], [production, t.production]])

/** useLabel is the name of what stands in a box: ids are for addresses, names for people. */
export function useLabel(text: string): string {
  const id = /^[a-z]{3}_[0-9a-z]{13}$/.test(text)
  const node = useApi<{ item?: { name: string } }>('/nodes/' + encodeURIComponent(text), {}, { enabled: id })
  return visible(id ? (node.data?.item?.name ?? text) : named.get(text) ?? text.replace(/^tier([0-3])$/, 'tier $1'))
}

export function answerOf(ask: Asked, data: unknown, from: string, to: string): Answered {
  const rest = { more: false, subject: undefined, blast: undefined, risky: true, startIsTarget: false, raw: data }
  switch (ask.kind) {
    case 'blast': {
      const a = data as BlastAnswer
      const title = t.sentence.reach(visible(a.subject.name), a.reach.resources, a.reach.tier0, a.reach.identities)
      return { ...rest, routes: routesOf(a), gaps: a.not_analysed ?? [], title, subject: a.subject, blast: a, generation: a.generation }
    }
    case 'creators': {
      const a = data as CreatorsAnswer
      const routes = routesOfCreators(a)
      return { ...rest, routes, gaps: a.not_analysed ?? [], title: t.sentence.origin(visible(a.subject.name), routes.length, a.human), subject: a.subject, risky: false, generation: a.generation }
    }
    case 'deps': {
      const a = data as DepsAnswer
      return { ...rest, routes: routesOfDeps(a), gaps: a.not_analysed ?? [], title: t.sentence.breaks(visible(a.subject.name), a.things), subject: a.subject, risky: false, more: a.total > (a.items ?? []).length, generation: a.generation }
    }
    case 'agents': {
      const a = data as EdgesAnswer
      return { ...rest, routes: routesOfEdges(a.items), gaps: [], title: t.sentence.agents(a.items.length), generation: a.generation }
    }
    default: {
      const a = data as PathsAnswer
      const routes = routesOf(a)
      const sources = new Set(routes.map((r) => r.nodes[0]!.id)).size
      const title = ask.from === anyIdentity ? t.sentence.who(to, routes.length, sources) : t.sentence.path(from, to, routes.length)
      return { ...rest, routes, more: a.more, gaps: a.not_analysed ?? [], title, startIsTarget: routes.length === 0 && ask.to === 'tier0', generation: a.generation }
    }
  }
}

const systemOf = (ref: string) => ref.split('/')[0] ?? ''

/** routesOfEdges joins single steps into ways: from whom nothing leads to, on to where nothing leads on. */
export function routesOfEdges(items: EdgesAnswer['items']): Route[] {
  const node = (ref: string, name: string): NodeRef => ({ id: ref, ref, name, kind: 'identity', type: systemOf(ref) + '.' + (ref.split('/')[2] ?? ''), env: null, tier0: false })
  const steps = items.map((e): Step => ({ ...e, title: '', cite: '', level: '', condition: null, proof: e.proof ? [{ ref: e.from, statement: '', effect: '', text: e.proof }] : [], also: [] }))
  const out = new Map<string, Step[]>()
  for (const s of steps) out.set(s.from, [...(out.get(s.from) ?? []), s])
  const led = new Set(steps.map((s) => s.to))
  const routes: Route[] = []
  const used = new Set<Step>()
  const go = (way: Step[], seen: Set<string>) => {
    const last = way[way.length - 1]!
    used.add(last)
    const next = (out.get(last.to) ?? []).filter((s) => !seen.has(s.to))
    if (next.length === 0 || way.length >= 12) {
      const nodes = [node(way[0]!.from, way[0]!.from_name), ...way.map((s) => node(s.to, s.to_name))]
      const proven = way.every((s) => s.grade === 'proven')
      routes.push({ key: way.map((s) => s.from + '>' + s.to).join(' '), nodes, steps: way, grade: proven ? 'proven' : 'inferred', severity: 'medium', because: 'one agent acts through another', variant: false })
      return
    }
    for (const s of next) if (routes.length < 300) go([...way, s], new Set([...seen, s.to]))
  }
  for (const s of steps) if (!led.has(s.from)) go([s], new Set([s.from, s.to]))
  for (const s of steps) if (!used.has(s)) go([s], new Set([s.from, s.to]))
  return routes.sort((a, b) => b.steps.length - a.steps.length || (a.key < b.key ? -1 : 1))
}

/** useCut finds the cheapest cut; a blast radius has brought its own. */
export function useCut(ask: Asked, answer: Answered | undefined) {
  const own = answer?.blast?.cut
  const wanted = ask.kind === 'paths' && (answer?.routes.length ?? 0) > 0
  const query = useApi<CutAnswer>('/cut', { from: ask.from === anyIdentity ? undefined : ask.from, to: ask.to, limit: 3 }, { enabled: wanted, keep: false })
  const option: CutOption | undefined = own ?? query.data?.options?.[0] ?? undefined
  const step = useMemo(() => (answer ? cutStep(answer.routes, option) : undefined), [answer, option])
  return { option, step, loading: wanted && query.isPending }
}
