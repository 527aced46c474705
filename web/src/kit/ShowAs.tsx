import { Popover } from '@mantine/core'
import { useState } from 'react'
import { kit as t } from '@/text/kit'
import { Button } from './Button'
import { Command } from './Copy'
import css from './ShowAs.module.css'

export interface ShowAsProps {
  /** The filter, where the view is one. */
  query?: string
  /** The command that gives the same answer. */
  cli: string
  /** The path of the API with its query, from /api/v1 on. */
  api: string
}

/** Quotes a word for a POSIX shell. */
export const shell = (word: string) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)

/** The question behind what is shown: as filter, as command, as call. */
export function ShowAs({ query, cli, api }: ShowAsProps) {
  const [open, setOpen] = useState(false)
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={460} trapFocus returnFocus>
      <Popover.Target>
        <Button icon="code" look="quiet" aria-label={t.showAs.open} onClick={() => setOpen(!open)}>
          {t.showAs.short}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={css.body}>
          {query && (
            <>
              <h3>{t.showAs.query}</h3>
              <Command text={query} what={t.showAs.query} />
            </>
          )}
          <h3>{t.showAs.cli}</h3>
          <Command text={cli} what={t.showAs.cli} />
          <h3>{t.showAs.api}</h3>
          <Command text={`GET ${api}`} what={t.showAs.api} />
          <p className="muted">{t.showAs.help}</p>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
