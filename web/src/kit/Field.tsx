import { cloneElement, useId, type ReactElement } from 'react'
import css from './Field.module.css'

type Control = ReactElement<{ id?: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean; className?: string }>

/** A label above a native control, with help and what is wrong with it. */
export function Field({ label, help, error, children }: { label: string; help?: string; error?: string; children: Control }) {
  const id = useId()
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      {cloneElement(children, { id, className: css.control, 'aria-describedby': help || error ? `${id}-help` : undefined, 'aria-invalid': error ? true : undefined })}
      {(error || help) && (
        <p id={`${id}-help`} data-bad={error ? true : undefined} role={error ? 'alert' : undefined}>
          {error || help}
        </p>
      )}
    </div>
  )
}
