import { Menu } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useMayNot, useWrite, write } from '@/api/hooks'
import type { View } from '@/api/types'
import { kit as t } from '@/text/kit'
import { visible } from './format'
import { Icon } from './Icon'
import { toast } from './Toasts'

const path = (view: View, verb: string) => `/views/${encodeURIComponent(view.id)}:${verb}`
const act = (view: View, verb: string) => write<View>('POST', path(view, verb), undefined, { key: crypto.randomUUID() })

/** Turns on and off that one is told of what changes in a view. */
export function WatchItem({ view }: { view: View }) {
  const mayNot = useMayNot('view.write')
  const toggle = useWrite<void, View>(() => act(view, view.watched ? 'unwatch' : 'watch'), {
    onDone: (after) => toast({ text: after.watched ? t.views.watching(visible(view.name)) : t.views.unwatched(visible(view.name)) }),
    onFail: (problem) => toast({ text: visible(problem.message), bad: true }),
  })
  return (
    <Menu.Item leftSection={<Icon name="bell" size={14} />} disabled={!!mayNot || toggle.isPending} title={mayNot ?? t.views.watchHelp} onClick={() => toggle.mutate()}>
      {view.watched ? t.views.unwatch(visible(view.name)) : t.views.watch(visible(view.name))}
    </Menu.Item>
  )
}

/** Says in a list of views which are watched, and how many rows are new in them. */
export function WatchMark({ view }: { view: View }) {
  if (!view.watched) return null
  const fresh = view.news?.added ?? 0
  const words = fresh > 0 ? t.views.fresh(fresh) : t.views.watched
  return (
    <span title={words}>
      <Icon name="bell" size={14} label={words} /> {fresh > 0 && fresh}
    </span>
  )
}

/** Who opens a view that they watch has looked: what is new in it begins anew. */
export function useLooked(view: View | undefined) {
  const told = useRef('')
  const look = useWrite((at: View) => act(at, 'watch'))
  const news = view?.watched && view.news && view.news.added + view.news.removed > 0 ? view : undefined
  useEffect(() => {
    const key = news ? `${news.id} ${news.news?.changed}` : ''
    if (!news || told.current === key) return
    told.current = key
    look.mutate(news)
  }, [news, look])
}
