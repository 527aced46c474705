// Numbers, times and words as they are shown. Everything that comes from a
// scanned system goes through `visible` before it is shown as text.

const locale = typeof navigator === 'undefined' ? 'en' : navigator.language || 'en'
const whole = new Intl.NumberFormat(locale)
const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })

export const count = (n: number) => whole.format(n)
/** 12,431 as 12.4K; below ten thousand as it is. */
export const brief = (n: number) => (n < 10_000 ? whole.format(n) : short.format(n))
/** A share in whole percent; what is not all is never 100, what is something is never 0. */
export function percent(part: number, of: number): string {
  if (of <= 0) return '–'
  const rounded = Math.round((part / of) * 100)
  if (rounded === 100 && part < of) return '>99%'
  if (rounded === 0 && part > 0) return '<1%'
  return `${rounded}%`
}

const plurals = new Intl.PluralRules('en')
/** plural(2, 'key', 'keys') is "2 keys". */
export const plural = (n: number, one: string, many: string) => `${count(n)} ${plurals.select(n) === 'one' ? one : many}`
export const word = (n: number, one: string, many: string) => (plurals.select(n) === 'one' ? one : many)

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Distance in the largest unit that says enough: 3m, 5h, 12d, 971d, 4y. */
export function span(ms: number): string {
  const abs = Math.abs(ms)
  if (abs < minute) return `${Math.max(1, Math.round(abs / 1000))}s`
  if (abs < hour) return `${Math.floor(abs / minute)}m`
  if (abs < 2 * day) return `${Math.floor(abs / hour)}h`
  if (abs < 1000 * day) return `${Math.floor(abs / day)}d`
  return `${(abs / (365.25 * day)).toFixed(1).replace(/\.0$/, '')}y`
}

/** "5m ago" or "in 5m". */
export function relative(at: string, now = Date.now()): string {
  const then = Date.parse(at)
  if (Number.isNaN(then)) return visible(at)
  const ms = now - then
  if (Math.abs(ms) < 10_000) return 'now'
  return ms > 0 ? `${span(ms)} ago` : `in ${span(ms)}`
}

/** The moment in full, with its zone. */
export function absolute(at: string): string {
  const then = new Date(at)
  if (Number.isNaN(then.getTime())) return visible(at)
  return new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' }).format(then)
}

export function date(at: string): string {
  const then = new Date(at)
  if (Number.isNaN(then.getTime())) return visible(at)
  return new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric' }).format(then)
}

/** service_account as "service account". */
export const words = (value: string) => visible(value).replace(/_/g, ' ')
/** sentence begins a sentence of the server with a capital; a name at its beginning stays as it is spelled. */
export const sentence = (text: string, name = '') => (/^[a-z]+[\s,]/.test(text) && !(name && text.startsWith(name)) ? capital(text) : text)
export const capital = (value: string) => value.charAt(0).toUpperCase() + value.slice(1)

const controlNames: Record<number, string> = {
  0x200b: 'ZWSP', 0x200c: 'ZWNJ', 0x200d: 'ZWJ', 0x200e: 'LRM', 0x200f: 'RLM', 0x061c: 'ALM',
  0x202a: 'LRE', 0x202b: 'RLE', 0x202c: 'PDF', 0x202d: 'LRO', 0x202e: 'RLO',
  0x2066: 'LRI', 0x2067: 'RLI', 0x2068: 'FSI', 0x2069: 'PDI', 0xfeff: 'BOM', 0x2060: 'WJ',
}

/** Whether a character does something to its neighbours or cannot be seen. */
function isControl(code: number): boolean {
  return (
    code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x00ad || code === 0x061c || code === 0x115f || code === 0x1160 || code === 0x17b4 || code === 0x17b5 || code === 0x180e ||
    (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code === 0x3164 || code === 0xfeff || code === 0xffa0 ||
    (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe0fff) || (code >= 0xd800 && code <= 0xdfff)
  )
}

export interface Piece {
  text: string
  /** Set for a character that is shown by its name instead of acting. */
  control?: string
}

/** A text cut into what may be shown as it is and the characters that must be named instead. */
export function pieces(value: string, limit = 2000): Piece[] {
  const out: Piece[] = []
  let plain = ''
  let shown = 0
  for (const char of value) {
    if (shown++ >= limit) {
      plain += '…'
      break
    }
    const code = char.codePointAt(0)!
    if (!isControl(code)) {
      plain += char
      continue
    }
    if (plain) out.push({ text: plain })
    plain = ''
    const hex = code.toString(16).toUpperCase().padStart(4, '0')
    const name = code === 10 ? '↵' : code === 9 ? '⇥' : (controlNames[code] ?? `U+${hex}`)
    out.push({ text: name, control: `U+${hex}` })
  }
  if (plain) out.push({ text: plain })
  return out
}

/** The same as one string, for labels, titles and what is copied as words. */
export const visible = (value: string, limit = 2000) => {
  // Nearly every string is plain: one test spares the walk.
  if (value.length <= limit && !/[^\x20-\x7e\u00a1-\u00ac\u00ae-\u0377]/.test(value)) return value
  return pieces(value, limit).map((piece) => (piece.control ? `[${piece.text}]` : piece.text)).join('')
}
