import { Link } from '@tanstack/react-router'
import { useEffect, useRef, type ReactNode } from 'react'
import { useApi } from '@/api/hooks'
import { carry } from '@/app/Link'
import type { LaneEdge } from '@/graph/layout'
import type { Step } from '@/graph/routes'
import type { NodeRef, Proof } from '@/graph/types'
import { Glyph, shapeOf, shapeWord } from '@/graph/Glyph'
import { plainType } from '@/graph/text'
import { by, gradeWords, say } from '@/graph/verbs'
import { Button, Copy, LastUsed, Name, Severity, SidePanel } from '@/kit'
import { visible } from '@/kit/format'
import { explore as t } from '@/text/explore'
import { graphWords } from '@/text/graph'
import type { Level } from '@/api/types'

interface Shown {
  item: { owner: { name: string } | null; last_used: { at: string } | null; lifecycle?: { value: string; reason: string } | null; aliases: string[] | null }
  findings: { id: string; severity: string; state: string; what: string }[] | null
}

/** What is known of one thing of the picture, and where to ask on. */
export function NodeDetail({ node, edges, byHand, focused, onClose, onChoose, onAsk, onFocus, onOpen }: {
  node: NodeRef
  edges: { edge: LaneEdge; other: NodeRef; out: boolean }[]
  byHand: boolean
  focused: boolean
  onClose: () => void
  onChoose: (id: string) => void
  onAsk: (patch: { q: string; from: string; to: string }) => void
  onFocus: () => void
  onOpen: () => void
}) {
  const show = useApi<Shown>('/nodes/' + encodeURIComponent(node.id))
  const open = (show.data?.findings ?? []).filter((f) => f.state === 'open')
  const shape = shapeOf(node)
  return (
    <SidePanel
      title={
        <span className="ex-dtitle">
          <Glyph shape={shape} size={20} label={shapeWord(shape)} tier0={node.tier0} />
          <Name value={node.name} />
          {node.tier0 && <abbr className="gx-tier" title={graphWords.tier0Help}>T0</abbr>}
        </span>
      }
      onClose={onClose}
      onFull={onOpen}
    >
      <Focused when={byHand} />
      <dl className="ex-facts">
        <Fact name={t.panel.type}>{`${shapeWord(shape)} · ${plainType(node.type)}`}</Fact>
        {node.env && <Fact name={t.panel.env}>{visible(node.env)}</Fact>}
        {show.data && (
          <>
            {show.data.item?.owner !== undefined && <Fact name={t.panel.owner}>{show.data.item.owner ? <Name value={show.data.item.owner.name} /> : t.panel.nobody}</Fact>}
            {show.data.item?.last_used !== undefined && (
              <Fact name={t.panel.lastUsed}>
                <LastUsed row={show.data.item} />
              </Fact>
            )}
          </>
        )}
        <Fact name={t.panel.ref}>
          <span className="ex-ref">
            <code>{visible(node.ref, 400)}</code>
            <Copy text={node.ref} what={t.panel.ref.toLowerCase()} />
          </span>
        </Fact>
      </dl>
      {open.length > 0 && (
        <section>
          <h3>{t.panel.findings}</h3>
          <ul className="ex-findings">
            {open.slice(0, 4).map((f) => (
              <li key={f.id}>
                <Severity level={f.severity as Level} />
                <span>{visible(f.what, 240)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Sides title={t.panel.in} edges={edges.filter((e) => !e.out)} onChoose={onChoose} />
      <Sides title={t.panel.out} edges={edges.filter((e) => e.out)} onChoose={onChoose} />
      <section>
        <h3>{t.panel.ask}</h3>
        <div className="ex-buttons">
          <Button small onClick={() => onAsk({ q: 'ways', from: node.id, to: '' })}>{t.panel.fromHere}</Button>
          <Button small onClick={() => onAsk({ q: 'ways', from: '', to: node.id })}>{t.panel.toHere}</Button>
          <Button small onClick={() => onAsk({ q: 'origin', from: node.id, to: '' })}>{t.panel.origin}</Button>
          <Button small onClick={() => onAsk({ q: 'breaks', from: node.id, to: '' })}>{t.panel.breaks}</Button>
          <Button small on={focused} onClick={onFocus}>{focused ? t.panel.unfocus : t.panel.focus}</Button>
        </div>
        <p className="ex-open">
          <Link to="/identities/$id" params={{ id: node.id }} search={carry()}>{t.panel.open}</Link>
        </p>
      </section>
    </SidePanel>
  )
}

function Sides({ title, edges, onChoose }: { title: string; edges: { edge: LaneEdge; other: NodeRef; out: boolean }[]; onChoose: (id: string) => void }) {
  return (
    <section>
      <h3>{title}</h3>
      {edges.length === 0 ? (
        <p className="muted">{t.panel.none}</p>
      ) : (
        <ul className="ex-sides">
          {edges.slice(0, 40).map(({ edge, other, out }) => (
            <li key={edge.id}>
              <button type="button" onClick={() => onChoose(edge.id)} data-grade={edge.grade}>
                <span className="muted">{out ? wordsOf(edge.steps[0]) : ''}</span> <Name value={other.name} limit={100} /> <span className="muted">{out ? '' : wordsOf(edge.steps[0])}</span>
                {edge.count > 1 && <span className="muted"> ×{edge.count}</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

const wordsOf = (s: Step | undefined) => (s ? (s.words ? visible(s.words) : say(s)) : '')

/** One step, or parallel ones, with what decides each. */
export function EdgeDetail({ steps, from, to, byHand, cut, tried, canTry, onClose, onTry }: { steps: Step[]; from: NodeRef; to: NodeRef; byHand: boolean; cut?: string; tried: (s: Step) => boolean; canTry: (s: Step) => boolean; onClose: () => void; onTry?: (s: Step) => void }) {
  return (
    <SidePanel
      title={
        <span className="ex-dtitle">
          <Name value={from.name} limit={60} /> <span className="muted">{wordsOf(steps[0])}</span> <Name value={to.name} limit={60} />
        </span>
      }
      onClose={onClose}
    >
      <Focused when={byHand} />
      {cut && (
        <p className="ex-cutnote">
          <b>{t.cut.title}:</b> {visible(cut)}
        </p>
      )}
      {steps.map((s, i) => (
        <StepDetail key={i} s={s} many={steps.length > 1} onTry={canTry(s) ? onTry : undefined} tried={tried(s)} />
      ))}
    </SidePanel>
  )
}

function StepDetail({ s, many, onTry, tried }: { s: Step; many: boolean; onTry?: (s: Step) => void; tried: boolean }) {
  const link = /^https:\/\//.test(s.cite) ? s.cite : ''
  return (
    <section className="ex-stepdetail">
      {many && (
        <h3>
          {visible(s.from_name, 60)} {wordsOf(s)} {visible(s.to_name, 60)}
        </h3>
      )}
      <dl className="ex-facts">
        <Fact name={t.panel.sure}>
          <span className="ex-grade" data-grade={s.grade}>
            {gradeWords(s.grade)}
          </span>
        </Fact>
        {by(s) && (
          <Fact name={t.panel.technique}>
            {visible(by(s))}
            {s.technique && s.technique !== by(s) && <code className="ex-code"> {visible(s.technique)}</code>}
          </Fact>
        )}
        {s.cite && (
          <Fact name={t.panel.cite}>
            {link ? (
              <a href={link} target="_blank" rel="noopener noreferrer">
                {visible(link.replace(/^https:\/\//, ''), 120)}
              </a>
            ) : (
              visible(s.cite)
            )}
          </Fact>
        )}
        {s.level && <Fact name={t.panel.level}>{visible(s.level)}</Fact>}
      </dl>
      {s.condition !== null && s.condition !== undefined && (
        <>
          <h3>{t.panel.condition}</h3>
          <pre className="ex-pre" tabIndex={0}>{JSON.stringify(s.condition, null, 2).slice(0, 8000).split('\n').map((line) => visible(line)).join('\n')}</pre>
        </>
      )}
      <h3>{t.panel.proof}</h3>
      {(s.proof ?? []).length === 0 ? <p className="muted">{t.panel.noProof}</p> : (s.proof ?? []).map((x, i) => <ProofCard key={i} p={x} />)}
      {(s.also ?? []).length > 0 && (
        <>
          <h3>{t.panel.also}</h3>
          <ul className="ex-also">
            {(s.also ?? []).map((o, i) => (
              <li key={i}>
                {visible(o.title || o.technique || o.kind)} <span className="muted">{o.grade}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {onTry && (
        <p>
          <Button small icon="scissors" on={tried} onClick={() => onTry(s)}>
            {t.whatIf.button}
          </Button>
        </p>
      )}
    </section>
  )
}

function ProofCard({ p }: { p: Proof }) {
  return (
    <div className="ex-proof" data-effect={p.effect || undefined}>
      {p.text && <p>{visible(p.text, 1200)}</p>}
      {p.statement && <code className="ex-code">{visible(p.statement, 1200)}</code>}
      <p className="ex-proofref">
        <span className="muted">{t.panel.where}</span> <code>{visible(p.ref, 300)}</code>
      </p>
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** Moves the focus into a panel that a key opened; Escape gives it back. */
function Focused({ when }: { when: boolean }) {
  const at = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    if (!when) return
    // Later, so that the panel can remember where the focus was.
    const timer = setTimeout(() => at.current?.closest<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true }), 0)
    return () => clearTimeout(timer)
    // Only when the panel opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  return <span ref={at} hidden />
}
