import type { Option } from './data'

/** Whether a text is a reference and holds no value of its own. */
export const isReference = (text: string) => /^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^}\n]+)\}$/.test(text.trim())

/** A text of the code's own documentation as plain words: paragraphs, without the marks of Markdown. */
export const paragraphs = (doc: string): string[] =>
  doc
    .split(/\n\s*\n/)
    .map((one) => one.replace(/\s+/g, ' ').replace(/\*\*|`/g, '').trim())
    .filter(Boolean)

/** Sentences beside each other, each ending as one. */
export const sentences = (...texts: string[]) => texts.map((text) => text.trim()).filter(Boolean).map((text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?:]$/.test(text) ? '' : '.')).join(' ')

/** What is typed, by option: booleans as "true" and "false", lists one a line. */
export type Typed = Record<string, string>

/** The options of a source as the server takes them: what is empty is left out. */
export function valuesOf(options: Option[], typed: Typed): Record<string, string[]> {
  const out: Record<string, string[]> = {}
  for (const option of options) {
    if (option.file_only) continue
    const text = (typed[option.name] ?? '').trim()
    if (!text) continue
    out[option.name] = option.type === 'list' || option.type === 'paths' ? text.split('\n').map((line) => line.trim()).filter(Boolean) : [text]
  }
  return out
}

/** What is wrong with what was typed, by option. */
export function faultsOf(options: Option[], typed: Typed, text: { required: string; secretBad: string }): Record<string, string> {
  const out: Record<string, string> = {}
  for (const option of options) {
    if (option.file_only) continue
    const value = (typed[option.name] ?? '').trim()
    if (!value && option.required) out[option.name] = text.required
    else if (value && option.secret && !value.split('\n').every((line) => !line.trim() || isReference(line))) out[option.name] = text.secretBad
  }
  return out
}

/** A source as it stands in drover.yaml, for what only the file may hold. Every text is quoted (YAML 1.2, double-quoted style is JSON). */
export function yamlOf(id: string, kind: string, options: Option[], typed: Typed): string {
  const values = valuesOf(options, typed)
  const lines = ['sources:', `  - id: ${JSON.stringify(id || kind)}`, `    kind: ${JSON.stringify(kind)}`]
  for (const option of options) {
    const list = values[option.name] ?? (option.required && option.file_only ? [option.example || '…'] : undefined)
    if (!list) continue
    const many = option.type === 'list' || option.type === 'paths'
    lines.push(`    ${option.name}: ${many ? `[${list.map((value) => JSON.stringify(value)).join(', ')}]` : JSON.stringify(list[0])}`)
  }
  return lines.join('\n')
}
