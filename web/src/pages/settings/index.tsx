import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useApi, useWrite, write } from '@/api/hooks'
import { carry, useGo } from '@/app/Link'
import ShortcutHelp from '@/app/ShortcutHelp'
import { setPrefs, usePrefs, type Density, type Theme } from '@/app/prefs'
import { useUrl } from '@/app/url'
import { viewAs } from '@/app/viewAs'
import { Answer, Button, Card, LinkButton, Name, Page, toast } from '@/kit'
import { date, visible, words } from '@/kit/format'
import { app } from '@/text/app'
import { settings as t } from '@/text/settings'
import { welcome } from '@/text/welcome'
import { useMe, useWhyNot, type Operation } from '../sources/data'
import { Audit } from './Audit'
import { Sessions } from './Sessions'
import { Tokens } from './Tokens'
import { Users } from './Users'
import css from './settings.module.css'

const parts = Object.keys(t.parts)

/** Who one is and what one may, how the page looks, and what an administrator keeps. */
export default function SettingsPage() {
  const [url] = useUrl({ part: 'me' })
  const part = parts.includes(url.part) ? url.part : 'me'
  return (
    <Page title={app.pages.settings}>
      <div className={css.page}>
        <nav aria-label={t.nav} className={css.nav}>
          <ul>
            {parts.map((one) => (
              <li key={one}>
                <Link to="/settings" search={carry({ part: one })} aria-current={one === part ? 'page' : undefined} activeProps={{}} className={css.part}>
                  {t.parts[one]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={css.stack}>
          {part === 'me' && <Myself />}
          {part === 'look' && <Look />}
          {part === 'sessions' && <Sessions />}
          {part === 'tokens' && <Tokens />}
          {part === 'users' && <Users />}
          {part === 'audit' && <Audit />}
          {part === 'about' && <About />}
        </div>
      </div>
    </Page>
  )
}

function Myself() {
  const me = useMe()
  const [all, setAll] = useState(false)
  return (
    <Answer query={me} lines={8}>
      {(data) => {
        const rights = Object.entries(data.may ?? {})
        const shown = all ? rights : rights.filter(([, may]) => may.allowed)
        return (
          <>
            <Card title={t.parts.me} id="me">
              <dl className={css.pairs}>
                <dt>{t.me.name}</dt>
                <dd>
                  <Name value={data.name || data.id} />
                </dd>
                {data.email && (
                  <>
                    <dt>{t.me.email}</dt>
                    <dd>
                      <Name value={data.email} />
                    </dd>
                  </>
                )}
                <dt>{t.me.kind}</dt>
                <dd>{t.me.kinds[data.kind] ?? visible(data.kind)}</dd>
                <dt>{t.me.via}</dt>
                <dd>{data.session ? t.me.session : data.token ? t.me.token : t.me.socket}</dd>
                <dt>{t.me.grants}</dt>
                <dd>{data.grants.length === 0 ? t.me.none : data.grants.map((grant) => <code key={grant} className={css.grant}>{visible(grant, 200)}</code>)}</dd>
              </dl>
              {data.view_as.length > 0 && (
                <>
                  <h3>{t.me.viewAs}</h3>
                  <p className="muted">{t.me.viewAsHelp}</p>
                  <p className={css.roles}>
                    {data.view_as.map((role) => (
                      <Button key={role} small icon="user" onClick={() => void viewAs(role)}>
                        {app.me.viewAs(role)}
                      </Button>
                    ))}
                  </p>
                </>
              )}
            </Card>
            <Card title={t.me.rights(rights.filter(([, may]) => may.allowed).length, rights.length)} id="rights" flush>
              <div className={css.scroll}>
                <table className={css.table} aria-labelledby="rights">
                  <thead>
                    <tr>
                      <th scope="col">{t.me.right}</th>
                      <th scope="col">{t.me.may}</th>
                      <th scope="col">{t.me.why}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map(([action, may]) => (
                      <tr key={action}>
                        <th scope="row">
                          {t.me.groups[action.split('.')[0]] ?? words(action.split('.')[0])} <span className="mono">{visible(action)}</span>
                        </th>
                        <td data-no={!may.allowed || undefined}>{may.allowed ? t.me.may : t.me.mayNot}</td>
                        <td className="muted">{visible(may.reason, 300)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              {!all && shown.length < rights.length && (
                <div className={css.under}>
                  <Button small onClick={() => setAll(true)}>
                    {t.me.all}
                  </Button>
                </div>
              )}
            </Card>
          </>
        )
      }}
    </Answer>
  )
}

function Choice<T extends string>({ label, name, value, options, onChange }: { label: string; name: string; value: T; options: Record<string, string>; onChange: (value: T) => void }) {
  return (
    <fieldset className={css.choice}>
      <legend>{label}</legend>
      {Object.entries(options).map(([one, text]) => (
        <label key={one}>
          <input type="radio" name={name} value={one} checked={value === one} onChange={() => onChange(one as T)} /> {text}
        </label>
      ))}
    </fieldset>
  )
}

function Look() {
  const prefs = usePrefs()
  const [help, setHelp] = useState(false)
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const now = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date())
  return (
    <Card title={t.parts.look} id="look">
      <div className={css.form}>
        <p className="muted">{t.look.help}</p>
        <Choice<Theme> label={t.look.theme} name="theme" value={prefs.theme} options={t.look.themes} onChange={(theme) => setPrefs({ theme })} />
        <Choice<Density> label={t.look.density} name="density" value={prefs.density} options={t.look.densities} onChange={(density) => setPrefs({ density })} />
        <fieldset className={css.choice}>
          <legend>{t.look.keys}</legend>
          <label>
            <input type="checkbox" className="box" checked={prefs.keys} onChange={(event) => setPrefs({ keys: event.target.checked })} /> {t.look.keys}
          </label>
          <p className="muted">{t.look.keysHelp}</p>
          <Button onClick={() => setHelp(true)}>{t.look.shortcuts}</Button>
        </fieldset>
        <fieldset className={css.choice}>
          <legend>{t.look.zone}</legend>
          <p>{t.look.zoneText(zone, now)}</p>
        </fieldset>
      </div>
      {help && <ShortcutHelp onClose={() => setHelp(false)} />}
    </Card>
  )
}

interface Version {
  version: string
  commit: string
  date: string | null
  go: string
  platform: string
}

function About() {
  const version = useApi<Version>('/version', {}, { timeless: true })
  const go = useGo()
  const whyNot = useWhyNot()
  const act = useWrite<'load' | 'reset' | 'remove', Operation>((verb) => write('POST', '/demo:' + verb, verb === 'remove' ? undefined : {}), { onDone: (op) => go('/welcome', { op: op.id }), onFail: (problem) => toast({ text: visible(problem.message, 400), bad: true }) })
  const home = useApi<{ demo: boolean }>('/home', {}, { timeless: true, enabled: !whyNot('risk.read') })
  const why = whyNot('demo.write')
  return (
    <>
      <Card title={t.parts.about} id="about">
        <Answer query={version} small lines={3}>
          {(data) => (
            <dl className={css.pairs}>
              <dt>{t.about.version}</dt>
              <dd>Drover {visible(data.version)}</dd>
              <dt>{t.about.commit}</dt>
              <dd>
                <code>{visible(data.commit, 60)}</code> {data.date && date(data.date)}
              </dd>
              <dt>{t.about.built}</dt>
              <dd>
                {visible(data.go)}, {visible(data.platform)}
              </dd>
              <dt>{t.about.licence}</dt>
              <dd>Apache-2.0</dd>
            </dl>
          )}
        </Answer>
        <ul className={css.links}>
          <li>
            <a href="/api/docs">{t.about.api}</a>
          </li>
          <li>
            <a href="/api/v1/openapi.json">{t.about.openapi}</a>
          </li>
          <li>
            <a href="/api/docs/problems">{t.about.problems}</a>
          </li>
          <li>
            <Link to="/glossary" search={carry()}>
              {t.about.glossary}
            </Link>
          </li>
        </ul>
      </Card>
      <Card title={t.about.demo} id="demo">
        <div className={css.form}>
          <p className="muted">{t.about.demoText}</p>
          <div className={css.buttons}>
            {home.data?.demo ? (
              <>
                <Button look="danger" why={why} onClick={() => act.mutate('remove')}>
                  {t.about.remove}
                </Button>
                <Button why={why} onClick={() => act.mutate('reset')}>
                  {t.about.reload}
                </Button>
              </>
            ) : (
              <Button why={why} onClick={() => act.mutate('load')}>
                {t.about.load}
              </Button>
            )}
            <LinkButton look="quiet" to="/welcome" search={carry()}>
              {welcome.title}
            </LinkButton>
          </div>
        </div>
      </Card>
    </>
  )
}
