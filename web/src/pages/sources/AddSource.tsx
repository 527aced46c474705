import { useMemo, useState } from 'react'
import { useApi, useWrite, write } from '@/api/hooks'
import type { List } from '@/api/types'
import { useUrl } from '@/app/url'
import { Answer, Button, Card, Command, Empty, Failed, Field, Icon, Loading, Page, toast } from '@/kit'
import { visible } from '@/kit/format'
import { kit } from '@/text/kit'
import { sources as t } from '@/text/sources'
import { sourcePath, useWhyNot, type Connector, type Detected, type Done, type Option, type SourceDetail } from './data'
import { Scopes, TestResult } from './Detail'
import { faultsOf, paragraphs, sentences, valuesOf, yamlOf, type Typed } from './options'
import css from './sources.module.css'

export interface AddProps {
  /** A kind, or "pick" to choose one. */
  kind: string
  /** The source whose options are changed; empty for a new one. */
  change: string
  onKind: (kind: string) => void
  onLeave: (id?: string) => void
  onScan: (id: string) => void
}

/** Adds a source, or changes one: a kind, then the form that its options make. */
export function AddSource({ kind, change, onKind, onLeave, onScan }: AddProps) {
  const connectors = useApi<List<Connector>>('/connectors', {}, { timeless: true, staleTime: 60_000 })
  const detected = useApi<List<Detected>>('/sources/detected', {}, { timeless: true })
  const detail = useApi<SourceDetail>(sourcePath(change), {}, { timeless: true, enabled: change !== '' })
  const [url, set] = useUrl({ found: '' })
  const preset = detected.data?.items.find((one) => one.id === url.found && one.kind === kind)
  const connector = connectors.data?.items.find((one) => one.name === kind)
  return (
    <Page title={change ? t.form.changeTitle(change) : t.form.title} lead={connector && visible(connector.title)} actions={<>{kind !== 'pick' && !change && <Button look="quiet" icon="left" onClick={() => onKind('pick')}>{t.form.back}</Button>}<Button icon="close" onClick={() => onLeave(change || undefined)}>{kit.close}</Button></>}>
      <Answer query={connectors} lines={10}>
        {(data) =>
          !connector ? (
            <Pick
              connectors={data.items}
              detected={detected.data?.items ?? []}
              onPick={(one, found) => {
                set({ add: one, found: found?.id })
              }}
            />
          ) : change && detail.error ? (
            <Failed problem={detail.error} />
          ) : change && !detail.data ? (
            <Loading />
          ) : url.found && detected.isPending ? (
            <Loading />
          ) : (
            <Form key={kind + change + (preset?.id ?? '')} connector={connector} id={change || preset?.id || freeId(connector)} change={change !== ''} typed={change ? typedOf(detail.data!.options) : preset ? preset.options : {}} onLeave={onLeave} onScan={onScan} />
          )
        }
      </Answer>
    </Page>
  )
}

const typedOf = (options: Record<string, string[]>): Typed => Object.fromEntries(Object.entries(options).map(([name, values]) => [name, values.join('\n')]))

/** A name that no source of this kind has yet. */
function freeId(connector: Connector) {
  const taken = new Set(connector.sources ?? [])
  if (!taken.has(connector.name)) return connector.name
  for (let n = 2; ; n++) if (!taken.has(`${connector.name}-${n}`)) return `${connector.name}-${n}`
}

