import { count, plural } from '@/kit/format'

/** Words of the page of posture. */
export const posture = {
  title: 'Posture',
  lead: (score: number, max: number, open: number) => `${count(score)} of ${count(max)} points; ${plural(open, 'finding is', 'findings are')} open.`,
  noScore: 'There is no score yet.',
  checked: 'Checks ran',
  empty: { title: 'Nothing to measure yet', text: 'Scan a source first; the score is made of what was seen.', action: 'Get started' },
  unchecked: 'No check was run yet. Run them with this command.',
  score: {
    title: (sum: string, total: number, max: number) => `${sum} = ${total} of ${max}`,
    part: 'Question', points: 'Points', share: 'Known to be so', unknown: 'Not known', lost: 'Points held back by what is not known',
    of: (n: number, of: number) => `${count(n)} of ${count(of)}`,
    sum: 'Sum',
    lostN: (n: number) => `up to ${plural(n, 'more point', 'more points')} if all were known to be well`,
    names: { clean: 'No urgent finding', owned: 'Owned', monitored: 'Monitored', appropriate: 'No more than needed' } as Record<string, string>,
  },
  vs: {
    label: 'Compared with', periods: { '7d': '7 days ago', '30d': '30 days ago', '90d': '90 days ago' } as Record<string, string>,
    since: (period: string, was: number) => `since ${period} (${count(was)})`,
    wait: (period: string) => `reading ${period} …`, was: (n: number, of: number) => `was ${count(n)} of ${count(of)}`, moved: (was: number, now: number) => (was === now ? `${plural(now, 'finding is', 'findings are')} open, as many as then.` : `${plural(now, 'finding is', 'findings are')} open, ${count(Math.abs(now - was))} ${now > was ? 'more' : 'fewer'} than then (${count(was)}).`),
    unknown: (period: string) => `${period}: unknown`, why: (period: string) => `No check had been run ${period}, so there is no score to compare with.`,
  },
  heat: {
    title: (framework: string, failing: number, all: number) => `${framework}: ${count(failing)} of ${plural(all, 'control has', 'controls have')} open findings`,
    framework: 'Framework', control: 'Control', all: 'All', worst: 'Worst', unknownEnv: 'environment unknown',
    states: { failing: 'has findings', accepted: 'accepted', passing: 'nothing found', not_applicable: 'nothing to look at', unknown: 'not looked at' } as Record<string, string>,
    cell: (control: string, env: string, open: number, worst: string) => `${control}, ${env}: ${plural(open, 'open finding', 'open findings')}, the worst is ${worst}`,
    accepted: (n: number) => `+${count(n)} accepted`,
    none: 'none',
    identities: (n: number) => plural(n, 'identity', 'identities'),
    legend: 'The number counts open findings; shape and colour tell the worst severity.',
  },
  flow: {
    title: (opened: number, fixed: number) => (opened === fixed ? `As many findings came as were fixed in 30 days: ${count(opened)}` : opened > fixed ? `${count(opened)} findings came and ${count(fixed)} were fixed in 30 days` : `${count(fixed)} findings were fixed and ${count(opened)} came in 30 days`),
    at: 'Until', opened: 'Came', fixed: 'Fixed', open: 'Open',
  },
  maturity: {
    title: (unknown: number, levels: number[], lowest: string[]) =>
      levels.length === 0 ? 'How far the work is: not known on any side' : `The work is at level ${Math.min(...levels)} to ${Math.max(...levels)} of 5; furthest behind: ${lowest.join(', ')}${unknown > 0 ? `; ${unknown} not known` : ''}`,
    axis: 'Side', level: 'Level', best: 'At best', share: 'Share', next: 'To the next level', why: 'Why',
    names: { visibility: 'Visibility', ownership: 'Ownership', rotation: 'Rotation', privilege: 'Privilege', detection: 'Detection', lifecycle: 'Lifecycle' } as Record<string, string>,
    of: (level: number) => `level ${level} of 5`,
    upTo: (level: number) => `up to ${level} if what is not known is well`,
    missing: (n: number) => `${count(n)} more to the next level`,
    top: 'the highest level',
  },
  exceptions: { title: (n: number, findings: number) => (n === 0 ? 'No finding is accepted' : `${plural(n, 'exception covers', 'exceptions cover')} ${plural(findings, 'finding', 'findings')}`), none: 'Everything that holds is open. Accepted findings are listed here with who agreed and when it ends.', says: 'Reason, approver, end', worst: 'Worst', findings: 'Findings', until: 'Ends', lapsed: 'ended', inText: 'see the reason', show: 'Show them' },
  areas: { title: 'By area', area: 'Area', checks: 'Checks', findings: 'Open', worst: 'Worst' },
  unknowns: 'What this cannot say',
  failed: 'Checks that could not look',
  share: 'Share',
  exports: { label: 'Export', pdf: 'PDF, the posture report', html: 'HTML, the posture report', csv: 'CSV, its numbers', md: 'Markdown, the posture report', json: 'JSON, this page', print: 'Print or PDF of this page' },
}
