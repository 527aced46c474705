import { Menu, Modal } from '@mantine/core'
import { useState } from 'react'
import { useApi, useWrite, write, change } from '@/api/hooks'
import type { View } from '@/api/types'
import { useGo } from '@/app/Link'
import { Button, Field, Icon, Name, toast } from '@/kit'
import { visible } from '@/kit/format'
import { kit } from '@/text/kit'
import { identities as t } from '@/text/identities'
import css from './identities.module.css'

const pageOf: Record<string, string> = { findings: '/findings', fixes: '/findings', identities: '/identities' }

interface State {
  filter: string
  sort: string
  cols: string
  view: string
}

/** Where a saved view leads: its page, with its filter, order and columns in the address. */
export const viewSearch = (view: View) => ({ filter: view.filter || undefined, sort: view.sort || undefined, cols: view.columns?.join(',') || undefined, view: view.id, noun: view.noun === 'identities' || pageOf[view.noun] === '/findings' ? undefined : view.noun })

export function Views({ url, onPick }: { url: State; onPick: (patch: Record<string, string | undefined>) => void }) {
  const views = useApi<{ items: View[] }>('/views', { page_size: 1000 }, { timeless: true, staleTime: 30_000 })
  const go = useGo()
  const [saving, setSaving] = useState(false)
  const items = (views.data?.items ?? []).filter((view) => pageOf[view.noun])
  const now = items.find((view) => view.id === url.view)
  const remove = useWrite((view: View) => change('DELETE', `/views/${encodeURIComponent(view.id)}`), { onDone: () => (toast({ text: t.views.removed }), onPick({ view: '' })), onFail: (problem) => toast({ text: visible(problem.message), bad: true }) })
  const pick = (view: View) => (view.noun === 'identities' ? onPick({ filter: view.filter, sort: view.sort || '-risk', cols: view.columns?.join(',') ?? '', view: view.id, panel: '' }) : go(pageOf[view.noun], viewSearch(view)))
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
        <Menu.Dropdown mah={460} className={css.columnsMenu}>
          <Menu.Item onClick={() => onPick({ filter: '', sort: '-risk', cols: '', view: '', panel: '' })} rightSection={!url.view && !url.filter ? <Icon name="check" size={14} label="✓" /> : undefined}>
            {t.views.all}
          </Menu.Item>
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
  const save = useWrite<void, View>(() => write('POST', '/views', { name: name.trim(), noun: 'identities', filter: url.filter, sort: url.sort, columns: url.cols ? url.cols.split(',') : [], share, visual: 'table' }, { key: key + name + share }), {
    onDone: (view) => {
      toast({ text: t.views.saved(visible(view.name)) })
      onSaved(view)
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={t.views.saveTitle} size={420} closeButtonProps={{ 'aria-label': kit.close }}>
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
        {save.error && <p role="alert">{visible(save.error.message)}</p>}
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

