import { stream } from '@/api/client'
import { visible } from './format'

/** A cell that no spreadsheet takes for a formula, quoted where it must be. */
function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? "'" + value : value
  return /[",\r\n]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe
}

export const toCSV = (columns: string[], rows: (string | number | null)[][]) => [columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'

const active = /[\\`*_{}[\]<>()#+!|~&$^=@:]/g

/** A text that no reader of Markdown takes for more: one line, and what would act is written so that it does not. */
function plain(value: string | number | null): string {
  if (value === null) return ''
  return visible(String(value), 1000).replace(active, (char) => (char === '&' || char === '<' || char === '>' ? { '&': '&amp;', '<': '&lt;', '>': '&gt;' }[char]! : '\\' + char)).replace(/\bwww\./gi, (www) => www.slice(0, 3) + '\\.')
}

/** A table as Markdown (GitHub's form of it), for what is pasted into a ticket or a chat. */
export function toMarkdown(columns: string[], rows: (string | number | null)[][]): string {
  const line = (cells: (string | number | null)[]) => `| ${cells.map(plain).join(' | ')} |`
  return [line(columns), `|${' --- |'.repeat(columns.length)}`, ...rows.map(line)].join('\n') + '\n'
}

/** Hands a made file to the browser. */
export function download(name: string, mediaType: string, content: string | Blob) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: mediaType + ';charset=utf-8' }))
  follow(url, name)
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** Every row of a list as one JSON document: the lines that the server streams, with what was asked for in front. */
export async function downloadJSON(name: string, ndjson: string, asked: Record<string, unknown>) {
  const response = await stream(ndjson)
  const lines = (await response.text()).trimEnd()
  const head = JSON.stringify({ ...asked, generation: Number(response.headers.get('Drover-Generation')) || null, total_size: Number(response.headers.get('Drover-Total')) || 0 })
  download(name, 'application/json', new Blob([head.slice(0, -1), ',"items":[', lines && '\n' + lines.replaceAll('\n', ',\n') + '\n', ']}\n'], { type: 'application/json' }))
}

/** Lets the browser fetch an address as a file: for what the server streams. */
export function follow(url: string, name?: string) {
  const link = document.createElement('a')
  link.href = url
  link.download = name ?? ''
  document.body.append(link)
  link.click()
  link.remove()
}
