import { useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTheme } from '@/app/theme'
import { Command } from '@/kit/Copy'
import { Field } from '@/kit/Field'
import { visible } from '@/kit/format'
import kit from '@/kit/kit.module.css'
import { login as t } from '@/text/login'
import css from './login.module.css'

/** Only a path of this page: a link in a mail must not lead elsewhere after sign-in. */
export const safeNext = (next: string | undefined) => (next && /^\/(?![/\\])/.test(next) ? next : '/')

/** How to get in: by the organisation's sign-in, or by a link of this machine. No password is ever asked for. */
export default function Login() {
  useTheme()
  const search = useSearch({ strict: false }) as Record<string, string | undefined>
  const next = safeNext(search.next)
  useEffect(() => {
    document.title = `${t.title} · Drover`
  }, [])
  return (
    <main className={css.page}>
      <div className={css.box}>
        <svg viewBox="0 0 32 32" width="40" height="40" aria-hidden="true">
          <path fill="var(--accent)" d="M16 1.5 28.6 8.75v14.5L16 30.5 3.4 23.25V8.75z" />
          <path fill="none" stroke="var(--on-accent)" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" d="M10 21V11l12 10V11" />
        </svg>
        <h1>{t.title}</h1>
        <p className="muted">{t.lead}</p>
        {search.error && (
          <p role="alert" className={css.error}>
            {search.error === 'link' ? t.expired : `${t.refused} ${visible(search.error, 200)}`}
          </p>
        )}
        <a className={kit.button} data-look="primary" href={'/auth/oidc/start?next=' + encodeURIComponent(next)}>
          {t.oidc}
        </a>
        <h2>{t.local}</h2>
        <p className="muted">{t.localText}</p>
        <Command text="drover login-link" />
        <form action="/login" method="get" className={css.form}>
          <Field label={t.token} help={t.tokenHelp}>
            <input name="token" required autoComplete="one-time-code" maxLength={400} />
          </Field>
          <input type="hidden" name="next" value={next} />
          <button type="submit" className={kit.button}>
            {t.use}
          </button>
        </form>
        <p className={css.foot}>{t.privacy}</p>
      </div>
    </main>
  )
}
