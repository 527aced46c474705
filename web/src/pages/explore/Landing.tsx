import { useList } from '@/api/hooks'
import type { Node } from '@/api/types'
import { Glyph, shapeOf, shapeWord, type Shape } from '@/graph/Glyph'
import { plainType } from '@/graph/text'
import { Button, levelOf, Name, Severity } from '@/kit'
import { explore as t } from '@/text/explore'
import { presetOf, presetPatch, presets, type Acts, type Explored, type Preset } from './state'

const ends: Record<Preset, [Shape, string, Shape]> = {
  who: ['nhi', 'solid', 'resource'],
  reach: ['credential', 'solid', 'resource'],
  origin: ['human', 'solid', 'nhi'],
  breaks: ['workload', 'solid', 'nhi'],
  agents: ['agent', 'dashed', 'agent'],
  envs: ['nhi', 'dashed', 'resource'],
}

/** Landing is what the page shows before anything was asked: questions, and who is worth asking about. */
export function Landing({ state, acts }: { state: Explored; acts: Acts }) {
  const chosen = presetOf(state)
  const needs = chosen && chosen in t.needs ? t.needs[chosen as keyof typeof t.needs] : undefined
  const worst = useList<Node>('identities', { order_by: '-risk', filter: 'risk>=1' }, { pageSize: 6 })
  const ask = (id: string) => acts.ask(chosen === 'origin' || chosen === 'breaks' ? { q: chosen, from: id, to: '' } : chosen === 'who' ? { q: 'ways', from: '', to: id } : { q: 'ways', from: id, to: '' })
  return (
    <div className="ex-landing">
      <section>
        <h2>{needs ?? t.empty.title}</h2>
        <p className="muted">{t.empty.text}</p>
        {!needs && (
          <div className="ex-cards">
            {presets.map((p) => (
              <div key={p} className="ex-card">
                <span className="ex-cardsign" aria-hidden="true">
                  <Glyph shape={ends[p][0]} size={30} />
                  <svg width="46" height="10" viewBox="0 0 46 10" focusable="false">
                    <path className={'gx-edge gx-' + ends[p][1]} d="M1 5H38" />
                    <path className="gx-head" d="M37 1L45 5L37 9z" />
                  </svg>
                  <Glyph shape={ends[p][2]} size={30} />
                </span>
                <button type="button" aria-describedby={`ask-${p}`} onClick={() => acts.ask(presetPatch(p, state))}>
                  {t.preset[p]}
                </button>
                <span id={`ask-${p}`} className="muted">{t.presetHelp[p]}</span>
              </div>
            ))}
          </div>
        )}
      </section>
      {worst.rows.length > 0 && (
        <section>
          <h2>{t.empty.worst}</h2>
          <ul className="ex-worst">
            {worst.rows.map((n) => (
              <li key={n.id}>
                <button type="button" onClick={() => ask(n.id)}>
                  <Glyph shape={shapeOf(n)} size={22} tier0={n.tier === 0} label={shapeWord(shapeOf(n))} />
                  <span className="ex-optionname">
                    <Name value={n.name} limit={120} />
                  </span>
                  <span className="ex-optionnote">{plainType(n.type)}</span>
                  {n.risk !== null && n.risk !== undefined && <Severity level={levelOf(n.risk)} score={n.risk} />}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p>
        <Button icon="explore" onClick={() => acts.draw('map')}>
          {t.empty.map}
        </Button>
      </p>
    </div>
  )
}
