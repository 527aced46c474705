import { useState } from 'react'
import { Problem } from '@/api/client'
import { useApi, useMayNot, useWrite, write } from '@/api/hooks'
import type { OwnerItem, Suggestion } from '@/api/types'
import { useScope } from '@/app/scope'
import { Ago, Button, Field, Grade, Name, Owner, toast } from '@/kit'
import { visible } from '@/kit/format'
import { identities } from '@/text/identities'
import { undo, type BatchResult } from '../identities/Bulk'
import { identity as t } from '@/text/identity'
import { kit } from '@/text/kit'
import type { Detail } from './data'
import css from './identity.module.css'

/** Who answers for it; who should, and why that is thought; one click to say yes. */
export function OwnerCard({ detail }: { detail: Detail }) {
  const { asOf } = useScope()
  const path = `/identities/${encodeURIComponent(detail.item.id)}/owner`
  // The list of the page may lag behind a decision; this is the answer that a write goes by.
  const live = useApi<{ owner: OwnerItem | null }>(path, {}, { keep: true })
  const item = live.data?.owner ?? detail.owner
  const owner = item?.owner ?? detail.item.owner
  const suggestions = (item?.suggestions ?? detail.owner?.suggestions ?? []).slice(0, 3)
  const [other, setOther] = useState(false)
  const mayNot = useMayNot('owner.decide')
  const why = asOf ? identities.bulk.asOf : mayNot
  const fail = (problem: Problem) => toast({ text: visible(problem.message), bad: true })
  const again = useWrite<void, void>(async () => undefined)
  // A batch of one: unlike a plain write it can be taken back.
  const set = useWrite<string, BatchResult>((name) => write('POST', '/identities:batch', { action: 'owner', ids: [detail.item.id], owner: name }), {
    onDone: (result, name) => {
      const refused = result.items.find((one) => one.state === 'refused')
      if (refused) return void toast({ text: visible(refused.detail), bad: true })
      setOther(false)
      toast({ text: t.owner.set_(visible(nameOf(name, suggestions)), visible(detail.item.name)), undo: () => void undo(result.operation).then(() => again.mutate()), undoUntil: result.undo_until ? Date.parse(result.undo_until) : undefined })
    },
    onFail: fail,
  })
  const confirm = useWrite(() => write('POST', path + ':confirm'), { onDone: () => toast({ text: t.owner.confirmed }), onFail: fail })
  const missing = item?.missing || owner?.missing || (owner ? '' : 'never')

  return (
    <div className={css.owner}>
      {owner ? (
        <p className={css.ownerNow}>
          <Owner owner={owner} />
          <span className="muted">{t.owner.how[owner.how] ?? visible(owner.how)}</span>
          {owner.confirmed ? (
            <span className="muted">
              {t.owner.since} <Ago at={owner.confirmed} />
            </span>
          ) : (
            <Button small icon="check" why={why} disabled={confirm.isPending} onClick={() => confirm.mutate()}>
              {t.owner.confirm(visible(owner.name))}
            </Button>
          )}
        </p>
      ) : (
        <p>
          <strong>{t.owner.none}</strong> <span className="muted">{t.owner.missing[missing]}</span>
        </p>
      )}
      {(!owner || missing) && (
        <>
          {suggestions.length === 0 && <p className="muted">{t.owner.noneSuggested}</p>}
          <ul className={css.suggestions}>
            {suggestions.map((one, i) => (
              <SuggestionRow key={one.ref} one={one} first={i === 0} why={why} busy={set.isPending} onTake={() => set.mutate(one.ref)} />
            ))}
          </ul>
        </>
      )}
      {other ? (
        <OtherOwner busy={set.isPending} onTake={(name) => set.mutate(name)} onClose={() => setOther(false)} />
      ) : (
        <Button small look="quiet" icon="user" why={why} onClick={() => setOther(true)}>
          {t.owner.other}
        </Button>
      )}
    </div>
  )
}

const nameOf = (ref: string, list: Suggestion[]) => list.find((one) => one.ref === ref)?.name ?? ref

function SuggestionRow({ one, first, why, busy, onTake }: { one: Suggestion; first: boolean; why?: string; busy: boolean; onTake: () => void }) {
  return (
    <li className={css.suggestion}>
      <div>
        <span className={css.suggestionName}>
          <Owner owner={{ ...one, how: '', inherited_from: null, overrides: [], missing: '', confirmed: null, by: null, deputy: null }} />
          <span className="muted">{t.owner.sure(one.confidence)}</span>
        </span>
        <ul className={css.reasons}>
          {one.reasons.slice(0, 3).map((reason, i) => (
            <li key={i}>
              {visible(reason.text)} <Grade grade={reason.grade} source={reason.source} />
            </li>
          ))}
        </ul>
      </div>
      <Button small look={first ? 'primary' : undefined} why={why} disabled={busy} onClick={onTake}>
        {t.owner.assign('')}
        <Name value={one.name} limit={40} />
      </Button>
    </li>
  )
}

function OtherOwner({ busy, onTake, onClose }: { busy: boolean; onTake: (name: string) => void; onClose: () => void }) {
  const [name, setName] = useState('')
  return (
    <form
      className={css.other}
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim()) onTake(name.trim())
      }}
    >
      <Field label={t.owner.otherLabel} help={t.owner.otherHelp}>
        <input autoFocus required maxLength={400} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <div className={css.quick}>
        <Button small look="primary" type="submit" disabled={busy || !name.trim()}>
          {t.owner.set}
        </Button>
        <Button small onClick={onClose}>
          {kit.cancel}
        </Button>
      </div>
    </form>
  )
}
