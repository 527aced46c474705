// The filter text and the clicks are the same thing: a text is read into terms,
// a click changes a term, and the terms are written back. What is not a plain
// term (OR, parentheses, quoted words) stays word for word as it was typed.

export type Operator = '=' | '!=' | ':' | '<' | '<=' | '>' | '>='

export interface Term {
  /** Undefined for text that is kept as it is. */
  field?: string
  op: Operator
  values: string[]
  negated: boolean
  raw: string
}

interface Token {
  kind: 'word' | 'string' | 'op' | 'comma' | 'open' | 'close' | 'minus'
  text: string
  start: number
  end: number
}

const space = /\s/
const operators = ['!=', '<=', '>=', ':', '=', '<', '>']

/** The same words that the server's grammar knows. Null when a quote is not closed. */
function lex(text: string): Token[] | null {
  const out: Token[] = []
  let i = 0
  while (i < text.length) {
    const start = i
    if (space.test(text[i])) {
      i++
      continue
    }
    const spaced = i === 0 || space.test(text[i - 1])
    const c = text[i]
    const one = (kind: Token['kind']) => out.push({ kind, text: c, start, end: ++i })
    if (c === '(') one('open')
    else if (c === ')') one('close')
    else if (c === ',') one('comma')
    else if (c === '-' && spaced) one('minus')
    else if (':=<>!'.includes(c)) {
      const op = operators.find((o) => text.startsWith(o, i))
      if (!op) return null
      i += op.length
      out.push({ kind: 'op', text: op, start, end: i })
    } else if (c === '"' || c === "'") {
      let value = ''
      i++
      while (i < text.length && text[i] !== c) {
        if (text[i] === '\\' && i + 1 < text.length) i++
        value += text[i++]
      }
      if (i >= text.length) return null
      i++
      out.push({ kind: 'string', text: value, start, end: i })
    } else {
      const afterOperator = i > 0 && ':=<>!,'.includes(text[i - 1])
      while (i < text.length && !/[\s(),=<>!"]/.test(text[i])) {
        if (text[i] === ':' && !afterOperator && !/[:/@]/.test(text.slice(start, i))) break
        i++
      }
      out.push({ kind: 'word', text: text.slice(start, i), start, end: i })
    }
  }
  return out
}

const keyword = (token: Token | undefined, name: string) => token?.kind === 'word' && token.text === name

/** Reads the top level of a filter: terms that are joined by AND. Null when it is joined by OR or is broken, so that no click may change it. */
export function parseTerms(text: string): Term[] | null {
  const tokens = lex(text)
  if (!tokens) return null
  const terms: Term[] = []
  let i = 0
  while (i < tokens.length) {
    if (keyword(tokens[i], 'AND')) {
      i++
      continue
    }
    if (keyword(tokens[i], 'OR')) return null
    const start = tokens[i].start
    let negated = false
    while (tokens[i]?.kind === 'minus' || keyword(tokens[i], 'NOT')) {
      negated = !negated
      i++
    }
    const token = tokens[i]
    if (!token) return null
    if (token.kind === 'open') {
      let depth = 0
      do {
        if (tokens[i].kind === 'open') depth++
        if (tokens[i].kind === 'close') depth--
        i++
      } while (depth > 0 && i < tokens.length)
      if (depth > 0) return null
      const raw = text.slice(start, tokens[i - 1].end)
      terms.push({ op: '=', values: [], negated: false, raw })
      continue
    }
    if (token.kind !== 'word' && token.kind !== 'string') return null
    const op = tokens[i + 1]
    if (token.kind === 'word' && op?.kind === 'op' && op.start === token.end) {
      const values: string[] = []
      i += 2
      for (;;) {
        const value = tokens[i]
        if (!value || (value.kind !== 'word' && value.kind !== 'string')) return null
        values.push(value.text)
        i++
        if (tokens[i]?.kind !== 'comma') break
        i++
      }
      terms.push({ field: token.text, op: op.text as Operator, values, negated, raw: text.slice(start, tokens[i - 1].end) })
      continue
    }
    i++
    terms.push({ op: '=', values: [], negated: false, raw: text.slice(start, token.end) })
  }
  return terms
}

/** A value as the grammar takes it, quoted where it must be. */
export function quote(value: string): string {
  if (value !== '' && /^[A-Za-z0-9_.*/@:+~%#$?[\]{}|^&;-]+$/.test(value) && !/^-/.test(value) && !/^(AND|OR|NOT)$/.test(value)) return value
  return '"' + value.replace(/(["\\])/g, '\\$1') + '"'
}

export function formatTerm(term: Term): string {
  if (term.field === undefined) return term.raw
  return `${term.negated ? '-' : ''}${term.field}${term.op}${term.values.map(quote).join(',')}`
}

export const formatTerms = (terms: Term[]) => terms.map(formatTerm).join(' ')

const selects = (term: Term, field: string) => term.field === field && (term.op === '=' || term.op === ':') && !term.values.includes('unknown')
const unknownTerm = (term: Term, field: string) => term.field === field && term.values.length === 1 && term.values[0] === 'unknown'

export type Choice = 'in' | 'out' | undefined

/** What a filter says of one value of a field: chosen, excluded, or nothing. */
export function choiceOf(terms: Term[], field: string, value: string, unknown = false): Choice {
  for (const term of terms) {
    if (unknown ? unknownTerm(term, field) : selects(term, field) && term.values.includes(value)) return term.negated ? 'out' : 'in'
    if (!unknown && term.field === field && term.op === '!=' && term.values.includes(value)) return 'out'
  }
  return undefined
}

/** The terms after one value of a field was chosen, excluded or let go. Values of one field are joined by "," (either). */
export function choose(terms: Term[], field: string, value: string, choice: Choice, unknown = false): Term[] {
  const make = (negated: boolean, values: string[], op: Operator): Term => ({ field, op, values, negated, raw: '' })
  const out: Term[] = []
  for (const term of terms) {
    const hit = unknown ? unknownTerm(term, field) : (selects(term, field) || (term.field === field && term.op === '!=')) && term.values.includes(value)
    if (!hit) {
      out.push(term)
      continue
    }
    const values = term.values.filter((v) => v !== value)
    if (!unknown && values.length > 0) out.push({ ...term, values })
  }
  if (!choice) return out
  if (unknown) return [...out, make(choice === 'out', ['unknown'], ':')]
  const at = out.findIndex((term) => selects(term, field) && term.negated === (choice === 'out'))
  if (at < 0) return [...out, make(choice === 'out', [value], '=')]
  return out.map((term, i) => (i === at ? { ...term, values: [...term.values, value] } : term))
}

/** Both filters hold. */
export function both(a: string, b: string): string {
  if (!a.trim() || !b.trim()) return (a.trim() || b.trim())
  const wrap = (text: string) => (parseTerms(text) === null ? `(${text})` : text)
  return `${wrap(a)} ${wrap(b)}`
}

/** The counts of a list where the whole page is held to one environment: there is no other to choose. */
export function inScope<T extends { value: string }>(facets: Record<string, T[]> | undefined, env: string): Record<string, T[]> | undefined {
  return env && facets?.env ? { ...facets, env: facets.env.filter((one) => one.value === env) } : facets
}
