import { Modal } from '@mantine/core'
import { useEffect, useState } from 'react'
import { etagOf } from '@/api/client'
import { useWrite, write } from '@/api/hooks'
import { useScope } from '@/app/scope'
import { Button, Field, Name, toast } from '@/kit'
import { visible } from '@/kit/format'
import { findings as t } from '@/text/findings'
import { kit } from '@/text/kit'
import { undo } from '../identities/Bulk'
import { rightOf, useMay, type Act, type BatchResult } from './data'
import css from './findings.module.css'

/** What is decided about: findings by id, or all that a filter keeps. */
export interface Target {
  ids?: string[]
  filter?: string
  count: number
}

const icons = { accept: 'check', assign: 'user', reopen: 'undo' } as const

/** The decisions that can be taken about findings. What one may not do stays visible and says who can. */
export function Decisions({ target, acts, why, small, onDone }: { target: Target; acts: Act[]; why?: Partial<Record<Act, string>>; small?: boolean; onDone?: () => void }) {
  const { asOf } = useScope()
  const may = useMay()
  const [doing, setDoing] = useState<Act>()
  const refusal = (act: Act) => {
    if (asOf) return t.act.asOf
    const right = may(rightOf[act])
    if (!right.allowed) return right.reason ? visible(right.reason) : t.act.lacks
    return why?.[act]
  }
  return (
    <>
      {acts.map((act) => (
        <Button key={act} small={small} icon={icons[act]} why={refusal(act)} onClick={() => setDoing(act)}>
          {t.act[act]}
        </Button>
      ))}
      {doing && <Decide act={doing} target={target} onClose={() => setDoing(undefined)} onDone={onDone} />}
    </>
  )
}

const day = 86_400_000
const isoDay = (ms: number) => new Date(ms).toISOString().slice(0, 10)

function Decide({ act, target, onClose, onDone }: { act: Act; target: Target; onClose: () => void; onDone?: () => void }) {
  const may = useMay()
  const [reason, setReason] = useState('')
  const [approver, setApprover] = useState('')
  const [until, setUntil] = useState(() => isoDay(Date.now() + 30 * day))
  const [to, setTo] = useState('')
  const [preview, setPreview] = useState<BatchResult>()
  const said = { accept: { reason, approver, until }, assign: { to: to.trim() }, reopen: { reason } }[act]
  const asked = JSON.stringify(said)
  useEffect(() => setPreview(undefined), [asked])

  const one = target.ids?.length === 1 ? target.ids[0] : undefined
  const batch = (only: boolean) => ({ action: act, ...(target.ids ? { ids: target.ids } : { filter: target.filter ?? '' }), ...said, ...(only && { preview: true }) })
  // A batch can be taken back, so it is used where the caller may; one finding has a door of its own too.
  const alone = one && !may('finding.assign').allowed
  const run = useWrite<void, BatchResult | undefined>(
    () => (alone ? write<undefined>('POST', `/findings/${encodeURIComponent(one)}:${act}`, said, { ifMatch: etagOf(`/findings/${encodeURIComponent(one)}`) }) : write<BatchResult>('POST', '/findings:batch', batch(false))),
    {
      onDone: (result) => {
        if (!alone && result && result.done === 0 && result.refused > 0) return setPreview(result)
        onClose()
        onDone?.()
        if (alone || !result) return void toast({ text: t.act.done[act](1, 0) })
        const operation = result.operation
        toast({ text: t.act.done[act](result.done, result.refused), undo: operation ? () => void undo(operation).then(() => again.mutate()) : undefined, undoUntil: result.undo_until ? Date.parse(result.undo_until) : undefined })
      },
    },
  )
  const again = useWrite<void, void>(async () => undefined)
  const look = useWrite<void, BatchResult>(() => write('POST', '/findings:batch', batch(true)), { onDone: setPreview })
  const refused = preview?.items?.filter((item) => item.state === 'refused') ?? []
  const many = target.count > 1
  const n = preview ? preview.done : target.count
  const title = { accept: t.act.titleAccept, assign: t.act.titleAssign, reopen: t.act.titleReopen }[act](target.count)
  const verb = { accept: t.act.doAccept, assign: t.act.doAssign, reopen: t.act.doReopen }[act](n)
  const problem = run.error ?? look.error
  return (
    <Modal opened onClose={onClose} title={title} size={480} closeButtonProps={{ 'aria-label': kit.close }}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (many && !preview && !alone) look.mutate()
          else run.mutate()
        }}
      >
        {act === 'accept' && <p className="muted">{t.act.acceptHelp}</p>}
        {act !== 'assign' && (
          <Field label={act === 'accept' ? t.act.reason : t.act.reopenReason} help={act === 'reopen' ? t.act.optional : undefined}>
            <textarea data-autofocus required={act === 'accept'} rows={3} maxLength={2000} value={reason} onChange={(event) => setReason(event.target.value)} />
          </Field>
        )}
        {act === 'accept' && (
          <div className={css.pair}>
            <Field label={t.act.approver} help={t.act.approverHelp}>
              <input maxLength={400} autoComplete="off" value={approver} onChange={(event) => setApprover(event.target.value)} />
            </Field>
            <Field label={t.act.until} help={t.act.untilHelp}>
              <input type="date" required min={isoDay(Date.now() + day)} max={isoDay(Date.now() + 365 * day)} value={until} onChange={(event) => setUntil(event.target.value)} />
            </Field>
          </div>
        )}
        {act === 'assign' && (
          <Field label={t.act.to} help={t.act.toHelp}>
            <input data-autofocus maxLength={256} autoComplete="off" value={to} onChange={(event) => setTo(event.target.value)} />
          </Field>
        )}
        <div aria-live="polite">
          {look.isPending && <p className="muted">{t.act.previewing}</p>}
          {preview && <p>{t.act.previewed(preview.done, preview.refused)}</p>}
          {refused.length > 0 && (
            <ul className={css.refused} tabIndex={0} aria-label={t.act.previewed(preview?.done ?? 0, refused.length)}>
              {refused.slice(0, 50).map((item) => (
                <li key={item.id}>
                  <Name value={item.id} />: <span className="muted">{visible(item.detail)}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
        {problem && (
          <p role="alert" className={css.bad}>
            {visible(problem.message)}
          </p>
        )}
        <div className={css.formActions}>
          <Button onClick={onClose}>{kit.cancel}</Button>
          <Button type="submit" look="primary" disabled={run.isPending || look.isPending || (preview !== undefined && preview.done === 0)}>
            {many && !preview && !alone ? t.act.preview : verb}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
