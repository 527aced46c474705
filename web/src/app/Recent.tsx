import { Menu } from '@mantine/core'
import { useState } from 'react'
import { useApi, useMayNot, useWrite, write } from '@/api/hooks'
import type { List, Schemas } from '@/api/types'
import { Button, IconButton } from '@/kit/Button'
import { span, visible } from '@/kit/format'
import { Icon } from '@/kit/Icon'
import { Ago } from '@/kit/marks'
import { toast } from '@/kit/Toasts'
import { app as t } from '@/text/app'
import { useScope } from './scope'
import css from './Shell.module.css'

type Operation = Schemas['Operation']

/** What was changed by a job, the newest first: these, and not scans, can be taken back. */
export const changed = (items: Operation[]) => items.filter((one) => /^(finding|identity)\./.test(one.kind))

/** How much longer something can be taken back, in milliseconds; 0: no more. */
export const undoLeft = (one: Pick<Operation, 'state' | 'undo_until'>, now: number) => (one.state === 'done' && one.undo_until ? Math.max(0, Date.parse(one.undo_until) - now) : 0)

/** The latest changes of many things at once, each of which can be taken back as long as its time lasts, whatever was loaded since. */
export function Recent({ open, onOpen }: { open: boolean; onOpen: (open: boolean) => void }) {
  const mayNot = useMayNot('scan.read')
  if (mayNot) return null
  return (
    <Menu position="bottom-end" width={380} opened={open} onChange={onOpen} closeOnItemClick={false}>
      <Menu.Target>
        <IconButton icon="undo" label={t.recent.label} />
      </Menu.Target>
      <Menu.Dropdown className={css.recent}>
        <Menu.Label>{t.recent.label}</Menu.Label>
        {open && <Latest />}
      </Menu.Dropdown>
    </Menu>
  )
}

function Latest() {
  const { asOf } = useScope()
  const list = useApi<List<Operation>>('/operations', { page_size: 100 }, { timeless: true })
  const [now] = useState(Date.now)
  const undo = useWrite<Operation, unknown>((one) => write('POST', `/operations/${encodeURIComponent(one.id)}:undo`), {
    onDone: () => toast({ text: t.recent.undone }),
    onFail: (problem) => toast({ text: visible(problem.message, 400), bad: true }),
  })
  if (list.error) return <p className={css.recentNote}>{visible(list.error.message, 300)}</p>
  if (!list.data) return <p className={css.recentNote}>{t.recent.reading}</p>
  const items = changed(list.data.items).slice(0, 10)
  if (items.length === 0) return <p className={css.recentNote}>{t.recent.none}</p>
  return (
    <>
      {items.map((one) => {
        const left = undoLeft(one, now)
        return (
          <Menu.Item
            key={one.id}
            component="div"
            aria-disabled={left === 0 || undefined}
            rightSection={
              left > 0 ? (
                <Button small icon="undo" why={asOf ? t.recent.asOf : undefined} disabled={undo.isPending} aria-label={`${t.recent.undo}: ${visible(one.target, 120)}`} onClick={() => undo.mutate(one)}>
                  {t.recent.undo}
                </Button>
              ) : one.state === 'undone' ? (
                <Icon name="undo" size={14} label={t.recent.states.undone} />
              ) : undefined
            }
          >
            <span className={css.recentWhat}>
              {t.recent.kinds[one.kind] ?? visible(one.kind)}: {visible(one.target, 160)}
            </span>
            <small className={css.recentNote}>
              {visible(one.actor, 80)} · <Ago at={one.started} />
              {left > 0 ? ` · ${t.recent.left(span(left))}` : ` · ${t.recent.states[one.state] ?? visible(one.state)}`}
            </small>
          </Menu.Item>
        )
      })}
    </>
  )
}
