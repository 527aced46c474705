import { Menu, Modal } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { change, useApi, useWrite, write } from '@/api/hooks'
import type { View } from '@/api/types'
import { useGo } from '@/app/Link'
import { kit as t } from '@/text/kit'
import { Button } from './Button'
import { Field } from './Field'
import { visible } from './format'
import { Icon } from './Icon'
import css from './List.module.css'
import { Name } from './marks'
import { toast } from './Toasts'
import { useLooked, WatchItem, WatchMark } from './Watch'

/** The page that shows a view, by what the view lists. */
export const pageOf: Record<string, string> = { findings: '/findings', fixes: '/findings', identities: '/identities', credentials: '/identities' }

/** Whether a view of findings is a list: what is accepted or fixed needs no act. */
export const asList = (view: View) => view.noun !== 'fixes' && /state/.test(view.filter)

/** Where a saved view leads: its page, with its filter, order and columns in the address. */
const viewSearch = (view: View) => ({ filter: view.filter || undefined, sort: view.sort || undefined, cols: view.columns?.join(',') || undefined, view: view.id, noun: view.noun === 'credentials' ? view.noun : undefined, by: pageOf[view.noun] === '/findings' && asList(view) ? 'list' : undefined })

export interface ViewsMenuProps {
  /** The id of the view that is looked at; empty: none. */
  value: string
  /** What the list is called where no view is chosen. */
  all: string
  /** Items before those of views: the whole list, and lists beside it. */
  children: ReactNode
  /** Whether this page shows such a view by itself; any other leads to its page. */
  shows: (view: View) => boolean
  onPick: (view: View) => void
  /** The view was removed. */
  onRemoved: () => void
  /** What is kept when the view is saved. */
  keeps: { noun: string; filter: string; sort: string; columns: string[] }
  onSaved: (view: View) => void
}

/** What everybody has and what one kept, of every list. What a view keeps is in the address after it was picked. */
export function ViewsMenu({ value, all, children, shows, onPick, onRemoved, keeps, onSaved }: ViewsMenuProps) {
  const views = useApi<{ items: View[] }>('/views', { page_size: 1000 }, { timeless: true, staleTime: 30_000 })
  const go = useGo()
  const [saving, setSaving] = useState(false)
  const items = (views.data?.items ?? []).filter((view) => pageOf[view.noun])
  const now = items.find((view) => view.id === value)
  useLooked(now)
  const remove = useWrite((view: View) => change('DELETE', `/views/${encodeURIComponent(view.id)}`), { onDone: () => (toast({ text: t.views.removed }), onRemoved()), onFail: (problem) => toast({ text: visible(problem.message), bad: true }) })
  const group = (label: string, list: View[]) =>
    list.length > 0 && (
      <>
        <Menu.Label>{label}</Menu.Label>
        {list.map((view) => (
          <Menu.Item key={view.id} onClick={() => (shows(view) ? onPick(view) : go(pageOf[view.noun], viewSearch(view)))} title={visible(view.doc ?? '')} rightSection={view.id === value ? <Icon name="check" size={14} label="✓" /> : <WatchMark view={view} />}>
            <Name value={view.name} />
          </Menu.Item>
        ))}
      </>
    )
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <Button look="quiet" icon="bookmark">
            {t.views.label}: <Name value={now?.name ?? all} />
            <Icon name="chevron" size={12} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={460} className={css.menu}>
          {children}
          {group(t.views.mine, items.filter((view) => view.share !== 'shipped'))}
          {group(t.views.shipped, items.filter((view) => view.share === 'shipped'))}
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="plus" size={14} />} onClick={() => setSaving(true)}>
            {t.views.save}
          </Menu.Item>
          {now && <WatchItem view={now} />}
          {now && now.share !== 'shipped' && now.mine !== false && (
            <Menu.Item leftSection={<Icon name="close" size={14} />} onClick={() => remove.mutate(now)}>
              {t.views.remove(visible(now.name))}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {saving && <Save keeps={keeps} onClose={() => setSaving(false)} onSaved={onSaved} />}
    </>
  )
}

function Save({ keeps, onClose, onSaved }: { keeps: ViewsMenuProps['keeps']; onClose: () => void; onSaved: (view: View) => void }) {
  const [name, setName] = useState('')
  const [share, setShare] = useState('private')
  const [key] = useState(() => crypto.randomUUID())
  const save = useWrite<void, View>(() => write('POST', '/views', { name: name.trim(), ...keeps, share, visual: 'table' }, { key: key + name + share }), {
    onDone: (view) => {
      toast({ text: t.views.saved(visible(view.name)) })
      onSaved(view)
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={t.views.save} size={420} closeButtonProps={{ 'aria-label': t.close }}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) save.mutate()
        }}
      >
        <Field label={t.views.name}>
          <input data-autofocus required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t.views.share}>
          <select value={share} onChange={(event) => setShare(event.target.value)}>
            {Object.entries(t.views.shares).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </Field>
        {save.error && (
          <p role="alert" className={css.bad}>
            {visible(save.error.message)}
          </p>
        )}
        <div className={css.formActions}>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button look="primary" type="submit" disabled={save.isPending}>
            {t.views.save}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
