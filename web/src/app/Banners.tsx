import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useEvents } from '@/api/hooks'
import { Button } from '@/kit/Button'
import { app as t } from '@/text/app'
import { momentWords } from './AsOf'
import { useScope } from './scope'
import css from './Shell.module.css'
import { useUrl } from './url'

/** What holds for the whole page: another moment than now, and that new data has come. */
export function Banners() {
  const { asOf } = useScope()
  const [, set] = useUrl({ as_of: '' })
  const client = useQueryClient()
  const [fresh, setFresh] = useState(false)
  const seen = useRef<unknown>(undefined)
  useEvents(
    ['generation'],
    (event) => {
      const generation = (event.data as { generation?: number } | null)?.generation
      // The first event tells where we are; rows must not move under a reader's eyes after it.
      if (seen.current !== undefined && generation !== seen.current) setFresh(true)
      seen.current = generation
    },
    !asOf,
  )
  return (
    <>
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
    </>
  )
}
