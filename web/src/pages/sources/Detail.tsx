import { Modal } from '@mantine/core'
import { useState } from 'react'
import { change, get, useApi, useWrite, write } from '@/api/hooks'
import { Ago, Answer, Button, Command, Field, Icon, Name, SidePanel, toast } from '@/kit'
import { count, visible } from '@/kit/format'
import { kit } from '@/text/kit'
import { sources as t } from '@/text/sources'
import { sourcePath, useWhyNot, type Done, type Scope, type SourceDetail } from './data'
import { Status } from '.'
import css from './sources.module.css'

/** One source: what could not be read and what to grant, its parts, and what can be done with it. */
export function Detail({ id, onClose, onChange, onScan, noScan }: { id: string; onClose: () => void; onChange: (kind: string) => void; onScan: () => void; noScan?: string }) {
  const query = useApi<SourceDetail>(sourcePath(id), {}, { timeless: true })
  return (
    <SidePanel title={<Name value={id} limit={120} />} onClose={onClose}>
      <Answer query={query} small lines={8}>
        {(data) => <Body data={data} onClose={onClose} onChange={onChange} onScan={onScan} noScan={noScan} />}
      </Answer>
    </SidePanel>
  )
}

function Body({ data, onClose, onChange, onScan, noScan }: { data: SourceDetail; onClose: () => void; onChange: (kind: string) => void; onScan: () => void; noScan?: string }) {
  const source = data.source
  const whyNot = useWhyNot()
  const [removing, setRemoving] = useState(false)
  const fail = (problem: { message: string }) => toast({ text: visible(problem.message, 400), bad: true })
  const test = useWrite<void, Done>(() => write('POST', sourcePath(source.id) + ':test'))
  const turn = useWrite<'enable' | 'disable', Done>((verb) => write('POST', `${sourcePath(source.id)}:${verb}`), { onDone: (_, verb) => toast({ text: verb === 'enable' ? t.detail.enabled(visible(source.id)) : t.detail.disabled(visible(source.id)) }), onFail: fail })
  const bad = data.sections.filter((section) => section.status !== 'ok' || section.error)
  const noWrite = whyNot('source.write')
  const gone = source.state === 'not configured'
  return (
    <div className={css.panel}>
      <section>
        <p className="muted">{t.detail.about(visible(data.title || source.kind), t.origin[source.origin] ?? visible(source.origin))}</p>
        <p>
          <Status value={source.last_status} off={source.state === 'disabled'} />
        </p>
        <div className={css.buttons}>
          <Button small look="primary" icon="refresh" why={gone ? t.notConfigured : source.state === 'disabled' ? t.offReason : noScan} onClick={onScan}>
            {t.scan}
          </Button>
          <Button small icon="check" why={whyNot('source.test') ?? (gone ? t.notConfigured : test.isPending ? t.detail.test + ' …' : undefined)} onClick={() => test.mutate()}>
            {t.detail.test}
          </Button>
          <Button small why={noWrite ?? (gone ? t.notConfigured : undefined)} onClick={() => turn.mutate(source.state === 'disabled' ? 'enable' : 'disable')}>
            {source.state === 'disabled' ? t.detail.enable : t.detail.disable}
          </Button>
          <Button small why={noWrite ?? (source.origin === 'file' ? t.detail.fileOwned : source.origin !== 'store' ? t.detail.onlyStore : undefined)} onClick={() => onChange(source.kind)}>
            {t.detail.change}
          </Button>
          <Button small look="danger" why={noWrite ?? (source.origin === 'file' ? t.detail.fileOwned : source.origin !== 'store' ? t.detail.onlyStore : undefined)} onClick={() => setRemoving(true)}>
            {t.detail.remove}
          </Button>
        </div>
        <TestResult data={test.data} error={test.error} />
      </section>
      {bad.length > 0 && (
        <section>
          <h3>{t.detail.missing}</h3>
          {bad.slice(0, 20).map((section) => (
            <div key={section.name} className={css.say} data-look="bad">
              <Icon name="warning" size={14} />
              <div>
                <strong>
                  <Name value={section.name} />
                </strong>
                {section.error && <p>{visible(section.error, 800)}</p>}
              </div>
            </div>
          ))}
          <p className={css.small}>{t.detail.missingHelp}</p>
        </section>
      )}
      <Sections data={data} />
      <section>
        <h3>{t.detail.perms}</h3>
        <Scopes scopes={data.scopes} />
      </section>
      <section>
        <h3>{t.detail.options}</h3>
        {source.options.length === 0 && Object.keys(data.options).length === 0 ? (
          <p className="muted">{t.detail.optionsNone}</p>
        ) : (
          <dl className={css.pairs}>
            {(Object.keys(data.options).length > 0 ? Object.keys(data.options) : source.options).map((name) => (
              <div key={name} className={css.pair}>
                <dt>{visible(name)}</dt>
                <dd>{data.options[name] ? data.options[name].map((value) => visible(value, 300)).join(', ') : t.detail.optionSet}</dd>
              </div>
            ))}
          </dl>
        )}
      </section>
      {removing && <Remove id={source.id} onClose={() => setRemoving(false)} onDone={onClose} />}
    </div>
  )
}

