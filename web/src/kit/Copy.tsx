import { useState } from 'react'
import { announce } from './announce'
import { IconButton } from './Button'
import css from './kit.module.css'
import { visible } from './format'
import { kit as t } from '@/text/kit'

/** Puts text on the clipboard, also where the browser has no clipboard API. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.setAttribute('readonly', '')
    area.className = 'visually-hidden'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

export function Copy({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState(false)
  return (
    <IconButton
      icon={done ? 'check' : 'copy'}
      small
      label={done ? t.copied : t.copyWhat(what)}
      onClick={async () => {
        if (!(await copyText(text))) return
        setDone(true)
        announce(t.copied)
        setTimeout(() => setDone(false), 1500)
      }}
    />
  )
}

/** A command or an address, to read and to copy. */
export function Command({ text, what = 'command' }: { text: string; what?: string }) {
  return (
    <div className={css.command}>
      <code dir="ltr" tabIndex={text.length > 1000 ? 0 : undefined}>{text.split('\n').map((line) => visible(line, 8000)).join('\n').slice(0, 20_000)}</code>
      <Copy text={text} what={what} />
    </div>
  )
}
