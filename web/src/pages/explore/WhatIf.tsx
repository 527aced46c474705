import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useScope } from '@/app/scope'
import { write, type Problem } from '@/api/client'
import { routesOf, type Route, type Step } from '@/graph/routes'
import type { BlastAnswer, CutOption, PathsAnswer, Span, WhatIfAnswer } from '@/graph/types'
import { Button, Icon } from '@/kit'
import { count, visible } from '@/kit/format'
import { explore as t } from '@/text/explore'
import { say } from '@/graph/verbs'
import type { Answered, Asked } from './question'

export interface Trial {
  /** The change in words; empty when nothing is tried. */
  what: string
  /** Before and after together, gone ones in their old place; undefined when nothing is tried. */
  routes: Route[] | undefined
  fate: ReadonlyMap<string, 'gone' | 'stays' | 'new'> | undefined
  spans: { name: string; span: Span }[]
  loading: boolean
  problem: Problem | null
}

/** The change that the address names: the offered cut, or one step taken away. */
export function changeOf(text: string, option: CutOption | undefined, answer: Answered | undefined): { change: unknown; what: string } | undefined {
  if (text === 'cut') return option ? { change: option.change, what: option.what } : undefined
  const step = answer?.routes.flatMap((r) => r.steps).find((s) => changeKey(s) === text)
  const change = step && changeOfStep(step)
  return step && change ? { change, what: t.whatIf.step(step.from_name, step.words ?? say(step), step.to_name) } : undefined
}

/** changeKey names a step in an address. */
export const changeKey = (s: Step) => [s.kind, s.from, s.to].join(' ')

/**
 * changeOfStep is what would take a step away, read from what decides it: a
 * statement by its number, a stored edge by its ends, a binding by itself. Undefined
 * where the record names nothing that could be removed, such as an attribute.
 */
export function changeOfStep(s: Step): { schema: string; remove: unknown[] } | undefined {
  const schema = 'drover/v1/change'
  for (const p of s.proof ?? []) {
    if (p.effect === 'deny') continue
    if (/^\d+$/.test(p.statement)) return { schema, remove: [{ ref: p.ref, statement: Number(p.statement) }] }
    if (p.statement.startsWith(s.kind + ' ')) return { schema, remove: [{ from: s.from, to: s.to, kind: s.kind }] }
    if (p.statement === '' && p.ref !== s.from && p.ref !== s.to) return { schema, remove: [{ ref: p.ref }] }
  }
  return undefined
}

/** useWhatIf asks the same question as if a change were made, and says what became of each way. */
export function useWhatIf(ask: Asked, answer: Answered | undefined, text: string, option: CutOption | undefined): Trial {
  const { asOf } = useScope()
  const tried = useMemo(() => (text ? changeOf(text, option, answer) : undefined), [text, option, answer])
  const body = { change: tried?.change, ...(ask.kind === 'blast' ? { id: ask.from } : { from: ask.from, to: ask.to }) }
  const params = { max_hops: ask.params.max_hops, as_of: asOf || undefined }
  const query = useQuery<WhatIfAnswer, Problem>({
    queryKey: ['api', '/simulate', body, params],
    queryFn: ({ signal }) => write<WhatIfAnswer>('POST', '/simulate', body, { signal, params }),
    enabled: tried !== undefined && (ask.kind === 'paths' || ask.kind === 'blast'),
  })
  return useMemo(() => {
    const none = { what: visible(tried?.what ?? '', 300), routes: undefined, fate: undefined, spans: [], loading: tried !== undefined && query.isPending, problem: query.error }
    const after = ask.kind === 'blast' ? query.data?.blast : query.data?.paths
    if (!tried || !after || !answer) return none
    return { ...none, ...compare(answer, after), spans: spansOf(answer.blast, after) }
  }, [tried, ask.kind, query.data, query.isPending, query.error, answer])
}

/** compare keeps what is gone in its old place; where not all ways were told before, none counts as new. */
export function compare(answer: Pick<Answered, 'routes' | 'more'>, after: PathsAnswer | BlastAnswer): { routes: Route[]; fate: Map<string, 'gone' | 'stays' | 'new'> } {
  const then = routesOf(after)
  const fate = new Map<string, 'gone' | 'stays' | 'new'>()
  const left = new Set(then.map((r) => r.key))
  for (const r of answer.routes) fate.set(r.key, left.has(r.key) ? 'stays' : 'gone')
  const fresh = answer.more ? [] : then.filter((r) => !fate.has(r.key))
  for (const r of fresh) fate.set(r.key, 'new')
  return { routes: [...answer.routes, ...fresh], fate }
}

function spansOf(before: BlastAnswer | undefined, after: PathsAnswer | BlastAnswer): { name: string; span: Span }[] {
  if (!before || !('reach' in after)) return []
  return (['tier0', 'resources', 'identities'] as const).map((k) => ({ name: t.cut[k], span: { before: before.reach[k], after: after.reach[k] } }))
}

export function WhatIfBar({ trial, onStop }: { trial: Trial; onStop: () => void }) {
  if (!trial.what) return null
  const n = (what: 'gone' | 'stays' | 'new') => [...(trial.fate?.values() ?? [])].filter((f) => f === what).length
  return (
    <section className="ex-whatif" aria-label={t.whatIf.title} aria-live="polite">
      <p>
        <Icon name="scissors" size={14} /> {t.whatIf.banner(trial.what)}
      </p>
      {trial.problem && <p role="alert">{t.whatIf.failed} {visible(trial.problem.message)}</p>}
      {trial.fate && (
        <p className="ex-fates">
          <span data-fate="gone">{t.whatIf.gone(n('gone'))}</span>
          <span data-fate="stays">{t.whatIf.left(n('stays'))}</span>
          {n('new') > 0 && <span data-fate="new">{t.whatIf.fresh(n('new'))}</span>}
        </p>
      )}
      {trial.spans.length > 0 && (
        <table className="ex-spans">
          <thead>
            <tr>
              <td />
              <th scope="col">{t.whatIf.before}</th>
              <th scope="col">{t.whatIf.after}</th>
            </tr>
          </thead>
          <tbody>
            {trial.spans.map((s) => (
              <tr key={s.name}>
                <th scope="row">{s.name}</th>
                <td>{count(s.span.before)}</td>
                <td>{count(s.span.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Button small onClick={onStop}>{t.whatIf.stop}</Button>
    </section>
  )
}
