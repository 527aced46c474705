import type { Route } from './routes'
import { visible } from '@/kit/format'
import { by, lineOf, say } from './verbs'

// Pictures to take along. Everything is written out, so that they stand alone;
// a bitmap is drawn by hand, for the page may load no image but its own.

const properties = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'font-size', 'font-weight', 'text-anchor', 'opacity', 'paint-order'] as const

const margin = 24
const head = 44
const foot = 60

export interface Words {
  title: string
  /** Lines of the legend. */
  legend: string[]
  /** Where it comes from and of when it is. */
  note: string
}

interface Flat {
  kind: 'path' | 'text'
  d: string
  text: string
  x: number
  y: number
  matrix: [number, number, number, number, number, number]
  style: Record<string, string>
}

/** flatten reads what is drawn: paths and texts with their place and their look. */
function flatten(svg: SVGSVGElement): Flat[] {
  const root = svg.getScreenCTM()?.inverse()
  const out: Flat[] = []
  for (const el of svg.querySelectorAll<SVGGraphicsElement>('path,rect,circle,ellipse,polygon,text')) {
    const cs = getComputedStyle(el)
    if (cs.display === 'none' || cs.visibility === 'hidden' || el.classList.contains('gx-hit') || el.classList.contains('gx-hit2') || el.closest('defs')) continue
    const ctm = el.getScreenCTM()
    if (!ctm || !root) continue
    const m = root.multiply(ctm)
    const style = Object.fromEntries(properties.map((p) => [p, cs.getPropertyValue(p)]))
    let opacity = Number(style.opacity) || 1
    for (let up = el.parentElement as Element | null; up && up !== svg; up = up.parentElement) opacity *= Number(getComputedStyle(up).opacity) || 1
    style.opacity = String(opacity)
    const matrix: Flat['matrix'] = [m.a, m.b, m.c, m.d, m.e, m.f].map((v) => Math.round(v * 1000) / 1000) as Flat['matrix']
    if (el.localName === 'text') out.push({ kind: 'text', d: '', text: el.textContent ?? '', x: Number(el.getAttribute('x') ?? 0), y: Number(el.getAttribute('y') ?? 0), matrix, style })
    else out.push({ kind: 'path', d: outlineOf(el), text: '', x: 0, y: 0, matrix, style })
  }
  return out
}

function outlineOf(el: SVGGraphicsElement): string {
  const n = (name: string) => Number(el.getAttribute(name) ?? 0)
  switch (el.localName) {
    case 'rect': {
      const r = Math.min(n('rx'), n('width') / 2, n('height') / 2)
      const [x, y, w, h] = [n('x'), n('y'), n('width'), n('height')]
      return r > 0 ? `M${x + r} ${y}h${w - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${h - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}h${2 * r - w}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - h}a${r} ${r} 0 0 1 ${r} ${-r}z` : `M${x} ${y}h${w}v${h}h${-w}z`
    }
    case 'circle':
    case 'ellipse': {
      const rx = el.localName === 'circle' ? n('r') : n('rx')
      const ry = el.localName === 'circle' ? n('r') : n('ry')
      return `M${n('cx') - rx} ${n('cy')}a${rx} ${ry} 0 1 0 ${rx * 2} 0a${rx} ${ry} 0 1 0 ${-rx * 2} 0z`
    }
    case 'polygon':
      return 'M' + (el.getAttribute('points') ?? '').trim().split(/\s+/).join('L') + 'z'
    default:
      return el.getAttribute('d') ?? ''
  }
}

const escape = (s: string) => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

interface Colours {
  bg: string
  text: string
  muted: string
}

/** toSVG is the whole picture, not the part that is looked at, with title and legend. */
export function toSVG(svg: SVGSVGElement, size: { width: number; height: number }, words: Words, colours: Colours): string {
  const width = Math.max(size.width + margin * 2, 640)
  const height = size.height + head + foot + margin
  const body = flatten(svg).map((f) => {
    const attributes = [...properties.map((p) => [p, f.style[p] ?? '']), ['transform', `matrix(${f.matrix.join(' ')})`]].filter(([, v]) => v && v !== 'none 0px' && v !== 'normal').map(([k, v]) => `${k}="${escape(v ?? '')}"`).join(' ')
    return f.kind === 'text' ? `<text x="${f.x}" y="${f.y}" ${attributes}>${escape(f.text)}</text>` : `<path d="${escape(f.d)}" ${attributes}/>`
  })
  const lines = words.legend.map((l, i) => `<text x="${margin}" y="${height - foot + 22 + i * 17}" font-size="12" fill="${colours.muted}">${escape(l)}</text>`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" role="img" aria-label="${escape(words.title)}">`,
    `<title>${escape(words.title)}</title><rect width="${width}" height="${height}" fill="${colours.bg}"/>`,
    `<text x="${margin}" y="28" font-size="16" font-weight="600" fill="${colours.text}">${escape(words.title)}</text>`,
    `<g transform="translate(${margin} ${head})">`,
    ...body,
    '</g>',
    ...lines,
    `<text x="${width - margin}" y="${height - 12}" font-size="11" text-anchor="end" fill="${colours.muted}">${escape(words.note)}</text>`,
    '</svg>',
  ].join('\n')
}