function Pick({ connectors, detected, onPick }: { connectors: Connector[]; detected: Detected[]; onPick: (kind: string, found?: Detected) => void }) {
  const [find, setFind] = useState('')
  const word = find.trim().toLowerCase()
  const found = detected.filter((one) => !one.configured)
  const shown = connectors.filter((one) => !word || `${one.name} ${one.title} ${one.doc}`.toLowerCase().includes(word))
  return (
    <div className={css.stack}>
      {found.length > 0 && (
        <Card title={t.form.detected} id="detected">
          <ul className={css.kinds}>
            {found.map((one) => (
              <li key={one.kind + one.id}>
                <button type="button" className={css.kind} onClick={() => onPick(one.kind, one)}>
                  <strong>
                    {visible(one.title, 80)} <span className="mono">{visible(one.id, 80)}</span>
                  </strong>
                  <p>{visible(one.why, 200)}</p>
                </button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title={t.form.pick} id="kinds">
        <div className={css.form}>
          <div className={css.find}>
            <Field label={t.form.find}>
              <input type="search" value={find} data-shortcut="filter" onChange={(event) => setFind(event.target.value)} />
            </Field>
          </div>
          {shown.length === 0 ? (
            <Empty small title={t.form.none} />
          ) : (
            <ul className={css.kinds}>
              {shown.map((one) => (
                <li key={one.name}>
                  <button type="button" className={css.kind} onClick={() => onPick(one.name)}>
                    <strong>{visible(one.title, 80)}</strong>
                    <p>{visible(paragraphs(one.doc)[0] ?? '', 220)}</p>
                    {one.file_only && (
                      <p>
                        <Icon name="lock" size={12} /> {t.form.fileOnlyKind}
                      </p>
                    )}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </div>
      </Card>
    </div>
  )
}

interface Body {
  id: string
  kind: string
  options: Record<string, string[]>
}

function Form({ connector, id: firstID, change, typed: first, onLeave, onScan }: { connector: Connector; id: string; change: boolean; typed: Typed; onLeave: (id?: string) => void; onScan: (id: string) => void }) {
  const [id, setID] = useState(firstID)
  const [typed, setTyped] = useState<Typed>(first)
  const [tried, setTried] = useState(false)
  const whyNot = useWhyNot()
  const body: Body = { id: id.trim(), kind: connector.name, options: valuesOf(connector.options, typed) }
  const faults = useMemo(() => faultsOf(connector.options, typed, t.form), [connector, typed])
  const test = useWrite<Body, Done>((input) => write('POST', '/sources:test', input))
  const save = useWrite<{ body: Body; scan: boolean }, Done>(({ body }) => write('POST', '/sources', body), {
    onDone: (done, input) => {
      toast({ text: t.form.added(visible(done.id)) + (done.note ? ` ${visible(done.note, 300)}` : '') })
      onLeave(done.id)
      if (input.scan) onScan(done.id)
    },
  })
  const blocked = connector.file_only !== ''
  const noWrite = blocked ? visible(connector.file_only) : whyNot('source.write')
  const wrong = Object.keys(faults).length > 0 || !body.id
  const plain = connector.options.filter((option) => !option.advanced && !option.file_only)
  const advanced = connector.options.filter((option) => option.advanced && !option.file_only)
  const fileOnly = connector.options.filter((option) => option.file_only)
  // What the server found wrong with one option stands at that option.
  const told = (save.error ?? test.error)?.body.errors ?? []
  const faultOf = (option: Option) => (tried ? faults[option.name] : undefined) ?? told.find((one) => one.pointer === `/body/options/${option.name}` || one.pointer?.startsWith(`/body/options/${option.name}/`))?.detail
  const field = (option: Option) => <OptionField key={option.name} option={option} value={typed[option.name] ?? ''} error={faultOf(option)} onChange={(value) => setTyped((before) => ({ ...before, [option.name]: value }))} />
  const act = (run: () => void) => {
    setTried(true)
    if (!wrong && !noWrite) run()
  }
  const busy = test.isPending || save.isPending
  const doc = paragraphs(connector.doc)
  return (
    <div className={css.stack}>
      <Card>
        <form
          className={css.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            act(() => save.mutate({ body, scan: true }))
          }}
        >
          <p className="muted">{visible(doc[0] ?? '', 1200)}</p>
          {doc.length > 1 && (
            <details className={css.details}>
              <summary>{t.form.about}</summary>
              <div className={css.doc}>
                {doc.slice(1).map((text, i) => (
                  <p key={i}>{visible(text)}</p>
                ))}
              </div>
            </details>
          )}
          {blocked ? (
            <>
              <div className={css.say}>
                <Icon name="lock" size={14} />
                <div>
                  <strong>{t.form.fileOnlyKind}</strong>
                  <p>{visible(connector.file_only)}</p>
                </div>
              </div>
              <h3>{t.form.yaml}</h3>
              <Command text={yamlOf(id, connector.name, connector.options, typed)} what={t.form.yaml} />
            </>
          ) : (
            <>
              {change && <p className="muted">{t.form.changeHelp}</p>}
              <div className={css.fields}>
                <Field label={t.form.id} help={t.form.idHelp} error={tried && !body.id ? t.form.idBad : undefined}>
                  <input value={id} maxLength={64} required readOnly={change} autoComplete="off" spellCheck={false} onChange={(event) => setID(event.target.value)} />
                </Field>
                {plain.map(field)}
              </div>
              {advanced.length > 0 && (
                <details className={css.details} open={(tried && advanced.some((option) => faults[option.name])) || undefined}>
                  <summary>{t.form.advanced(advanced.length)}</summary>
                  <div className={css.fields}>{advanced.map(field)}</div>
                </details>
              )}
              {fileOnly.length > 0 && (
                <div className={css.fields}>
                  {fileOnly.map((option) => (
                    <div key={option.name} className={css.fileOnly}>
                      <strong>
                        <Icon name="lock" size={13} /> {visible(option.name)}
                      </strong>
                      <span>{visible(option.help, 300)}</span>
                      <span>{t.form.fileOnly}</span>
                    </div>
                  ))}
                </div>
              )}
              <TestResult data={test.data} error={save.error ?? test.error} />
              <div className={css.buttons}>
                <Button type="submit" look="primary" why={noWrite ?? (busy ? t.running : undefined)}>
                  {change ? t.form.saveChange : t.form.saveScan}
                </Button>
                {!change && (
                  <Button why={noWrite ?? (busy ? t.running : undefined)} onClick={() => act(() => save.mutate({ body, scan: false }))}>
                    {t.form.save}
                  </Button>
                )}
                <Button icon="check" why={noWrite ?? (busy ? t.running : undefined)} onClick={() => act(() => test.mutate(body))}>
                  {t.form.test}
                </Button>
              </div>
            </>
          )}
        </form>
      </Card>
      <Card title={t.form.perms} id="grants">
        <Scopes scopes={connector.scopes} />
        {connector.verified && <p className="muted">{t.form.verified(visible(connector.verified, 300))}</p>}
      </Card>
    </div>
  )
}

function OptionField({ option, value, error, onChange }: { option: Option; value: string; error?: string; onChange: (value: string) => void }) {
  const help = sentences(visible(option.help.replace(/`/g, ''), 400), option.secret ? t.form.secretHelp : '', option.type === 'list' || option.type === 'paths' ? t.form.list : '', option.default ? t.form.standard(visible(option.default, 100)) : '')
  const label = visible(option.name).replace(/_/g, ' ') + (option.required ? ' *' : '')
  const common = { required: option.required, 'aria-required': option.required || undefined }
  const values = option.values ?? []
  return (
    <Field label={label} help={help} error={error ? visible(error, 400) : undefined}>
      {values.length > 0 || option.type === 'bool' ? (
        <select {...common} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">{t.form.unset}</option>
          {(values.length > 0 ? values : ['true', 'false']).map((one) => (
            <option key={one} value={one}>
              {option.type === 'bool' ? (one === 'true' ? t.form.yes : t.form.no) : visible(one)}
            </option>
          ))}
        </select>
      ) : option.type === 'list' || option.type === 'paths' ? (
        <textarea {...common} rows={2} value={value} spellCheck={false} placeholder={visible(option.example, 200)} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input {...common} value={value} inputMode={option.type === 'int' ? 'numeric' : undefined} autoComplete="off" spellCheck={false} placeholder={visible(option.example, 200)} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  )
}
