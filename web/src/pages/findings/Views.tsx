import { Menu, Modal } from '@mantine/core'
import { useState } from 'react'
import { change, useApi, useWrite, write } from '@/api/hooks'
import type { View } from '@/api/types'
import { Button, Field, Icon, Name, toast } from '@/kit'
import { visible } from '@/kit/format'
import { findings as t } from '@/text/findings'
import { kit } from '@/text/kit'
import css from './findings.module.css'

interface State {
  filter: string
  sort: string
  by: string
  view: string
}

/** The saved views of findings. What a view keeps is in the address after it was picked. */
export function Views({ url, onPick }: { url: State; onPick: (patch: Record<string, string | undefined>) => void }) {
  const views = useApi<{ items: View[] }>('/views', { page_size: 1000 }, { timeless: true, staleTime: 30_000 })
  const [saving, setSaving] = useState(false)
  const items = (views.data?.items ?? []).filter((view) => view.noun === 'findings' || view.noun === 'fixes')
  const now = items.find((view) => view.id === url.view)
  const remove = useWrite((view: View) => change('DELETE', `/views/${encodeURIComponent(view.id)}`), { onDone: () => (toast({ text: t.views.removed }), onPick({ view: '' })), onFail: (problem) => toast({ text: visible(problem.message), bad: true }) })
  // What is accepted or fixed needs no act: such a view is a list.
  const pick = (view: View) => onPick({ filter: view.filter, sort: view.sort ?? '', view: view.id, panel: '', by: view.noun === 'fixes' || !/state/.test(view.filter) ? 'fix' : 'list' })
  const group = (label: string, list: View[]) =>
    list.length > 0 && (
      <>
        <Menu.Label>{label}</Menu.Label>
        {list.map((view) => (
          <Menu.Item key={view.id} onClick={() => pick(view)} title={visible(view.doc ?? '')} rightSection={view.id === url.view ? <Icon name="check" size={14} label="✓" /> : undefined}>
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
            {t.views.label}: <Name value={now?.name ?? t.views.all} />
            <Icon name="chevron" size={12} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={460} className={css.menu}>
          <Menu.Item onClick={() => onPick({ filter: '', sort: '', view: '', panel: '', by: 'fix' })}>{t.views.all}</Menu.Item>
          {group(t.views.mine, items.filter((view) => view.share !== 'shipped'))}
          {group(t.views.shipped, items.filter((view) => view.share === 'shipped'))}
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="plus" size={14} />} onClick={() => setSaving(true)}>
            {t.views.save}
          </Menu.Item>
          {now && now.share !== 'shipped' && now.mine !== false && (
            <Menu.Item leftSection={<Icon name="close" size={14} />} onClick={() => remove.mutate(now)}>
              {t.views.remove(visible(now.name))}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {saving && <Save url={url} onClose={() => setSaving(false)} onSaved={(view) => onPick({ view: view.id })} />}
    </>
  )
}

function Save({ url, onClose, onSaved }: { url: State; onClose: () => void; onSaved: (view: View) => void }) {
  const [name, setName] = useState('')
  const [share, setShare] = useState('private')
  const [key] = useState(() => crypto.randomUUID())
  const save = useWrite<void, View>(() => write('POST', '/views', { name: name.trim(), noun: url.by === 'list' ? 'findings' : 'fixes', filter: url.filter, sort: url.by === 'list' ? url.sort : '', columns: [], share, visual: 'table' }, { key: key + name + share }), {
    onDone: (view) => {
      toast({ text: t.views.saved(visible(view.name)) })
      onSaved(view)
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={t.views.save} size={420} closeButtonProps={{ 'aria-label': kit.close }}>
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
          <Button onClick={onClose}>{kit.cancel}</Button>
          <Button look="primary" type="submit" disabled={save.isPending}>
            {t.views.save}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
