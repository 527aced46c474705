import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Node } from '@/api/types'
import { carry } from '@/app/Link'
import { Answer, LinkButton, Name, ScoreSum, Severity, Tag, Unknown } from '@/kit'
import { relative, visible, words } from '@/kit/format'
import { nodeTo } from '@/kit/NodeLink'
import { MiniPath } from '@/graph/MiniPath'
import { miniPathOf } from '@/graph/chain'
import type { BlastAnswer } from '@/graph/types'
import { identity as t } from '@/text/identity'
import { useBlast, useCreators, useDetail, useRisk, type Detail } from './data'
import css from './identity.module.css'
import { OwnerCard } from './OwnerCard'

/** What it is, who answers for it, what it opens and whether it is used: in sentences. */
export function Sentence({ item, blast }: { item: Node; blast?: BlastAnswer | null }) {
  const s = t.sentence
  const parts: ReactNode[] = []
  const what = words(item.nhi_type ?? item.type.split('.').pop() ?? item.kind)
  const [system, tenant] = item.ref.split('/').map((part) => safeDecode(part))
  parts.push(
    <span key="is">
      {what.charAt(0).toUpperCase() + what.slice(1)} in <Name value={system} />
      {tenant && tenant !== '-' && (
        <>
          {' '}
          <span className="muted">
            (<Name value={tenant} limit={60} />)
          </span>
        </>
      )}
      {item.purpose && <> {s.purpose(words(item.purpose))}</>}
      {item.env && <>, {s.env(visible(item.env))}</>}.{' '}
    </span>,
  )
  if (item.kind === 'identity') {
    parts.push(<span key="owner">{!item.owner ? <strong>{s.nobody}</strong> : item.owner.missing === 'left' ? <strong>{s.left(visible(item.owner.name))}</strong> : s.ownedBy(visible(item.owner.name))} </span>)
    parts.push(<span key="use">{item.last_used?.at ? s.usedLast(relative(item.last_used.at)) : s.useUnknown} </span>)
    if (blast) parts.push(<span key="reach">{s.reach(blast.reach.resources, blast.reach.tier0, blast.reach.identities)}</span>)
  }
  return <p className={css.sentence}>{parts}</p>
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Maker, identity, credential, what it opens: one line. */
export function Mini({ detail }: { detail: Detail }) {
  const id = detail.item.id
  const creators = useCreators(id)
  const blast = useBlast(id)
  const steps = miniPathOf(detail as never, creators.data ?? (creators.error ? null : undefined), blast.data ?? (blast.error ? null : undefined))
  return (
    <MiniPath
      steps={steps}
      link={(node, children) => (
        <Link {...nodeTo(node.id || (node as { ref?: string }).ref || '')} search={carry()}>
          {children}
        </Link>
      )}
    />
  )
}

/** The first parts of an identity, for the side panel. */
export function IdentitySummary({ id }: { id: string; panel?: boolean }) {
  const detail = useDetail(id)
  const isIdentity = detail.data?.item.kind === 'identity'
  const risk = useRisk(id, isIdentity)
  const blast = useBlast(id, isIdentity)
  return (
    <Answer query={detail}>
      {(data) => (
        <>
          <Sentence item={data.item} blast={blast.data} />
          <div className={css.quick}>
            <LinkButton small icon="external" {...nodeTo(data.item.id)} search={carry()}>
              {t.tabs.overview}
            </LinkButton>
            {isIdentity && (
              <LinkButton small icon="explore" to="/explore" search={carry({ from: data.item.id })}>
                {t.explore}
              </LinkButton>
            )}
          </div>
          {isIdentity && (
            <section>
              <h3>{t.owner.title}</h3>
              <OwnerCard detail={data} />
            </section>
          )}
          {isIdentity && (
            <section>
              <h3>{risk.data ? t.score.title(risk.data.score.total, risk.data.score.level) : t.score.title(0, '…')}</h3>
              <Answer query={risk} small lines={4}>
                {(value) => <ScoreSum score={value.score} />}
              </Answer>
            </section>
          )}
          <section>
            <h3>{t.tabs.findings}</h3>
            <FindingLines detail={data} />
          </section>
          {data.item.lifecycle && (
            <section>
              <h3>{t.use.lifecycle}</h3>
              <p>
                {data.item.lifecycle.value === 'unknown' ? <Unknown /> : <Tag value={words(data.item.lifecycle.value)} />} <span className="muted">{visible(data.item.lifecycle.reason)}</span>
              </p>
            </section>
          )}
        </>
      )}
    </Answer>
  )
}

/** The findings of a thing, a line each. */
export function FindingLines({ detail }: { detail: Detail }) {
  const open = detail.findings.filter((finding) => finding.state !== 'fixed')
  if (open.length === 0) return <p className="muted">{t.findings.none}</p>
  return (
    <ul className={css.findings}>
      {open.map((finding) => (
        <li key={finding.id}>
          <Severity level={finding.severity} brief />
          <Link to="/findings/$id" params={{ id: finding.id }} search={carry()}>
            {visible(finding.what)}
          </Link>
          {finding.state !== 'open' && <Tag value={words(finding.state)} />}
        </li>
      ))}
    </ul>
  )
}