export function TestResult({ data, error }: { data?: Done; error: { message: string } | null }) {
  const failed = error?.message ?? (data?.done === 'failed' ? data.error || t.detail.testFailed : '')
  if (!data && !error) return null
  return (
    <div className={css.say} data-look={failed ? 'bad' : 'ok'} role={failed ? 'alert' : 'status'}>
      <Icon name={failed ? 'warning' : 'check'} size={14} />
      <div>
        <strong>{failed ? t.detail.testFailed : t.detail.testOk}</strong>
        {failed && <p>{visible(failed, 1200)}</p>}
        {data?.note && <p>{visible(data.note, 600)}</p>}
      </div>
    </div>
  )
}

/** Privileges, each with why and the exact command that grants it. */
export function Scopes({ scopes }: { scopes: Scope[] | null }) {
  if (!scopes?.length) return <p className="muted">{t.detail.permsNone}</p>
  return (
    <div>
      {scopes.map((scope) => (
        <div key={scope.name} className={css.scope}>
          <strong>{visible(scope.name, 200)}</strong>
          {scope.why && <p>{visible(scope.why, 600)}</p>}
          {scope.grant && <Command text={scope.grant} what={scope.name} />}
        </div>
      ))}
    </div>
  )
}

function Sections({ data }: { data: SourceDetail }) {
  if (data.sections.length === 0) return null
  return (
    <section>
      <h3 id="parts">{t.detail.sections}</h3>
      <div className={css.scroll}>
        <table className={css.table} aria-labelledby="parts">
          <thead>
            <tr>
              <th scope="col">{t.detail.sectionColumns.name}</th>
              <th scope="col">{t.detail.sectionColumns.status}</th>
              <th scope="col" className={css.num}>
                {t.detail.sectionColumns.objects}
              </th>
              <th scope="col">{t.detail.sectionColumns.last}</th>
            </tr>
          </thead>
          <tbody>
            {data.sections.map((section) => (
              <tr key={section.name}>
                <th scope="row">
                  <Name value={section.name} limit={120} />
                  {(section.notes?.length ?? 0) > 0 && (
                    <details className={css.details}>
                      <summary>{t.detail.notes(section.notes!.length)}</summary>
                      <ul className={css.notes}>
                        {section.notes!.slice(0, 50).map((note, i) => (
                          <li key={i}>
                            <code>{visible(note.where, 200)}</code> {visible(note.text, 400)} {(note.lost || note.unread) && <em>({t.detail.lost})</em>}
                          </li>
                        ))}
                      </ul>
                    </details>
                  )}
                </th>
                <td>
                  <Status value={section.status} />
                </td>
                <td className={css.num}>{count(section.objects)}</td>
                <td>{section.last_ok ? <Ago at={section.last_ok} /> : t.detail.never}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Remove({ id, onClose, onDone }: { id: string; onClose: () => void; onDone: () => void }) {
  const [typed, setTyped] = useState('')
  const remove = useWrite<void>(
    async () => {
      // The version that is removed is the one of now, not of when the panel was opened.
      await get(sourcePath(id))
      return change('DELETE', sourcePath(id))
    },
    {
      onDone: () => {
        toast({ text: t.detail.removed(visible(id)) })
        onDone()
      },
    },
  )
  return (
    <Modal opened onClose={onClose} title={t.detail.removeTitle(visible(id, 80))} closeButtonProps={{ 'aria-label': kit.close }}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === id) remove.mutate()
        }}
      >
        <p>{t.detail.removeText}</p>
        <Field label={t.detail.removeType(visible(id, 80))} error={remove.error ? visible(remove.error.message, 400) : undefined}>
          <input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} />
        </Field>
        <div className={css.buttons}>
          <Button type="submit" look="danger" disabled={typed !== id || remove.isPending}>
            {t.detail.removeTitle(visible(id, 80))}
          </Button>
          <Button onClick={onClose}>{t.detail.keep}</Button>
        </div>
      </form>
    </Modal>
  )
}
