import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode, type Ref } from 'react'
import { IconButton } from '@/kit/Button'
import { graphWords as w } from '@/text/graph'

/** A View is where one looks: scale, and the point of the picture at the left top corner of the stage. */
export interface View {
  k: number
  x: number
  y: number
}

export const least = 0.2
export const most = 3

/** So small a picture is made to show both ends of what is aimed at. */
const smallest = 0.68

/** Room beside what is aimed at. */
const margin = 24

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** fitOf shows the whole picture, never larger than it is and no smaller than can be read. */
export function fitOf(picture: { width: number; height: number }, stage: { width: number; height: number }, readable = 0.86, aim?: Box): View {
  const all = Math.min(1, stage.width / Math.max(1, picture.width), stage.height / Math.max(1, picture.height))
  const cut = Math.max(all, Math.min(readable, stage.width / Math.max(1, picture.width) > readable ? 1 : readable))
  // Somewhat smaller, where then both ends of what is aimed at are seen.
  const ends = aim ? stage.width / (aim.width + 2 * margin) : cut
  const k = ends < cut && ends >= smallest ? Math.max(all, ends) : cut
  // Of a picture that is too large the part is shown that matters: to its end, where it leads to.
  const within = (at: number, whole: number, room: number) => Math.max(0, Math.min(at, whole - room))
  const x = picture.width * k < stage.width ? -(stage.width / k - picture.width) / 2 : aim ? within(aim.x + aim.width + margin - stage.width / k, picture.width, stage.width / k) : 0
  const room = stage.height / k
  const y = picture.height * k < stage.height ? -((stage.height / k - picture.height) / 2) * 0.6 : aim && aim.y + aim.height + margin > room ? within(aim.y + aim.height / 2 - room / 2, picture.height, room) : 0
  return { k, x, y }
}

export function parseView(text: string): View | undefined {
  const m = /^([\d.]{1,6}),(-?\d{1,6}),(-?\d{1,6})$/.exec(text)
  const k = Number(m?.[1])
  return m && k >= least && k <= most ? { k, x: Number(m[2]), y: Number(m[3]) } : undefined
}

export const formatView = (v: View) => `${Math.round(v.k * 100) / 100},${Math.round(v.x)},${Math.round(v.y)}`

const moves = [
  ['left', -1, 0],
  ['right', 1, 0],
  ['up', 0, -1],
  ['down', 0, 1],
] as const

export interface StageProps {
  picture: { width: number; height: number }
  /** What is looked at; undefined fits the picture. */
  view: View | undefined
  /** One gesture ended: one step for Back. undefined: fitted again. */
  onView: (v: View | undefined) => void
  label: string
  describedBy?: string
  svgRef?: Ref<SVGSVGElement>
  onKeyDown?: (e: KeyboardEvent) => void
  /** Draws at a scale; reveal brings what got the focus into sight. */
  children: (k: number, reveal: (x: number, y: number, width: number, height: number) => void) => ReactNode
  /** What must be in sight, such as the thing whose detail is open. */
  show?: { id: string; x: number; y: number; width: number; height: number }
  /** What is in sight at first, where the picture is larger than the stage. */
  aim?: Box
  /** The scale below which a picture that is too large is cut rather than shrunk. */
  readable?: number
  /** Changes when another picture is shown. */
  pictureKey: string
}

