import { useState } from 'react'
import { useApi } from '@/api/hooks'
import type { IdentityColumns } from '@/api/types'
import type { Route } from '@/graph/routes'
import type { BlastAnswer, NodeRef } from '@/graph/types'
import { Button, Failed, Loading, NodeLink } from '@/kit'
import { explore as t } from '@/text/explore'
import type { Explored } from './state'

const few = 40

/** othersOf counts what falls and at which no listed way ends: both kinds together are the numbers of the headline. */
export function othersOf(a: BlastAnswer, routes: Route[]): { resources: number; identities: number; ends: Set<string> } {
  const ends = new Map(routes.map((r) => [r.nodes[r.nodes.length - 1]!.id, r.nodes[r.nodes.length - 1]!]))
  const identities = [...ends.values()].filter((n) => n.kind === 'identity').length
  return { resources: Math.max(0, a.reach.resources - (ends.size - identities)), identities: Math.max(0, a.reach.identities - identities), ends: new Set(ends.keys()) }
}

/** What falls besides the ends of the ways: counted, and listed when asked for. */
export function Others({ answer, routes, state }: { answer: BlastAnswer; routes: Route[]; state: Explored }) {
  const [open, setOpen] = useState(false)
  const { resources, identities, ends } = othersOf(answer, routes)
  if (resources + identities === 0) return null
  return (
    <details className="ex-gaps" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        {t.others.count(resources + identities)} <span className="muted">({t.others.parts(resources, identities)})</span>
      </summary>
      {open && <Listed answer={answer} ends={ends} resources={resources} identities={identities} maxHops={state.maxHops} />}
    </details>
  )
}

function Listed({ answer, ends, resources, identities, maxHops }: { answer: BlastAnswer; ends: ReadonlySet<string>; resources: number; identities: number; maxHops: number }) {
  const [all, setAll] = useState(false)
  const reached = useApi<{ items: (NodeRef & { hops: number })[] }>('/reached', { to: answer.subject.id, max_hops: maxHops || undefined, page_size: 1000 }, { enabled: resources > 0 })
  const counted = useApi<{ items: IdentityColumns[] }>('/identities', { filter: `id="${answer.subject.id}"`, fields: 'id,reach', page_size: 1 }, { enabled: answer.subject.kind === 'identity' })
  const reach = counted.data?.items[0]?.reach
  if (reached.error) return <Failed problem={reached.error} small onRetry={() => void reached.refetch()} />
  if (resources > 0 && !reached.data) return <Loading lines={3} />
  const known = (n: NodeRef) => n.id || n.ref
  const rest = new Map<string, NodeRef>()
  for (const n of [...(reached.data?.items ?? []), ...(answer.next ?? [])]) if (!ends.has(known(n)) && n.ref !== answer.subject.ref) rest.set(known(n), n)
  const rows = [...rest.values()]
  const shown = all ? rows : rows.slice(0, few)
  const farther = resources + identities - rows.length
  return (
    <>
      <ul className="ex-others">
        {shown.map((n) => (
          <li key={known(n)}>
            <NodeLink node={n} />
          </li>
        ))}
      </ul>
      {rows.length > shown.length && (
        <Button small look="quiet" onClick={() => setAll(true)}>
          {t.others.more(rows.length - shown.length)}
        </Button>
      )}
      {farther > 0 && <p className="ex-note">{t.others.farther(farther)}</p>}
      <p className="ex-note">{reach && !maxHops && reach.things > resources + identities ? t.others.all(reach.things, reach.exact) : t.others.credentials}</p>
    </>
  )
}
