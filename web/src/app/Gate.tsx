import { useRouterState } from '@tanstack/react-router'
import { lazy, useRef, type ReactNode } from 'react'
import { useMe } from '@/api/hooks'
import { Page } from '@/kit/Page'
import { Forbidden, Loading } from '@/kit/states'
import { app as t } from '@/text/app'
import { pages } from './pages'

const Mine = lazy(() => import('@/pages/mine'))

/** Shows a page to those whose role reads what it is made of, and tells the others in words: nothing is asked for in vain. */
export function Gate({ children }: { children: ReactNode }) {
  const path = useRouterState({ select: (state) => state.location.pathname })
  const me = useMe()
  // A failed question is asked again by whoever asks it next, a page too: it must not
  // be taken away for that.
  const answered = useRef(false)
  if (!me.isPending) answered.current = true
  if (!answered.current) return <Loading />
  const page = pages.find((page) => page.path === path)
  const may = page?.needs ? me.data?.may?.[page.needs] : undefined
  if (!page || !may || may.allowed) return children
  // Who has no scores to look at has things to answer for.
  if (page.name === 'home') return <Mine />
  return (
    <Page title={t.pages[page.name]}>
      <Forbidden detail={may.reason} />
    </Page>
  )
}