/** Stage shows a picture that can be moved and zoomed: by drag, by buttons, by keys, and by the wheel with Ctrl alone. */
export function Stage({ picture, view, onView, label, describedBy, svgRef, onKeyDown, children, pictureKey, show, readable, aim }: StageProps) {
  const outer = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 800, height: 480 })
  const [live, setLive] = useState<View>()
  const [hint, setHint] = useState(false)
  const [grabbing, setGrabbing] = useState(false)
  useLayoutEffect(() => {
    const el = outer.current
    if (!el) return
    const measure = () => el.clientWidth > 0 && setSize({ width: el.clientWidth, height: el.clientHeight })
    measure()
    if (typeof ResizeObserver === 'undefined') return
    const seen = new ResizeObserver(measure)
    seen.observe(el)
    return () => seen.disconnect()
  }, [])
  const fitted = useMemo(() => fitOf(picture, size, readable, aim), [picture, size, readable, aim])
  const at = live ?? view ?? fitted
  const now = useRef(at)
  now.current = at
  const told = useRef(onView)
  told.current = onView
  useEffect(() => setLive(undefined), [view, pictureKey])

  const zoom = useCallback((by: number, cx: number, cy: number) => {
    const v = now.current
    const k = Math.min(most, Math.max(least, v.k * by))
    return { k, x: v.x + cx / v.k - cx / k, y: v.y + cy / v.k - cy / k }
  }, [])
  const step = (by: number) => onView(zoom(by, size.width / 2, size.height / 2))

  // The wheel must not be passive, or the page would zoom too.
  useEffect(() => {
    const el = outer.current
    if (!el) return
    let timer = 0
    const wheel = (e: WheelEvent) => {
      if (!e.ctrlKey && !e.metaKey) {
        setHint(true)
        clearTimeout(timer)
        timer = window.setTimeout(() => setHint(false), 1200)
        return
      }
      e.preventDefault()
      const r = el.getBoundingClientRect()
      const next = zoom(Math.exp(-e.deltaY * 0.0022), e.clientX - r.left, e.clientY - r.top)
      now.current = next
      setLive(next)
      clearTimeout(timer)
      timer = window.setTimeout(() => told.current(now.current), 220)
    }
    el.addEventListener('wheel', wheel, { passive: false })
    return () => {
      clearTimeout(timer)
      el.removeEventListener('wheel', wheel)
    }
  }, [zoom])

  const reveal = (x: number, y: number, width: number, height: number) => {
    const v = now.current
    const right = v.x + size.width / v.k
    const low = v.y + size.height / v.k
    const dx = x < v.x ? x - v.x - 16 : x + width > right ? x + width - right + 16 : 0
    const dy = y < v.y ? y - v.y - 16 : y + height > low ? y + height - low + 16 : 0
    if (dx || dy) setLive({ ...v, x: v.x + dx, y: v.y + dy })
  }
  const wanted = useRef(show)
  wanted.current = show
  useEffect(() => {
    const s = wanted.current
    if (s) reveal(s.x, s.y, s.width, s.height)
    // Only when another thing is chosen, or the stage got another size.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [show?.id, size])
  const beyond: Record<'left' | 'right' | 'up' | 'down', boolean> = {
    left: at.x > 24,
    right: at.x + size.width / at.k < picture.width - 24,
    up: at.y > 24,
    down: at.y + size.height / at.k < picture.height - 24,
  }
  const more = moves.filter(([to]) => beyond[to])
  const drag = useRef<{ x: number; y: number; from: View; moved: boolean } | undefined>(undefined)
  return (
    <div className="gx-stage gx-barred">
      <div className="gx-sight" ref={outer} data-more={more.map(([to]) => to).join(' ') || undefined}>
      <svg
        ref={svgRef}
        className="gx-svg"
        role="group"
        aria-label={label}
        aria-describedby={describedBy}
        viewBox={`${round(at.x)} ${round(at.y)} ${round(size.width / at.k)} ${round(size.height / at.k)}`}
        preserveAspectRatio="xMinYMin meet"
        data-grabbing={grabbing || undefined}
        onKeyDown={(e) => {
          if (e.key === '0' && !e.ctrlKey && !e.metaKey && !e.altKey) onView(undefined)
          else onKeyDown?.(e)
        }}
        onPointerDown={(e) => {
          if (e.button !== 0) return
          drag.current = { x: e.clientX, y: e.clientY, from: now.current, moved: false }
        }}
        onPointerMove={(e) => {
          const d = drag.current
          if (!d) return
          const dx = e.clientX - d.x
          const dy = e.clientY - d.y
          if (!d.moved && Math.hypot(dx, dy) < 5) return
          if (!d.moved) {
            d.moved = true
            setGrabbing(true)
            e.currentTarget.setPointerCapture(e.pointerId)
          }
          setLive({ k: d.from.k, x: d.from.x - dx / d.from.k, y: d.from.y - dy / d.from.k })
        }}
        onPointerUp={() => {
          const d = drag.current
          drag.current = undefined
          setGrabbing(false)
          if (d?.moved) onView(now.current)
        }}
        onPointerCancel={() => {
          drag.current = undefined
          setGrabbing(false)
        }}
      >
        {children(at.k, reveal)}
      </svg>
      {hint && <span className="gx-hint">{w.ctrlZoom}</span>}
      </div>
      <div className="gx-bar">
        {more.map(([to, dx, dy]) => (
          <IconButton key={to} small icon={to} label={w.move[to]} onClick={() => onView({ ...at, x: at.x + (dx * size.width * 0.7) / at.k, y: at.y + (dy * size.height * 0.7) / at.k })} />
        ))}
        <IconButton small icon="minus" label={w.zoomOut} onClick={() => step(1 / 1.3)} />
        <IconButton small icon="plus" label={w.zoomIn} onClick={() => step(1.3)} />
        <IconButton small icon="screen" label={w.fit} onClick={() => onView(undefined)} />
      </div>
    </div>
  )
}

const round = (v: number) => Math.round(v * 100) / 100
