import { count, plural } from '@/kit/format'

/** Words of the page of one identity, or of any other thing. */
export const identity = {
  tabs: { overview: 'Overview', access: 'Access', use: 'Use', credentials: 'Credentials', dependents: 'Dependents', findings: 'Findings', activity: 'Activity', facts: 'All facts' },
  sentence: {
    is: (what: string, where: string) => `${what} in ${where}`,
    env: (env: string) => `in ${env}`,
    purpose: (purpose: string) => `for ${purpose}`,
    ownedBy: (owner: string) => `${owner} answers for it.`,
    nobody: 'Nobody answers for it.',
    left: (owner: string) => `${owner}, who answered for it, has left.`,
    usedLast: (ago: string) => `It was last used ${ago}.`,
    useUnknown: 'Whether it is used is not known.',
    reach: (resources: number, tier0: number, identities: number) => (resources === 0 && identities === 0 ? 'If stolen, it opens nothing that was seen.' : `If stolen, it opens ${plural(resources, 'resource', 'resources')}${tier0 > 0 ? `, ${count(tier0)} of tier 0,` : ''}${identities > 0 ? ` and ${plural(identities, 'other identity', 'other identities')}` : ''}.`),
    due: (what: string, days: number, ends: boolean) => {
      const far = plural(Math.abs(days), 'day', 'days')
      if (days > 0) return `${what} in ${far}.`
      if (days === 0) return `${what} today.`
      return ends ? `${what.replace(/ ends$/, ' ended')} ${far} ago.` : `${what}: ${far} late.`
    },
    dueNone: 'Nothing of it is due.',
    dueUnknown: 'When its secret is to be changed is not known.',
    reachUnknown: 'What it opens if stolen is not known.',
    credentials: (n: number, places: number) => (n === 0 ? 'No credential of it was seen.' : `${plural(n, 'credential', 'credentials')}${places > 0 ? `, seen in ${plural(places, 'place', 'places')}` : ''}.`),
  },
  gone: {
    tag: 'removed', title: 'It was removed', by: (sources: string) => `as ${sources} tells`, text: 'What is below is what was known of it last.',
    look: 'See it as it was last', changes: 'What changed then', last: 'What was known of it',
  },
  exports: { json: 'JSON, all that is known of it' },
  explore: 'Blast radius', paths: 'Ways to tier 0', copyId: 'id',
  owner: {
    title: 'Owner', suggested: 'Suggested', confirm: (name: string) => `Confirm ${name}`, assign: (name: string) => `Assign ${name}`, other: 'Somebody else', otherLabel: 'Team or person', otherHelp: 'Name, mail address or id of somebody who is known here', set: 'Assign', remove: 'Nobody',
    set_: (owner: string, what: string) => `${owner} now answers for ${what}.`, confirmed: 'Confirmed.', because: 'because it', since: 'confirmed', never: 'never confirmed', how: { system: 'as its system says', tag: 'by tag', person: 'set by a person', policy: 'by policy' } as Record<string, string>,
    none: 'Nobody answers for it.', noneSuggested: 'Nothing that was read hints at who should.', sure: (n: number) => `${Math.round(n * 100)} % sure`, source: 'source',
    missing: { never: 'Nobody was ever named.', left: 'Whoever was named has left.', empty: 'The team that was named has nobody in it.', unconfirmed: 'Nobody confirmed it lately.' } as Record<string, string>,
  },
  score: { title: (total: number, level: string) => `Risk ${total} of 100: ${level}`, none: 'This has no risk of its own.', history: 'Risk over time' },
  path: { title: 'From its maker to what it opens', creator: 'maker not known', credential: 'no credential seen', resource: 'nothing of tier 0', more: (n: number) => `and ${count(n)} more`, created: 'created', opens: 'opens' },
  access: {
    title: (resources: number, by: string) => (resources === 0 ? 'It reaches no resource that was seen' : `It reaches ${plural(resources, 'resource', 'resources')}${by ? `, most by ${by}` : ''}`),
    unknown: 'What it reaches is not known',
    levels: { escalate: 'take over', execute: 'run code', secrets: 'read secrets', permissions: 'change rights', delete: 'delete', write: 'write', read: 'read', list: 'list' } as Record<string, string>,
    level: 'Level', resources: 'Resources', own: 'What it was given', ownEmpty: 'Nothing was given to it directly, as far as was read.', ownUnknown: 'What it was given directly is not known.', reached: 'What it reaches, by itself or by becoming others', action: 'Actions', on: 'On', why: 'Decided by', condition: 'if', via: 'Through', grade: 'Sure', hops: 'Steps', becomes: (n: number) => `It can become ${plural(n, 'other identity', 'other identities')}`,
    used: (used: number, granted: number) => `${count(used)} of ${count(granted)} permissions used in 90 days`, notAnalysed: 'Not analysed', cut: 'Cheapest cut', cutTo: (before: number, after: number) => `${count(before)} to ${count(after)} resources`, all: 'all', except: 'except',
  },
  use: {
    last: 'Last used', lifecycle: 'Lifecycle', source: 'Seen by', permissions: 'Permissions used', unknown: 'No usage data. No source that was read would have seen its use. Unknown is not unused.', runs: 'What runs as it', noRuns: 'Nothing was seen that runs as it.', days: 'Hours and days are shown once event logs are read; that comes with detection.',
  },
  credentials: { none: 'No credential of it was seen.', noneText: 'It may sign in by a trust instead; see Access.', status: 'Status', age: 'Age', rotated: 'Changed', expires: 'Ends', lastUsed: 'Last used', places: 'Where it lies', noPlaces: 'It was found nowhere.', exposure: { public: 'anybody can read it', internal: 'inside', unknown: 'who can read it is not known' } as Record<string, string>, never: 'never changed', noEnd: 'never ends', fingerprint: 'Fingerprint', author: 'by', notInHead: 'only in history' },
  dependents: { rest: (listed: number, total: number) => `The first ${count(listed)} of ${count(total)} ways of depending are listed. All of them: drover deps.`, title: (n: number, proven: number, gaps = 0) => (n === 0 ? (gaps > 0 ? `What depends on it is not known: nothing was seen, and ${plural(gaps, 'part', 'parts')} of the estate could not be looked at` : 'Nothing was seen that depends on it') : `${plural(n, 'thing depends', 'things depend')} on it, ${count(proven)} proven`), what: 'What', how: 'How', through: 'Through', sure: 'Sure', last: 'Last seen', proof: 'Proof' },
  findings: { none: 'No open findings.', noneText: 'The checks that apply to it found nothing.', fix: 'Fix', breaks: 'What breaks', evidence: 'Evidence', why: 'Why it matters', open: 'Open' },
  activity: { timeline: 'What happened', by: (who: string) => `by ${who}`, earlier: (n: number) => `${count(n)} earlier ones are left out`, made: 'Who made it', noMaker: 'Who made it is not known.', left: '(left)', changes: 'What changed', none: 'Nothing about it changed in this time.', noneText: 'Drover keeps each change from the first scan on.', since: 'Since', from: 'from', to: 'to', compare: 'Compare with', days: (n: string) => `${n} days`, added: 'added', removed: 'removed', changed: 'changed', first: 'First seen', created: 'Made' },
  facts: { attrs: 'As its system says', aliases: 'Other names', edges: 'Connections', members: 'Seen as', doubts: 'Doubts', verdict: 'Why it is taken for this', in: 'in', out: 'out', sources: 'Sources', none: 'none' },
  sentenceUnknown: 'unknown',
}
