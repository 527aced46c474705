import { Popover } from '@mantine/core'
import { useState } from 'react'
import { verb } from '@/graph/verbs'
import { Button, IconButton } from '@/kit'
import { explore as t } from '@/text/explore'
import { NodeBox, type Suggestion } from './NodeBox'
import { presetOf, presetPatch, presets, type Acts, type Explored } from './state'

const froms: Suggestion[] = [
  { value: 'env=dev,test,staging', label: 'env=dev,test,staging', note: 'what is not production' },
  { value: 'nhi_type=ai_agent', label: 'nhi_type=ai_agent', note: 'every AI agent' },
  { value: 'kind=human', label: 'kind=human', note: 'every person' },
  { value: 'owner=none', label: 'owner=none', note: 'what nobody answers for' },
]
const tos: Suggestion[] = [
  { value: 'tier0', label: 'tier0', note: 'if it falls, everything falls' },
  { value: 'tier<=1', label: 'tier<=1', note: 'tier 0 and tier 1' },
  { value: 'env=prod', label: 'env=prod', note: 'everything in production' },
  { value: 'data_class=restricted', label: 'data_class=restricted', note: 'restricted data' },
]

/** The questions and what they are asked about. */
export function Ask({ state, acts, landing }: { state: Explored; acts: Acts; landing: boolean }) {
  const now = presetOf(state)
  // Where nothing was asked yet the questions stand on the page itself.
  const there = landing && !(now && now in t.needs)
  const needed = now === 'reach' || now === 'origin' || now === 'breaks'
  const single = state.question === 'origin' || state.question === 'breaks'
  return (
    <div className="ex-ask">
      {!there && (
        <div className="ex-presets" role="group" aria-label={t.presets}>
          {presets.map((p) => (
            <button key={p} type="button" className="ex-preset" aria-pressed={now === p} title={t.presetHelp[p]} onClick={() => acts.ask(presetPatch(p, state))}>
              {t.preset[p]}
            </button>
          ))}
        </div>
      )}
      {state.question !== 'agents' && (
        <div className="ex-ends">
          <NodeBox key={single ? 'of' : 'from'} autoFocus={needed && state.from === ''} label={single ? t.of : t.from} hint={single ? t.ofHint : t.fromHint} value={state.from} suggestions={single ? [] : froms} onChange={(from) => acts.ask({ from })} />
          {!single && (
            <>
              <IconButton icon="compare" label={t.reverseHelp} onClick={acts.reverse} />
              <NodeBox label={t.to} hint={t.toHint} value={state.to} suggestions={tos} onChange={(to) => acts.ask({ to })} />
            </>
          )}
        </div>
      )}
    </div>
  )
}

/** Which steps and how many of them: a filter of what is shown, counted from the whole answer. */
export function Filters({ state, acts, kinds, longest }: { state: Explored; acts: Acts; kinds: { kind: string; count: number }[]; longest: number }) {
  const [open, setOpen] = useState(false)
  return (
    <div className="ex-filters">
      <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus returnFocus>
        <Popover.Target>
          <Button small icon="filter" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t.edges}
            {state.hidden.size > 0 ? ` −${state.hidden.size}` : ''}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <fieldset className="ex-kinds">
            <legend>{t.edgesHelp}</legend>
            {kinds.map((k) => (
              <label key={k.kind}>
                <input type="checkbox" checked={!state.hidden.has(k.kind)} onChange={(e) => acts.hide(k.kind, !e.target.checked)} />
                <span>{verb(k.kind)}</span>
                <span className="muted">{k.count}</span>
              </label>
            ))}
          </fieldset>
        </Popover.Dropdown>
      </Popover>
      <label className="ex-hops">
        <span className="visually-hidden">{t.maxHops}</span>
        <select value={state.maxHops || ''} onChange={(e) => acts.hops(Number(e.target.value) || 0)}>
          <option value="">{t.anyHops}</option>
          {Array.from({ length: Math.max(6, longest, state.maxHops) }, (_, i) => i + 1).map((n) => (
            <option key={n} value={n}>{`${t.maxHops} ${t.hops(n)}`}</option>
          ))}
        </select>
      </label>
    </div>
  )
}