/** toPNG draws the same on a canvas, at twice the size. */
export async function toPNG(svg: SVGSVGElement, size: { width: number; height: number }, words: Words, colours: Colours): Promise<Blob | null> {
  const width = Math.max(size.width + margin * 2, 640)
  const height = size.height + head + foot + margin
  const scale = Math.min(2, 8000 / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(width * scale)
  canvas.height = Math.ceil(height * scale)
  const c = canvas.getContext('2d')
  if (!c) return null
  const face = getComputedStyle(svg).fontFamily
  const write = (text: string, x: number, y: number, font: string, fill: string, align: CanvasTextAlign = 'left') => {
    c.font = font + ' ' + face
    c.fillStyle = fill
    c.textAlign = align
    c.fillText(text, x, y)
  }
  c.scale(scale, scale)
  c.fillStyle = colours.bg
  c.fillRect(0, 0, width, height)
  write(words.title, margin, 28, '600 16px', colours.text)
  for (const f of flatten(svg)) {
    c.save()
    c.translate(margin, head)
    c.transform(...f.matrix)
    c.globalAlpha = Number(f.style.opacity) || 1
    c.lineWidth = Number.parseFloat(f.style['stroke-width'] ?? '1') || 1
    c.lineJoin = 'round'
    c.lineCap = f.style['stroke-linecap'] === 'round' ? 'round' : 'butt'
    c.setLineDash((f.style['stroke-dasharray'] ?? 'none') === 'none' ? [] : (f.style['stroke-dasharray'] ?? '').split(/[ ,]+/).map(Number.parseFloat))
    const fill = f.style.fill ?? 'none'
    const stroke = f.style.stroke ?? 'none'
    c.fillStyle = fill === 'none' ? 'transparent' : fill
    c.strokeStyle = stroke === 'none' ? 'transparent' : stroke
    if (f.kind === 'text') {
      c.font = `${f.style['font-weight']} ${f.style['font-size']} ${face}`
      c.textAlign = f.style['text-anchor'] === 'middle' ? 'center' : f.style['text-anchor'] === 'end' ? 'right' : 'left'
      if (stroke !== 'none') c.strokeText(f.text, f.x, f.y)
      c.fillText(f.text, f.x, f.y)
    } else {
      const path = new Path2D(f.d)
      if (fill !== 'none') c.fill(path)
      if (stroke !== 'none') c.stroke(path)
    }
    c.restore()
  }
  words.legend.forEach((l, i) => write(l, margin, height - foot + 22 + i * 17, '12px', colours.muted))
  write(words.note, width - margin, height - 12, '11px', colours.muted, 'right')
  return new Promise((done) => canvas.toBlob(done, 'image/png'))
}

/** toMermaid is a flowchart that most wikis draw: ids are numbers, names are quoted, and none can end its quote. */
export function toMermaid(routes: Route[], words: Words): string {
  const ids = new Map<string, string>()
  const name = (s: string) => '"' + visible(s, 200).replace(/[#"<>&;`\\]/g, (c) => `#${c.charCodeAt(0)};`) + '"'
  const comment = (s: string) => visible(s, 300).replaceAll('%', '')
  const lines = [`%% ${comment(words.title)}`, `%% ${comment(words.note)}`, ...words.legend.map((l) => `%% ${comment(l)}`), 'flowchart LR']
  const edges = new Map<string, string>()
  for (const r of routes) {
    for (const n of r.nodes) {
      if (ids.has(n.id)) continue
      const id = 'n' + ids.size
      ids.set(n.id, id)
      const [a, b] = n.kind === 'human' ? ['((', '))'] : n.kind === 'identity' ? ['{{', '}}'] : n.kind === 'credential' ? ['{', '}'] : ['[', ']']
      lines.push(`  ${id}${a}${name(n.name + (n.tier0 ? ' (T0)' : ''))}${b}`)
    }
    r.steps.forEach((s, i) => {
      const words = s.words ?? say(s)
      const arrow = lineOf(s.grade) === 'solid' ? '-->' : '-.->'
      const text = name(words + (by(s) ? ': ' + by(s) : '') + (s.grade === 'proven' ? '' : ` (${s.grade})`))
      const line = `  ${ids.get(r.nodes[i]!.id)} ${arrow}|${text}| ${ids.get(r.nodes[i + 1]!.id)}`
      edges.set(line, line)
    })
  }
  return [...lines, ...edges.values(), ''].join('\n')
}
