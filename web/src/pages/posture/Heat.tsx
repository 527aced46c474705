import { Link } from '@tanstack/react-router'
import { carry } from '@/app/Link'
import { ChartFrame } from '@/kit'
import { count, visible } from '@/kit/format'
import { kit } from '@/text/kit'
import { posture as t } from '@/text/posture'
import css from './posture.module.css'
import type { Control, Framework, Posture } from './types'

const shapes = { critical: '◆', high: '▲', medium: '■', low: '●', info: '○' } as const

export const envName = (env: string) => (env === 'unknown' ? t.heat.unknownEnv : visible(env))

/** Controls by environment: how many findings are open, and how bad the worst is. */
export function Heat({ frameworks, envs, chosen, onChoose }: { frameworks: Framework[]; envs: Posture['envs']; chosen: string; onChoose: (name: string) => void }) {
  const framework = frameworks.find((one) => one.name === chosen) ?? frameworks[0]
  if (!framework) return null
  const failing = framework.controls.filter((control) => control.open > 0).length
  const cellText = (control: Control, env: string) => {
    if (control.state === 'unknown') return null
    if (control.state === 'not_applicable') return t.heat.states.not_applicable
    return control.cells.find((cell) => cell.env === env)?.open ?? 0
  }
  return (
    <ChartFrame
      title={t.heat.title(visible(framework.title), failing, framework.controls.length)}
      name={`controls-${framework.name.replace(/[^A-Za-z0-9.-]/g, '-')}`}
      table={{
        columns: [t.heat.control, ...envs.map((env) => envName(env.name)), t.heat.all, t.heat.worst],
        rows: framework.controls.map((control) => [`${control.id} ${control.title}`.trim(), ...envs.map((env) => cellText(control, env.name)), control.state === 'unknown' ? null : control.open, control.worst ? kit.severity[control.worst] : t.heat.states[control.state]]),
      }}
      actions={
        <label className={css.choose}>
          <span className="visually-hidden">{t.heat.framework}</span>
          <select value={framework.name} onChange={(event) => onChoose(event.target.value)}>
            {frameworks.map((one) => (
              <option key={one.name} value={one.name}>
                {visible(one.title)}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <div className={css.heatScroll} tabIndex={0} role="group" aria-label={visible(framework.title)}>
        <table className={css.heat}>
          <thead>
            <tr>
              <th scope="col">{t.heat.control}</th>
              {envs.map((env) => (
                <th key={env.name} scope="col" title={t.heat.identities(env.identities)}>
                  {envName(env.name)}
                </th>
              ))}
              <th scope="col">{t.heat.all}</th>
            </tr>
          </thead>
          <tbody>
            {framework.controls.map((control) => (
              <tr key={control.id}>
                <th scope="row">
                  <code>{visible(control.id.replace(/^.*?:(?=.)/, (head) => (framework.name.startsWith('OWASP') ? head : '')).replace(/:2025$/, ''))}</code> {visible(control.title)}
                </th>
                {envs.map((env) => (
                  <td key={env.name}>
                    <Cell control={control} env={env.name} />
                  </td>
                ))}
                <td>
                  <Cell control={control} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={css.legend}>
        {(['critical', 'high', 'medium', 'low'] as const).map((level) => (
          <span key={level}>
            <span className={css.key} data-level={level} aria-hidden="true">
              {shapes[level]}
            </span>
            {kit.severity[level]}
          </span>
        ))}
        <span>
          <span className={`${css.key} ${css.clean}`} aria-hidden="true">
            0
          </span>
          {t.heat.states.passing}
        </span>
        <span>
          <span className={`${css.key} hatched`} />
          {t.heat.states.unknown}
        </span>
        <span>
          <small aria-hidden="true">+n</small>
          {t.heat.states.accepted}
        </span>
      </p>
    </ChartFrame>
  )
}

/** One control in one environment, or in all. */
function Cell({ control, env }: { control: Control; env?: string }) {
  if (control.state === 'unknown')
    return (
      <span className={`${css.cell} hatched`} title={visible(control.why)}>
        <span className="visually-hidden">{t.heat.states.unknown}</span>
      </span>
    )
  if (control.state === 'not_applicable')
    return (
      <span className={css.cell} title={visible(control.why)}>
        <span aria-hidden="true">–</span>
        <span className="visually-hidden">{t.heat.states.not_applicable}</span>
      </span>
    )
  const cell = env === undefined ? control : control.cells.find((one) => one.env === env)
  if (!cell || (cell.open === 0 && cell.accepted === 0))
    return (
      <span className={`${css.cell} ${css.clean}`} title={t.heat.states.passing}>
        0
      </span>
    )
  const where = env === undefined ? t.heat.all : envName(env)
  const worst = cell.worst || undefined
  return (
    <Link to="/findings" search={carry({ by: 'list', filter: cell.open > 0 ? cell.filter : `${cell.filter} state=accepted` })} className={css.cell} data-level={worst} aria-label={t.heat.cell(visible(control.id), where, cell.open, worst ? kit.severity[worst] : t.heat.none) + (cell.accepted ? ` ${t.heat.accepted(cell.accepted)}` : '')}>
      {worst && <span aria-hidden="true">{shapes[worst]}</span>}
      {count(cell.open)}
      {cell.accepted > 0 && <small>+{count(cell.accepted)}</small>}
    </Link>
  )
}
