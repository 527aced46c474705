import { Modal } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Problem, write } from '@/api/client'
import { useMayNot, useWrite } from '@/api/hooks'
import { useScope } from '@/app/scope'
import { BulkBar, Button, copyText, Field, Name, toast } from '@/kit'
import { visible } from '@/kit/format'
import type { Selected } from '@/kit/selection'
import { kit } from '@/text/kit'
import { identities as t } from '@/text/identities'
import css from './identities.module.css'

export interface BatchResult {
  operation: string
  total: number
  done: number
  refused: number
  undo_until: string | null
  items: { id: string; name: string; state: string; code: string; detail: string }[]
}

type Doing = 'tag' | 'owner'

/** What can be done with many rows at once. It is one job with an answer for each, and can be taken back. */
export function Bulk({ selection, total, filter, ids }: { selection: Selected; total: number; filter: string; ids: string[] }) {
  const { asOf } = useScope()
  const [doing, setDoing] = useState<Doing>()
  const mayNotOwn = useMayNot('owner.decide')
  const mayNotTag = useMayNot('tag.write')
  const why = asOf ? t.bulk.asOf : undefined
  return (
    <BulkBar label={t.selected(selection.count)}>
      {!selection.all && selection.count < total && (
        <Button small look="quiet" onClick={selection.selectAllMatching}>
          {t.selectAll(total)}
        </Button>
      )}
      <Button small icon="team" why={why ?? mayNotOwn} onClick={() => setDoing('owner')}>
        {t.bulk.owner}
      </Button>
      <Button small icon="tag" why={why ?? mayNotTag} onClick={() => setDoing('tag')}>
        {t.bulk.tag}
      </Button>
      {!selection.all && (
        <Button small icon="copy" onClick={async () => (await copyText(ids.join('\n'))) && toast({ text: t.bulk.copied(ids.length) })}>
          {t.bulk.copy}
        </Button>
      )}
      <Button small look="quiet" onClick={selection.clear}>
        {t.clearSelection}
      </Button>
      {doing && <Act doing={doing} selection={selection} filter={filter} onClose={() => setDoing(undefined)} />}
    </BulkBar>
  )
}

/** Takes a batch back by its operation. */
export async function undo(operation: string) {
  try {
    await write('POST', `/operations/${encodeURIComponent(operation)}:undo`)
    toast({ text: t.bulk.undone })
  } catch (error) {
    toast({ text: visible((error as Problem).message), bad: true })
  }
}

function Act({ doing, selection, filter, onClose }: { doing: Doing; selection: Selected; filter: string; onClose: () => void }) {
  const [value, setValue] = useState('')
  const [preview, setPreview] = useState<BatchResult>()
  const body = () => {
    const who = selection.all ? { filter } : { ids: selection.ids }
    const tag = value.trim()
    const cut = tag.indexOf('=')
    return doing === 'tag' ? { ...who, action: 'tag', set: { [cut > 0 ? tag.slice(0, cut) : tag]: cut > 0 ? tag.slice(cut + 1) : '' } } : { ...who, action: 'owner', owner: tag }
  }
  const run = useWrite<void, BatchResult>(() => write('POST', '/identities:batch', body()), {
    onDone: (result) => {
      selection.clear()
      onClose()
      toast({ text: t.bulk.done(result.done, result.refused), undo: result.operation ? () => void undo(result.operation).then(() => again.mutate()) : undefined, undoUntil: result.undo_until ? Date.parse(result.undo_until) : undefined })
    },
  })
  const again = useWrite<void, void>(async () => undefined)
  const look = useWrite<void, BatchResult>(() => write('POST', '/identities:batch', { ...body(), preview: true }), { onDone: setPreview })
  useEffect(() => setPreview(undefined), [value])
  const refused = preview?.items.filter((item) => item.state === 'refused') ?? []
  return (
    <Modal opened onClose={onClose} title={doing === 'tag' ? t.bulk.tagTitle(selection.count) : t.bulk.ownerTitle(selection.count)} size={460} closeButtonProps={{ 'aria-label': kit.close }}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (!value.trim()) return
          if (preview) run.mutate()
          else look.mutate()
        }}
      >
        <Field label={doing === 'tag' ? t.bulk.key : t.bulk.ownerLabel} help={doing === 'tag' ? t.bulk.keyHelp : t.bulk.ownerHelp} error={run.error || look.error ? visible((run.error ?? look.error)!.message) : undefined}>
          <input data-autofocus required maxLength={400} autoComplete="off" value={value} onChange={(event) => setValue(event.target.value)} />
        </Field>
        <div aria-live="polite">
          {look.isPending && <p className="muted">{t.bulk.preview}</p>}
          {preview && <p>{t.bulk.previewed(preview.done, preview.refused)}</p>}
          {refused.length > 0 && (
            <ul className={css.refused}>
              {refused.slice(0, 50).map((item) => (
                <li key={item.id}>
                  <Name value={item.name || item.id} />: <span className="muted">{visible(item.detail)}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
        <div className={css.formActions}>
          <Button onClick={onClose}>{kit.cancel}</Button>
          <Button type="submit" look="primary" disabled={run.isPending || look.isPending || !value.trim() || preview?.done === 0}>
            {preview ? t.bulk.apply(preview.done) : t.bulk.look}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
