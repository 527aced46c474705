import { useEffect, useState, useSyncExternalStore } from 'react'
import { kit as t } from '@/text/kit'
import { Button, IconButton } from './Button'
import css from './Toasts.module.css'
import { span } from './format'
import { Icon } from './Icon'

export interface Toast {
  id: number
  text: string
  bad?: boolean
  /** Takes back what was done, as long as that is possible. */
  undo?: () => void
  /** When undo ends, in milliseconds since 1970. */
  undoUntil?: number
}

let toasts: Toast[] = []
let next = 1
const listeners = new Set<() => void>()
const tell = () => listeners.forEach((listener) => listener())

/** Says what changed. With undo it stays until undo ends or it is dismissed; otherwise some seconds. */
export function toast(what: Omit<Toast, 'id'>): number {
  const id = next++
  toasts = [...toasts.slice(-3), { ...what, id }]
  tell()
  if (!what.undo && !what.bad) setTimeout(() => dismiss(id), 6000)
  return id
}

export function dismiss(id: number) {
  toasts = toasts.filter((one) => one.id !== id)
  tell()
}

/** Takes back the latest thing that can be taken back; false when there is none. */
export function undoLast(): boolean {
  const one = toasts.findLast((toast) => toast.undo)
  if (!one) return false
  one.undo!()
  dismiss(one.id)
  return true
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  return (
    <div className={css.toasts} role="region" aria-live="polite" aria-label={t.undo}>
      {shown.map((one) => (
        <ToastCard key={one.id} toast={one} />
      ))}
    </div>
  )
}

function ToastCard({ toast: one }: { toast: Toast }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!one.undoUntil) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [one.undoUntil])
  const left = one.undoUntil ? one.undoUntil - now : undefined
  useEffect(() => {
    if (left !== undefined && left <= 0) dismiss(one.id)
  }, [left, one.id])
  return (
    <div className={css.toast} data-bad={one.bad || undefined} role={one.bad ? 'alert' : undefined}>
      <Icon name={one.bad ? 'warning' : 'check'} />
      <p>
        {one.text}
        {left !== undefined && left > 0 && <span aria-hidden="true"> · {t.undoUntil(span(left))}</span>}
      </p>
      {one.undo && (
        <Button
          small
          icon="undo"
          onClick={() => {
            one.undo!()
            dismiss(one.id)
          }}
        >
          {t.undo}
        </Button>
      )}
      <IconButton icon="close" small label={t.dismiss} onClick={() => dismiss(one.id)} />
    </div>
  )
}
