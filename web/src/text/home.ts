import { count, plural } from '@/kit/format'

/** Words of the first page. */
export const home = {
  title: 'Home',
  how: 'How this is computed',
  inEnv: (env: string) => `Only what is known to be in ${env}, as somebody sees it who may see nothing else.`,
  score: (total: number, max: number) => `Posture ${total} of ${max}`,
  checkNow: 'Run the checks',
  scan: 'Get started',
  noEnv: (env: string) => `Nothing is known to be in ${env}`, allEnvs: 'Show every environment',
  empty: { title: 'Nothing was scanned yet', text: 'Scan this machine, load the demonstration organisation, or connect one source. It takes a minute, nothing leaves this machine, and no secret value is kept.' },
  fixes: { title: (n: number) => (n === 0 ? 'Nothing to fix' : 'Fix first'), all: (n: number) => `All ${count(n)}`, cut: 'Risk cut', closes: 'Closes', breaks: 'Breaks', none: 'No open findings. New ones come from recent change.', seen: (n: number | null) => (n === null ? 'unknown' : n === 0 ? 'nothing seen' : plural(n, 'thing', 'things')), open: 'Open' },
  questions: {
    title: 'Four questions',
    names: { many: 'How many are there?', monitored: 'Is their use seen?', owned: 'Does somebody answer for them?', appropriate: 'Is their access what they need?' } as Record<string, string>,
    of: (n: number, of: number) => `${count(n)} of ${count(of)}`,
    people: 'used by people',
    yes: 'yes', no: 'no', unknown: 'unknown',
    plus: (n: number) => `plus ${count(n)} unknown`,
    ratio: (ratio: number) => `${ratio.toFixed(0)} for each human`,
  },
  trend: {
    fell: (n: number, days: number) => `Open findings fell by ${count(n)} in ${days} days`,
    rose: (n: number, days: number) => `Open findings rose by ${count(n)} in ${days} days`,
    same: (days: number) => `Open findings are as many as ${days} days ago`,
    one: 'Open findings, at one moment so far',
    env: 'What was open before was counted of all environments together. Of one alone only today is known.',
    flow: (opened: number, fixed: number) => `${count(opened)} opened and ${count(fixed)} fixed in 30 days`,
    columns: { at: 'When', total: 'All', opened: 'Opened', fixed: 'Fixed' },
    opened: 'opened', fixed: 'fixed',
  },
  coverage: {
    title: (seen: number, stale: number, blind: number) => `${plural(seen, 'source is', 'sources are')} fresh${stale > 0 ? `, ${count(stale)} stale` : ''}${blind > 0 ? `, ${count(blind)} kinds not connected` : ''}`,
    source: 'Source', states: { seen: 'seen', partly: 'partly', stale: 'stale', failed: 'failed', none: 'nothing there', unknown: 'unknown', not_connected: 'not connected' } as Record<string, string>,
    capabilities: { identities: 'Identities', credentials: 'Keys', permissions: 'Rights', usage: 'Use' } as Record<string, string>,
    unseen: (n: number) => `${plural(n, 'thing is', 'things are')} only mentioned, never seen itself`, notConnected: (names: string) => `Not connected: ${names}`, more: 'All sources',
  },
  due: { title: (total: number, overdue: number) => (total === 0 ? 'Nothing is due this week' : `${plural(total - overdue, 'thing is', 'things are')} due this week${overdue > 0 ? `, ${count(overdue)} overdue` : ''}`), expires: 'ends', rotate: 'change', overdue: 'Overdue', none: 'Nothing ends and nothing has to be changed within seven days.', columns: { day: 'Day', expire: 'End', rotate: 'To be changed' }, stops: 'Stops', days: (n: number) => (n < 0 ? `${plural(-n, 'day', 'days')} late` : n === 0 ? 'today' : n === 1 ? 'tomorrow' : `in ${n} days`) },
  unknowns: 'What could not be said',
}
