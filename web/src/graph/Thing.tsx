import type { ReactNode, SVGProps } from 'react'

/**
 * A Thing of a picture: a button that can be focused, and beside it what is
 * written. The words are no part of the button, whose name says all of them in
 * full: what is drawn may be cut.
 */
export function Thing({ className, transform, title, words, children, ...button }: { title: string; words: ReactNode } & SVGProps<SVGGElement>) {
  return (
    <g className={className} transform={transform}>
      <title>{title}</title>
      <g role="button" className="gx-hot" {...button}>
        {children}
      </g>
      <g aria-hidden="true" className="gx-words">
        {words}
      </g>
    </g>
  )
}
