import { useQuery } from '@tanstack/react-query'
import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { get, type Problem } from '@/api/client'
import { kit as t } from '@/text/kit'
import { Button, IconButton } from './Button'
import css from './FilterBox.module.css'
import { formatTerms, parseTerms } from './filter'
import { count, visible } from './format'
import { Icon } from './Icon'

interface Completion {
  text: string
  /** What stands in the filter then. */
  write: string
  kind: string
  help: string
  count: number | null
}

interface Completions {
  /** The characters that a completion takes the place of. */
  from: number
  to: number
  items: Completion[]
}

export interface FilterBoxProps {
  /** The filter that holds. */
  value: string
  onApply: (filter: string) => void
  /** What the server said about the filter that holds, if it refused it. */
  problem?: Problem | null
  /** The noun whose fields are completed. */
  noun?: string
  placeholder?: string
}

interface Explained {
  error?: string
  /** The character where it stops making sense, from 1. */
  column?: number
  fixes: string[]
}

/** What a refusal says: where, and what it offers instead. */
export function explain(problem: Problem | null | undefined): Explained | undefined {
  if (!problem || problem.status !== 400) return undefined
  const entry = problem.body.errors?.find((e) => e.pointer?.includes('filter')) ?? problem.body.errors?.[0]
  const text = entry?.detail ?? problem.body.detail ?? problem.body.title
  if (!/filter/.test(problem.message + text) && !/filter/.test(entry?.pointer ?? '')) return undefined
  const fixes = [...text.matchAll(/`([^`]+)`/g)].map((m) => m[1])
  if (entry?.suggestion && !fixes.includes(entry.suggestion)) fixes.push(entry.suggestion)
  return { error: text.replace(/^filter, column \d+, at "(?:[^"\\]|\\.)*": /, ''), column: entry?.position ?? (Number(/column (\d+)/.exec(text)?.[1]) || undefined), fixes }
}

/** The filter as text, with completions. Applied by Enter, never while typing. */
export function FilterBox({ value, onApply, problem, noun = 'identities', placeholder }: FilterBoxProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const [cursor, setCursor] = useState(value.length)
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  const [fields, setFields] = useState(false)
  useEffect(() => setText(value), [value])

  const [asked] = useDebouncedValue(open ? { text, cursor } : null, 120)
  const completions = useQuery<Completions, Problem>({
    queryKey: ['complete', noun, asked?.text, asked?.cursor],
    queryFn: ({ signal }) => get('/filter/complete', { filter: asked?.text, cursor: asked && runes(asked.text.slice(0, asked.cursor)), list: noun }, signal),
    enabled: !!asked,
    staleTime: 30_000,
    retry: false,
  })
  const items = open ? (completions.data?.items ?? []).slice(0, 12) : []

  const wrong = text === value ? explain(problem) : undefined
  const apply = (filter: string) => {
    setOpen(false)
    setActive(-1)
    onApply(filter.trim())
  }
  const take = (completion: Completion) => {
    const chars = [...text]
    const { from, to } = completions.data ?? { from: chars.length, to: chars.length }
    const before = chars.slice(0, from).join('') + completion.write
    const next = before + chars.slice(to).join('')
    const at = before.length
    setText(next)
    setCursor(at)
    setActive(-1)
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at))
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) return setOpen(true)
      const step = event.key === 'ArrowDown' ? 1 : -1
      setActive((now) => (items.length === 0 ? -1 : (now + step + items.length + 1) % (items.length + 1)) === items.length ? -1 : (now + step + items.length) % Math.max(1, items.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (open && active >= 0 && items[active]) take(items[active])
      else apply(text)
    } else if (event.key === 'Tab' && open && active >= 0 && items[active]) {
      event.preventDefault()
      take(items[active])
    } else if (event.key === 'Escape') {
      if (open) setOpen(false)
      else if (text !== value) setText(value)
      else input.current?.blur()
      event.stopPropagation()
    }
  }

  const terms = parseTerms(value)
  return (
    <div className={css.box} role="search">
      <div className={css.line} data-wrong={wrong ? true : undefined}>
        <Icon name="filter" size={14} className={css.icon} />
        <div className={css.field}>
          <input
            ref={input}
            id={id}
            data-shortcut="filter"
            role="combobox"
            aria-label={t.filter.label}
            aria-autocomplete="list"
            aria-expanded={open && items.length > 0}
            aria-controls={`${id}-list`}
            aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
            aria-invalid={wrong ? true : undefined}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            dir="ltr"
            placeholder={placeholder ?? t.filter.placeholder}
            value={text}
            onChange={(event) => {
              setText(event.target.value)
              setCursor(event.target.selectionStart ?? event.target.value.length)
              setOpen(true)
              setActive(-1)
            }}
            onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
            onClick={() => setOpen(true)}
            onBlur={() => setOpen(false)}
            onKeyDown={onKeyDown}
          />
          {open && items.length > 0 && (
            <ul id={`${id}-list`} role="listbox" aria-label={t.filter.suggestions} className={css.list}>
              {items.map((item, i) => (
                <li key={i} id={`${id}-${i}`} role="option" aria-selected={i === active} data-active={i === active || undefined} onMouseDown={(event) => (event.preventDefault(), take(item))}>
                  <code>{visible(item.text)}</code>
                  <span className={css.help}>{item.help ? visible(item.help) : ''}</span>
                  {item.count !== undefined && item.count !== null && <span className={css.count}>{count(item.count)}</span>}
                </li>
              ))}
            </ul>
          )}
        </div>
        {text !== value && (
          <Button small look="primary" onClick={() => apply(text)}>
            {t.filter.apply}
          </Button>
        )}
        {value && text === value && <IconButton icon="close" small label={t.filter.clear} onClick={() => apply('')} />}
      </div>
      {wrong && (
        <div id={`${id}-wrong`} role="alert" className={css.wrong}>
          {wrong.column !== undefined && <Pointer text={text} column={wrong.column} />}
          <p>
            {visible(wrong.error ?? '', 4000)}
            {wrong.column !== undefined && <span className="muted"> ({t.filter.at(wrong.column)})</span>}
          </p>
          <div className={css.fixes}>
            <Button small look="quiet" icon={fields ? 'up' : 'down'} aria-expanded={fields} onClick={() => setFields(!fields)}>
              {t.filter.fields}
            </Button>
            {wrong.fixes.map((fix) => (
              <Button key={fix} small onClick={() => apply(/[\s=:<>]/.test(fix) ? fix : text.replace(/[A-Za-z_.]+(?=[=:<>!])/, (field) => (text.indexOf(field) === (wrong.column ?? 1) - 1 ? fix : field)))}>
                {t.filter.use(visible(fix))}
              </Button>
            ))}
          </div>
          {fields && <Fields noun={noun} />}
        </div>
      )}
      {!wrong && terms && terms.length > 0 && (
        <ul className={css.chips} aria-label={t.filter.label}>
          {terms.map((term, i) => {
            const words = term.field === undefined ? term.raw : `${term.negated ? 'not ' : ''}${term.field} ${term.op} ${term.values.join(' or ')}`
            return (
              <li key={i} className={css.chip} data-negated={term.negated || undefined}>
                <span dir="ltr">{visible(words)}</span>
                <button type="button" aria-label={t.filter.remove(visible(words))} onClick={() => apply(formatTerms(terms.filter((_, j) => j !== i)))}>
                  <Icon name="close" size={10} />
                </button>
              </li>
            )
          })}
        </ul>
      )}
    </div>
  )
}

/** Every field that a filter of the list may name, and what it is. */
function Fields({ noun }: { noun: string }) {
  const all = useQuery<{ items: { name: string; help: string }[] }, Problem>({ queryKey: ['fields', noun], queryFn: ({ signal }) => get('/fields', { list: noun }, signal), staleTime: Infinity })
  return (
    <dl className={css.fields}>
      {all.data?.items.map((field) => (
        <div key={field.name}>
          <dt>
            <code>{visible(field.name)}</code>
          </dt>
          <dd>{visible(field.help, 400)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** How many characters a text has, as the server counts them. */
const runes = (text: string) => [...text].length

/** The filter with a mark under the character that is meant. Columns are bytes of UTF-8 and told from 1. */
function Pointer({ text, column }: { text: string; column: number }) {
  const bytes = new TextEncoder().encode(text)
  const at = new TextDecoder().decode(bytes.slice(0, column - 1)).length
  const end = /[\s]/.exec(text.slice(at))?.index
  const word = text.slice(at, end === undefined || end === 0 ? undefined : at + end)
  return (
    <code className={css.pointer} aria-hidden="true">
      {visible(text.slice(0, at))}
      <mark>{visible(word) || '␠'}</mark>
      {visible(text.slice(at + word.length))}
    </code>
  )
}
