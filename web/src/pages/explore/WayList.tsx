import { Fragment } from 'react'
import { Glyph, shapeOf, shapeWord } from '@/graph/Glyph'
import type { Route } from '@/graph/routes'
import { by, say } from '@/graph/verbs'
import { Icon, Name, Severity } from '@/kit'
import { sentence, visible } from '@/kit/format'
import { explore as t } from '@/text/explore'
import { graphWords } from '@/text/graph'

export interface WayListProps {
  routes: Route[]
  /** Place of each in the whole answer, so that a number stays when a filter hides others. */
  ranks: number[]
  selected: number | undefined
  chosen: string
  /** What became of each way by the change that is tried. */
  fate?: ReadonlyMap<string, 'gone' | 'stays' | 'new'>
  cutKeys: ReadonlySet<string>
  /** Whether all begin at the same thing, which then need not be said each time. */
  sameStart: boolean
  onSelect: (i: number | undefined) => void
  onChoose: (id: string) => void
}

/** The ranked ways: the whole answer in words, equal to the picture beside it. */
export function WayList(p: WayListProps) {
  return (
    <ol className="ex-ways">
      {p.routes.map((r, i) => (
        <Way key={r.key} r={r} i={i} {...p} />
      ))}
    </ol>
  )
}

function Way({ r, i, ranks, selected, chosen, fate, cutKeys, sameStart, onSelect, onChoose }: WayListProps & { r: Route; i: number }) {
  const rank = ranks[i]!
  const open = selected === rank
  const first = r.nodes[0]!
  const last = r.nodes[r.nodes.length - 1]!
  const became = fate?.get(r.key)
  return (
    <li className="ex-way" data-open={open || undefined} data-fate={became} value={rank + 1}>
      <button type="button" className="ex-wayhead" aria-expanded={open} onClick={() => onSelect(open ? undefined : rank)}>
        <span className="ex-rank">{rank + 1}</span>
        <span className="ex-waywords">
          <span className="ex-wayends">
            {!sameStart && (
              <>
                <Name value={first.name} limit={90} />
                <Icon name="right" size={11} />
              </>
            )}
            <span className="visually-hidden">{sameStart ? 'to ' : ''}</span>
            <b>
              <Name value={last.name} limit={90} />
            </b>
            {last.tier0 && <abbr className="gx-tier" title={graphWords.tier0Help}>T0</abbr>}
          </span>
          <span className="ex-wayhow">{r.steps.map((s) => visible(s.words || by(s) || say(s))).join(' › ')}</span>
          <span className="ex-waymeta">
            {r.severity !== 'info' && (
              <span title={r.because} className="ex-sev">
                <Severity level={r.severity} />
              </span>
            )}
            <span>{t.hops(r.steps.length)}</span>
            <span data-grade={r.grade}>{r.grade}</span>
            {r.variant && <span>{t.variant}</span>}
            {became && <span className="ex-fate">{became === 'gone' ? t.whatIf.isGone : became === 'new' ? t.whatIf.isNew : t.whatIf.isLeft}</span>}
          </span>
        </span>
      </button>
      {open && (
        <ol className="ex-steps" aria-label={t.step}>
          {r.nodes.map((n, k) => {
            const s = r.steps[k]
            const to = r.nodes[k + 1]
            const edge = to ? `${n.id}>${to.id}` : ''
            return (
              <Fragment key={k}>
                <li>
                  <button type="button" className="ex-stepnode" aria-pressed={chosen === n.id} onClick={() => onChoose(n.id)}>
                    <Glyph shape={shapeOf(n)} size={18} label={shapeWord(shapeOf(n))} tier0={n.tier0} />
                    <Name value={n.name} limit={160} />
                    {n.tier0 && <abbr className="gx-tier" title={graphWords.tier0Help}>T0</abbr>}
                  </button>
                </li>
                {s && (
                  <li>
                    <button type="button" className="ex-stepedge" data-grade={s.grade} aria-pressed={chosen === edge} onClick={() => onChoose(edge)}>
                      <span className="ex-stepline" aria-hidden="true" />
                      <span>
                        {s.words ? visible(s.words) : say(s)}
                        {by(s) && <span className="muted"> · {visible(by(s))}</span>}
                        {s.grade !== 'proven' && <span className="muted"> · {s.grade}</span>}
                        {(s.proof ?? []).slice(0, 1).map((x, j) => (
                          <span key={j} className="ex-why">
                            {sentence(visible(x.text || x.statement, 200), s.from_name)}
                          </span>
                        ))}
                      </span>
                      {cutKeys.has(edge) && <Icon name="scissors" size={14} label={graphWords.lanes.cut} />}
                    </button>
                  </li>
                )}
              </Fragment>
            )
          })}
        </ol>
      )}
    </li>
  )
}
