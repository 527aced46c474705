import type { SVGProps } from 'react'

// One stroke, one grid of 16: drawn here so that nothing is fetched and nothing
// but what is used is shipped.
const paths = {
  home: 'M2.5 7 8 2.5 13.5 7v6a.5.5 0 0 1-.5.5H9.8V9.7H6.2v3.8H3a.5.5 0 0 1-.5-.5z',
  identities: 'M8 1.8 13.4 4.9v6.2L8 14.2 2.6 11.1V4.9zM8 8.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4M5.2 11.4c.5-1.2 1.5-1.8 2.8-1.8s2.3.6 2.8 1.8',
  explore: 'M3.4 4.9a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3M12.6 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3M4.2 14.1a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3M4.8 3.9l6.4 3.4M5.5 12l5.8-3.2',
  findings: 'M8 2 14.2 13.2H1.8zM8 6.3v3.2M8 11.4v.1',
  posture: 'M2 13.5h12M3.5 11V8.5M6.5 11V5.5M9.5 11V7M12.5 11V3',
  reports: 'M4 1.8h5.5L13 5.3v8.9H4zM9.3 1.9v3.6h3.6M6.2 8.4h4.6M6.2 11h4.6',
  sources: 'M8 6.2c3 0 5.3-.9 5.3-2.1S11 2 8 2 2.7 2.9 2.7 4.1 5 6.2 8 6.2M2.7 4.1v7.8C2.7 13.1 5 14 8 14s5.3-.9 5.3-2.1V4.1M2.7 8c0 1.2 2.3 2.1 5.3 2.1s5.3-.9 5.3-2.1',
  settings: 'M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4M8 1.8v1.9M8 12.3v1.9M1.8 8h1.9M12.3 8h1.9M3.6 3.6 5 5M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4',
  glossary: 'M8 3.6C6.8 2.6 5.2 2.2 2.4 2.2v10.4c2.8 0 4.4.4 5.6 1.4 1.2-1 2.8-1.4 5.6-1.4V2.2c-2.8 0-4.4.4-5.6 1.4M8 3.6V14',
  search: 'M7 11.6a4.6 4.6 0 1 0 0-9.2 4.6 4.6 0 0 0 0 9.2M10.4 10.4 14 14',
  clock: 'M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12M8 4.8V8l2.3 1.6',
  close: 'm3.8 3.8 8.4 8.4M12.2 3.8l-8.4 8.4',
  check: 'm2.8 8.4 3.4 3.4 7-7.4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  chevron: 'm4 6 4 4 4-4',
  right: 'm6 3.5 4.5 4.5L6 12.5',
  left: 'M10 3.5 5.5 8l4.5 4.5',
  up: 'm3.5 10 4.5-4.5 4.5 4.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  moon: 'M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7',
  contrast: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 2v12M8 5h4.8M8 8h6M8 11h4.8',
  screen: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  user: 'M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8M2.8 13.8c.6-2.6 2.5-4 5.2-4s4.6 1.4 5.2 4',
  team: 'M6 7.6a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8M1.6 13c.5-2.3 2.1-3.5 4.4-3.5s3.9 1.2 4.4 3.5M10.5 3.1a2.4 2.4 0 0 1 0 4.3M12 9.8c1.3.5 2.1 1.6 2.4 3.2',
  human: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 8a1.9 1.9 0 1 0 0-3.8A1.9 1.9 0 0 0 8 8M4.6 12.6C5.2 10.7 6.3 10 8 10s2.8.7 3.4 2.6',
  identity: 'M8 1.8 13.4 4.9v6.2L8 14.2 2.6 11.1V4.9z',
  agent: 'M8 1.3 14 4.7v6.6L8 14.7 2 11.3V4.7zM8 4.2l3.4 1.9v3.8L8 11.8 4.6 9.9V6.1z',
  credential: 'M5 10.8A2.8 2.8 0 1 0 5 5.2a2.8 2.8 0 0 0 0 5.6M7.8 8H14v2.4M11.2 8v1.8',
  resource: 'M2.8 2.8h10.4v10.4H2.8z',
  workload: 'M8 1.9 13.6 5 8 8.1 2.4 5zM2.6 8.2 8 11.1l5.4-2.9M2.6 11.1 8 14l5.4-2.9',
  place: 'M8 14.2S3.4 10 3.4 6.4a4.6 4.6 0 0 1 9.2 0C12.6 10 8 14.2 8 14.2M8 7.9a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2',
  group: 'M2.5 2.5h4.4v4.4H2.5zM9.1 2.5h4.4v4.4H9.1zM2.5 9.1h4.4v4.4H2.5zM9.1 9.1h4.4v4.4H9.1z',
  policy: 'M8 1.8 13 3.6v4c0 3.2-2 5.4-5 6.6-3-1.2-5-3.4-5-6.6v-4zM5.8 7.9l1.6 1.6 2.9-3.1',
  external: 'M6.4 3H3v10h10V9.6M9 3h4v4M13 3 7.4 8.6',
  download: 'M8 2.2v7.6M4.6 6.6 8 10l3.4-3.4M2.6 13.4h10.8',
  share: 'M8 9.8V2.2M5 4.8 8 1.9l3 2.9M3.4 7.6v6.2h9.2V7.6',
  columns: 'M2 2.8h12v10.4H2zM6 2.8v10.4M10 2.8v10.4',
  rows: 'M2 3.5h12M2 8h12M2 12.5h12',
  filter: 'M2.2 3h11.6L9.4 8.3V13L6.6 11.6V8.3z',
  code: 'm5 4.5-3.5 3.5L5 11.5M11 4.5l3.5 3.5-3.5 3.5',
  table: 'M2 2.8h12v10.4H2zM2 6.2h12M2 9.7h12M6.4 6.2v7',
  chart: 'M2 2v12h12M4.5 10.5 7.4 7l2.3 2 3.8-4.6',
  more: 'M3.6 8h.01M8 8h.01M12.4 8h.01',
  tag: 'M2.2 2.2h5.2l6.4 6.4-5.2 5.2L2.2 7.4zM5 5h.01',
  bell: 'M8 2a4 4 0 0 0-4 4c0 3.6-1.4 4.6-1.4 5.6h10.8c0-1-1.4-2-1.4-5.6a4 4 0 0 0-4-4M6.5 13.4a1.6 1.6 0 0 0 3 0',
  bookmark: 'M4 2h8v12l-4-3-4 3z',
  warning: 'M8 2 14.2 13.2H1.8zM8 6.3v3.2M8 11.4v.1',
  lock: 'M3.6 7.2h8.8v6.4H3.6zM5.4 7.2V5a2.6 2.6 0 0 1 5.2 0v2.2',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M6.2 6.3c.1-1.1.9-1.7 1.9-1.7 1.1 0 1.9.7 1.9 1.6 0 1.3-1.9 1.5-1.9 3M8.1 11.3v.1',
  undo: 'M5.4 3 2.6 5.8l2.8 2.8M2.8 5.8h6.4a3.9 3.9 0 0 1 0 7.8H6',
  trash: 'M2.8 4.4h10.4M6.2 4.4V2.6h3.6v1.8M4.2 4.4l.6 9h6.4l.6-9M6.7 7v4M9.3 7v4',
  refresh: 'M13.2 6.4A5.5 5.5 0 1 0 13.4 9.4M13.4 2.8v3.6H9.8',
  scissors: 'M4 6.2a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8M4 13.6a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8M5.6 5.4 14 12M5.6 10.6 14 4',
  menu: 'M2 4h12M2 8h12M2 12h12',
  sort: 'm5 6.2 3-3.4 3 3.4M5 9.8l3 3.4 3-3.4',
  compare: 'M5.2 2.5v9.6M2.6 9.6l2.6 2.6 2.6-2.6M10.8 13.5V3.9M8.2 6.4l2.6-2.6 2.6 2.6',
} as const

export type IconName = keyof typeof paths

export interface IconProps extends Omit<SVGProps<SVGSVGElement>, 'name'> {
  name: IconName
  size?: number
  /** Words for it; without them it is an ornament beside words. */
  label?: string
}

export function Icon({ name, size = 16, label, ...rest }: IconProps) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2 : 1.35}
      strokeLinecap="round"
      strokeLinejoin="round"
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      focusable="false"
      {...rest}
    >
      <path d={paths[name]} />
    </svg>
  )
}

/** The icon of a kind of thing; an agent has its own. */
export function kindIcon(kind: string, nhiType?: string | null): IconName {
  if (nhiType === 'ai_agent') return 'agent'
  switch (kind) {
    case 'human':
      return 'human'
    case 'credential':
      return 'credential'
    case 'resource':
      return 'resource'
    case 'workload':
      return 'workload'
    case 'place':
      return 'place'
    case 'group':
      return 'team'
    case 'role':
      return 'group'
    case 'policy':
      return 'policy'
    case 'vendor':
      return 'external'
    case 'finding':
      return 'findings'
    case 'check':
      return 'check'
    case 'page':
      return 'right'
    default:
      return 'identity'
  }
}
