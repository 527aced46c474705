import { Tooltip } from '@mantine/core'
import { Link, type LinkProps } from '@tanstack/react-router'
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import { Icon, type IconName } from './Icon'
import css from './kit.module.css'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'default' | 'primary' | 'quiet' | 'danger'
  small?: boolean
  /** Pressed, for a button that toggles. */
  on?: boolean
  icon?: IconName
  /** Why it cannot be pressed now, and who can: the button stays, can be focused and says so. */
  why?: string
  ref?: Ref<HTMLButtonElement>
  children?: ReactNode
}

/** A button that says what it does. */
export function Button({ look, small, on, icon, why, children, onClick, className, ...rest }: ButtonProps) {
  const button = (
    <button
      type="button"
      className={className ? `${css.button} ${className}` : css.button}
      data-look={look}
      data-small={small || undefined}
      data-on={on || undefined}
      aria-pressed={on === undefined ? undefined : on}
      aria-disabled={why ? true : undefined}
      onClick={why ? undefined : onClick}
      {...rest}
    >
      {icon && <Icon name={icon} size={small ? 13 : 14} />}
      {children}
    </button>
  )
  return why ? <Tooltip label={why}>{button}</Tooltip> : button
}

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName
  /** What it does, in words: for the tooltip and for who cannot see the icon. */
  label: string
  small?: boolean
  on?: boolean
  ref?: Ref<HTMLButtonElement>
}

export function IconButton({ icon, label, small, on, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip label={label}>
      <button type="button" className={className ? `${css.icon} ${className}` : css.icon} aria-label={label} data-small={small || undefined} data-on={on || undefined} aria-pressed={on === undefined ? undefined : on} {...rest}>
        <Icon name={icon} size={small ? 14 : 16} />
      </button>
    </Tooltip>
  )
}

/** A link that looks like a button. */
export function LinkButton({ look, small, icon, children, ...rest }: { look?: ButtonProps['look']; small?: boolean; icon?: IconName; children: ReactNode } & LinkProps) {
  return (
    <Link className={css.button} data-look={look} data-small={small || undefined} {...rest}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </Link>
  )
}
