import { Modal } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react'
import { get, type Problem } from '@/api/client'
import { useMe } from '@/api/hooks'
import { visible } from '@/kit/format'
import { Icon, kindIcon, type IconName } from '@/kit/Icon'
import { Name } from '@/kit/marks'
import { app as t } from '@/text/app'
import { useGo } from './Link'
import { mayOpen, pages } from './pages'
import css from './Palette.module.css'
import { setPrefs, type Theme } from './prefs'
import { useScope } from './scope'
import { shareHere } from './share'
import { viewAs } from './viewAs'

interface Hit {
  id: string
  name: string
  type: string
  detail: string
}

interface SearchAnswer {
  groups: { group: string; total: number; hits: Hit[] }[]
}

interface Entry {
  key: string
  group: string
  name: string
  detail?: string
  icon: IconName
  run: () => void
}

/** Where a hit leads. */
export function hrefOf(group: string, hit: { id: string }): string {
  switch (group) {
    case 'findings':
      return `/findings/${encodeURIComponent(hit.id)}`
    case 'checks':
      return `/findings?filter=${encodeURIComponent('check=' + hit.id)}`
    default:
      return `/identities/${encodeURIComponent(hit.id)}`
  }
}

export default function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const id = useId()
  const go = useGo()
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const me = useMe()
  const { asOf } = useScope()
  const [asked] = useDebouncedValue(text.trim(), 90)
  const found = useQuery<SearchAnswer, Problem>({
    queryKey: ['search', asked, asOf],
    queryFn: ({ signal }) => get('/search', { q: asked, as_of: asOf }, signal),
    enabled: asked.length > 0,
    placeholderData: (before) => before,
    retry: false,
    staleTime: 15_000,
  })

  const entries = useMemo(() => {
    const visit = (href: string) => () => {
      onClose()
      const url = new URL(href, location.origin)
      go(url.pathname, Object.fromEntries(url.searchParams))
    }
    const local: Entry[] = pages.filter((page) => mayOpen(page, me.data)).map((page) => ({ key: 'page ' + page.path, group: 'pages', name: t.pages[page.name], detail: page.key ? `g ${page.key}` : undefined, icon: page.icon, run: visit(page.path) }))
    const act = (name: string, icon: IconName, run: () => void, detail?: string): Entry => ({ key: 'act ' + name, group: 'actions', name, icon, detail, run: () => (onClose(), run()) })
    const themes: Theme[] = ['light', 'dark', 'contrast', 'system']
    local.push(
      act(t.shareSnapshot, 'share', () => void shareHere(), 'y'),
      act(t.shareLive, 'share', () => void shareHere(true)),
      act(t.shortcuts.title, 'help', onHelp, '?'),
      ...(me.data?.viewing ? [act(t.me.viewAsSelf, 'undo', () => void viewAs(''))] : []),
      ...(me.data?.view_as ?? []).map((role) => act(t.me.viewAs(role), 'user', () => void viewAs(role))),
      ...themes.map((theme) => act(`${t.theme.label}: ${t.theme[theme]}`, 'sun', () => setPrefs({ theme }))),
    )
    const q = text.trim().toLowerCase()
    const out = local.filter((entry) => (q ? entry.name.toLowerCase().includes(q) : entry.group === 'pages'))
    if (!q) return out
    const hits: Entry[] = (asked ? (found.data?.groups ?? []) : []).flatMap((group) =>
      group.hits.map((hit) => ({ key: group.group + ' ' + hit.id, group: group.group, name: hit.name, detail: hit.detail || hit.type, icon: kindIcon(group.group.replace(/ies$/, 'y').replace(/s$/, '')), run: visit(hrefOf(group.group, hit)) })),
    )
    return [...hits, ...out, { key: 'all', group: 'actions', name: t.palette.searchAll(text.trim()), icon: 'filter' as const, run: visit('/identities?filter=' + encodeURIComponent(/[\s=:<>]/.test(text.trim()) ? text.trim() : '"' + text.trim().replace(/(["\\])/g, '\\$1') + '"')) }]
  }, [text, asked, found.data, me.data, go, onClose, onHelp])

  // Who types a name and presses Enter at once means the hit that is on its way.
  const [hurry, setHurry] = useState(false)
  const settled = text.trim() === asked && !(asked && found.isFetching)
  useEffect(() => {
    if (!hurry || !settled) return
    setHurry(false)
    entries[0]?.run()
  }, [hurry, settled, entries])

  const at = Math.min(active, Math.max(0, entries.length - 1))
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      setActive((at + step + entries.length) % Math.max(1, entries.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (settled) entries[at]?.run()
      else setHurry(true)
    }
  }
  let group = ''
  return (
    <Modal opened onClose={onClose} withCloseButton={false} size={640} yOffset="12vh" padding={0} aria-label={t.palette.label}>
      <div className={css.head}>
        <Icon name="search" />
        <input
          data-autofocus
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={entries[at] ? `${id}-${at}` : undefined}
          aria-label={t.palette.label}
          placeholder={t.palette.placeholder}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setActive(0)
            setHurry(false)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={`${id}-list`} role="listbox" aria-label={t.palette.label} className={css.list}>
        {entries.map((entry, i) => {
          const head = entry.group !== group
          group = entry.group
          return (
            <div key={entry.key} role="presentation">
              {head && (
                <div className={css.group} role="presentation">
                  {t.palette.groups[entry.group] ?? visible(entry.group)}
                </div>
              )}
              <div id={`${id}-${i}`} role="option" aria-selected={i === at} className={css.entry} onMouseMove={() => setActive(i)} onClick={entry.run} ref={(element) => void (i === at && element?.scrollIntoView({ block: 'nearest' }))}>
                <Icon name={entry.icon} size={15} />
                <span className={css.name}>
                  <Name value={entry.name} />
                </span>
                {entry.detail && (
                  <span className={css.detail}>
                    <Name value={entry.detail} />
                  </span>
                )}
              </div>
            </div>
          )
        })}
      </div>
      <p className={css.foot} role="status">
        {found.error ? t.palette.unavailable : text && !found.isFetching && entries.length <= 1 ? t.palette.empty : t.palette.hint}
      </p>
    </Modal>
  )
}
