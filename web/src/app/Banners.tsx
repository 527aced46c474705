import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useApi, useEvents, useMe, useMayNot, useWrite, write } from '@/api/hooks'
import { Button } from '@/kit/Button'
import { visible } from '@/kit/format'
import { toast } from '@/kit/Toasts'
import { app as t } from '@/text/app'
import { momentWords } from './AsOf'
import { useGo } from './Link'
import { useScope } from './scope'
import css from './Shell.module.css'
import { useUrl } from './url'
import { viewAs } from './viewAs'

/** What holds for the whole page: another moment than now, and that new data has come. */
export function Banners() {
  const { asOf } = useScope()
  const [, set] = useUrl({ as_of: '' })
  const client = useQueryClient()
  const [fresh, setFresh] = useState(false)
  const seen = useRef<unknown>(undefined)
  const me = useMe()
  useEvents(
    ['generation'],
    (event) => {
      const generation = (event.data as { generation?: number } | null)?.generation
      // The first event tells where we are; rows must not move under a reader's eyes after it.
      if (seen.current !== undefined && generation !== seen.current) setFresh(true)
      seen.current = generation
    },
    !asOf && !!me.data?.may['scan.read']?.allowed,
  )
  return (
    <>
      <Viewing />
      <Bounded />
      {asOf && (
        <div className={css.banner} role="status">
          <p>{t.asOf.banner(momentWords(asOf))}</p>
          <Button small onClick={() => set({ as_of: undefined })}>
            {t.asOf.back}
          </Button>
        </div>
      )}
      {fresh && !asOf && (
        <div className={css.banner} data-look="calm" role="status">
          <p>{t.stale}</p>
          <Button
            small
            icon="refresh"
            onClick={() => {
              setFresh(false)
              void client.invalidateQueries({ queryKey: ['api'] })
            }}
          >
            {t.reload}
          </Button>
        </div>
      )}
      <Demo />
    </>
  )
}

/** That the page is seen as another role sees it, and the way back. */
function Viewing() {
  const me = useMe()
  if (!me.data?.viewing) return null
  return (
    <div className={css.banner} data-look="other" role="status">
      <p>{t.me.viewingAs(visible(me.data.viewing))}</p>
      <Button small icon="undo" onClick={() => void viewAs('')}>
        {t.me.viewAsSelf}
      </Button>
    </div>
  )
}

/** That no number speaks of the whole estate, to who does not see all of it. */
function Bounded() {
  const me = useMe()
  const grants = me.data?.grants ?? []
  if (grants.length === 0 || grants.some((g) => !g.includes(':') && g !== 'owner')) return null
  return (
    <div className={css.banner} data-look="calm" role="status" aria-label={t.me.bounded('…')}>
      <p>{t.me.bounded(visible(grants.join(', '), 200))}</p>
    </div>
  )
}

interface Removal {
  id: string
  ended: string | null
  state: string
}

/** That what is shown was made up, on every page for as long as it is there. */
function Demo() {
  const me = useMe()
  const sources = useApi<{ items: { id: string }[] }>('/sources', { page_size: 1000 }, { timeless: true, staleTime: 60_000, enabled: !!me.data?.may['source.read']?.allowed })
  const whyNot = useMayNot('demo.write')
  const client = useQueryClient()
  const go = useGo()
  const [id, setId] = useState('')
  const remove = useWrite<void, Removal>(() => write('POST', '/demo:remove', {}), { onDone: (out) => setId(out.id), onFail: (problem) => toast({ text: problem.message, bad: true }) })
  const run = useApi<Removal>(`/operations/${encodeURIComponent(id)}`, {}, { timeless: true, enabled: id !== '', refetchInterval: id ? 500 : undefined })
  const ended = id !== '' && !!run.data?.ended
  useEffect(() => {
    if (!ended) return
    setId('')
    toast({ text: t.demo.removed })
    void client.invalidateQueries({ queryKey: ['api'] })
    go('/welcome', { as_of: undefined })
  }, [ended, client, go])
  if (!sources.data?.items.some((source) => source.id.startsWith('demo.'))) return null
  return (
    <div className={css.banner} data-look="calm" role="status" aria-label={t.demo.banner}>
      <p>{id || remove.isPending ? t.demo.removing : t.demo.banner}</p>
      <Button small look="quiet" icon="trash" why={whyNot} disabled={id !== '' || remove.isPending} onClick={() => remove.mutate()}>
        {t.demo.remove}
      </Button>
    </div>
  )
}
