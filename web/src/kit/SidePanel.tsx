import { useEffect, useId, useRef, type ReactNode } from 'react'
import { kit as t } from '@/text/kit'
import { useKeys } from '@/app/shortcuts'
import { IconButton } from './Button'
import css from './SidePanel.module.css'

export interface SidePanelProps {
  title: ReactNode
  onClose: () => void
  onPrevious?: () => void
  onNext?: () => void
  /** Opens the full page of what the panel shows. */
  onFull?: () => void
  children: ReactNode
}

/** Detail beside the list: the list keeps its place. On narrow screens it lies over the page. */
export function SidePanel({ title, onClose, onPrevious, onNext, onFull, children }: SidePanelProps) {
  const id = useId()
  const before = useRef<Element | null>(null)
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    before.current = document.activeElement
    return () => (before.current instanceof HTMLElement && before.current.isConnected ? before.current.focus({ preventScroll: true }) : undefined)
  }, [])
  useKeys({
    Escape: onClose,
    ...(onPrevious && { '[': onPrevious }),
    ...(onNext && { ']': onNext }),
    ...(onFull && { o: onFull }),
  })
  return (
    <aside ref={panel} className={css.panel} aria-labelledby={id}>
      <div className={css.head}>
        <h2 id={id}>{title}</h2>
        {onPrevious && <IconButton icon="up" small label={t.panel.previous} onClick={onPrevious} />}
        {onNext && <IconButton icon="down" small label={t.panel.next} onClick={onNext} />}
        {onFull && <IconButton icon="external" small label={t.panel.open} onClick={onFull} />}
        <IconButton icon="close" small label={t.panel.close} onClick={onClose} />
      </div>
      <div className={css.body} tabIndex={0} role="group" aria-labelledby={id}>
        {children}
      </div>
    </aside>
  )
}
