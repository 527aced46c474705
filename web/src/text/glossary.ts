/** A word, what it means, and where to see it live. */
export interface Term {
  id: string
  term: string
  text: string
  /** Other words for it. */
  also?: string
  /** The page that shows it, with its query. */
  to?: { path: '/identities' | '/findings' | '/explore' | '/sources' | '/reports' | '/reports/posture' | '/settings' | '/' | '/changes'; query?: Record<string, string>; label: string }
  see?: string[]
}

const list = (filter: string, label: string): Term['to'] => ({ path: '/identities', query: { filter }, label })

/** Words of the glossary: of the trade, and of Drover. */
export const glossary = {
  title: 'Glossary',
  lead: 'The words of the trade and of Drover, in plain language. Where a word can be seen in your own estate, it leads there.',
  find: 'Find a word',
  none: 'No word matches.',
  also: 'also',
  see: 'See also',
  count: (n: number) => `${n} ${n === 1 ? 'word' : 'words'}`,
  groups: { things: 'What there is', answer: 'Who answers for it', life: 'How it lives', access: 'What it can do', judge: 'How it is judged', know: 'How Drover knows' } as Record<string, string>,
  terms: {
    things: [
      { id: 'nhi', term: 'Non-human identity', also: 'NHI, machine identity, robot account', text: 'Anything that signs in and acts without a person at the keyboard: a service account, an API client, a bot, a workload, an AI agent.', to: list('verdict=nhi', 'All non-human identities'), see: ['human', 'service-account', 'verdict'] },
      { id: 'human', term: 'Human identity', text: 'An account that a person uses. It is kept beside the others because people own robots, make them, and sometimes borrow them.', see: ['nhi', 'shared'] },
      { id: 'service-account', term: 'Service account', text: 'An account made for a program: a database role for a nightly job, a Kubernetes service account, a cloud role.', to: list('nhi_type=service_account', 'Service accounts'), see: ['workload'] },
      { id: 'ai-agent', term: 'AI agent', text: 'A program that decides for itself which tool to use next. It acts with the rights of its identity, and of every other identity whose keys it can read.', to: list('nhi_type=ai_agent', 'AI agents'), see: ['delegation'] },
      { id: 'bot', term: 'Bot', text: 'A program that acts in a chat, a repository or a ticket system under a name of its own.', to: list('nhi_type=bot', 'Bots') },
      { id: 'credential', term: 'Credential', also: 'key, token, secret, certificate', text: 'What proves that it is the identity it says it is. Drover keeps its name, its age and a fingerprint; never its value.', to: list('credentials>0', 'Identities that have one'), see: ['rotation', 'place', 'fingerprint'] },
      { id: 'place', term: 'Place', text: 'Somewhere a credential lies: a file and its line, a secret of a cluster, a variable of a build. One that lies in many places is hard to change and easy to lose.', to: list('places>1', 'In more than one place'), see: ['credential'] },
      { id: 'workload', term: 'Workload', text: 'The program itself, as it runs: a pod, a function, a job. It borrows an identity.', see: ['service-account', 'dependent'] },
      { id: 'resource', term: 'Resource', text: 'What is reached: a database, a bucket, a queue, a secret, an account.', see: ['reach', 'tier0'] },
      { id: 'third-party', term: 'Vendor', also: 'third party', text: 'Another organisation whose software acts in yours, with a key or a consent that somebody gave it.' },
      { id: 'shared', term: 'Shared account', text: 'One account that several people or programs use, so that no log tells who it was.', to: list('verdict=shared', 'Shared accounts') },
    ],
    answer: [
      { id: 'owner', term: 'Owner', text: 'The person or team that answers for an identity: knows what it is for, and decides whether it stays.', to: list('owner:none', 'Without an owner'), see: ['owned', 'orphaned', 'suggestion'] },
      { id: 'owned', term: 'Owned', text: 'Somebody who is still there answers for it, and said so in time. Otherwise the reason is named: never, left, empty team, not confirmed.', to: list('owned=left', 'The owner has left') },
      { id: 'suggestion', term: 'Suggested owner', text: 'Somebody whom the evidence points to, with the reasons: who made it, whose repository names it, whose team runs what uses it. Nobody becomes owner by a guess; somebody confirms.', see: ['owner'] },
      { id: 'creator', term: 'Creator', text: 'Who made it. Often the best hint to the owner, and not the same thing.', see: ['owner'] },
    ],
    life: [
      { id: 'lifecycle', term: 'Lifecycle', text: 'Where it stands in its life: active, idle, dormant, orphaned, quarantined, retired, or unknown.', see: ['dormant', 'orphaned', 'quarantined'] },
      { id: 'dormant', term: 'Dormant', text: 'Not used for a long time, as far as a source that would have seen its use can tell.', to: list('lifecycle=dormant', 'Dormant ones'), see: ['unknown', 'last-used'] },
      { id: 'orphaned', term: 'Orphaned', text: 'Still able to act, and nobody is left who answers for it.', to: list('lifecycle=orphaned', 'Orphaned ones'), see: ['owner'] },
      { id: 'quarantined', term: 'Quarantined', text: 'Switched off for now, so that one can see whether something breaks before it is removed.', to: list('lifecycle=quarantined', 'Quarantined ones') },
      { id: 'rotation', term: 'Rotation', text: 'Replacing a credential by a new one, so that an old copy opens nothing. Every program that uses it must get the new one in time.', to: list('rotated>365d', 'Not changed for a year'), see: ['dependent'] },
      { id: 'expiry', term: 'Expiry', text: 'When a credential stops working by itself. Good against forgotten copies, bad when nobody knows that it comes.', to: list('expires<30d', 'Ends within 30 days') },
      { id: 'last-used', term: 'Last used', text: 'When something was last seen acting, and which log saw it. Without such a log it is unknown: unknown is not unused.', to: list('last_used>90d', 'Not used for 90 days'), see: ['unknown', 'grade'] },
    ],
    access: [
      { id: 'reach', term: 'Reach', also: 'effective access', text: 'Everything that it can get to in the end: by its own rights, by roles that it can take on, by keys that it can read.', to: { path: '/explore', label: 'Ask what reaches what' }, see: ['path', 'blast-radius'] },
      { id: 'path', term: 'Path', also: 'attack path', text: 'The steps from one thing to another, each with its proof: may assume this role, may read this secret, may run on this machine.', to: { path: '/explore', label: 'Find a path' }, see: ['cut'] },
      { id: 'blast-radius', term: 'Blast radius', text: 'What falls if this key leaks: everything in reach, by number of steps.', to: { path: '/explore', label: 'Draw one' }, see: ['reach'] },
      { id: 'cut', term: 'Cheapest cut', text: 'The few rights that, once taken away, close every path between two things, chosen so that the least breaks.', to: { path: '/explore', label: 'Find one' } },
      { id: 'tier0', term: 'Tier 0', also: 'crown jewels', text: 'What takes everything else with it if it falls: the directory, the secret store, the root of a cloud account, what builds your software.', to: list('tier=0', 'Tier 0'), see: ['reach'] },
      { id: 'privilege', term: 'Privilege', text: 'A right to do something to something. Least privilege is having the rights that one uses, and no others.', see: ['grant'] },
      { id: 'grant', term: 'Grant', text: 'The rule that gives a right: a policy, a role binding, a membership. Taking it away is what a fix does.', see: ['privilege'] },
      { id: 'delegation', term: 'Delegation', text: 'Acting with the rights of somebody else, with leave: a service that takes on a role, an agent that uses another.', see: ['ai-agent', 'path'] },
      { id: 'dependent', term: 'Dependent', text: 'What uses an identity or its key, and stops when it is taken away. What breaks is always said before a fix; what cannot be seen is said too.', see: ['workload', 'unknown'] },
    ],
    judge: [
      { id: 'finding', term: 'Finding', text: 'One thing that is wrong, in five parts: what, why it matters, the evidence, how to fix it, what breaks.', to: { path: '/findings', label: 'Open findings' }, see: ['check', 'fix'] },
      { id: 'check', term: 'Check', text: 'The rule behind a finding. It says what it looks at, and what it cannot know.', see: ['finding'] },
      { id: 'fix', term: 'Fix', text: 'One act that closes one or many findings; ordered by how much risk it takes away.', to: { path: '/findings', label: 'What to fix first' } },
      { id: 'severity', term: 'Severity', text: 'How bad one finding is if nothing else were known: critical, high, medium, low, info. Told by shape, word and colour. It judges what is wrong, not the identity: one of low risk can have a critical finding.', see: ['risk'] },
      { id: 'risk', term: 'Risk', text: 'A number from 0 to 100 for one identity, as a sum whose parts are shown on its page. As shipped: what falls with it, 35 points at most; where its keys lie and who is let in, 25; how far its secrets outlived their interval, 10; whether anybody answers for it, 10; what data it opens, 10; where it works, 5; whether misuse would be noticed, 5. From 65 on it is critical, from 45 high, from 25 medium. Few have much of every part: many findings can be critical while few identities are.', to: list('risk>=high', 'High and critical'), see: ['severity', 'posture'] },
      { id: 'posture', term: 'Posture', text: 'The whole estate as one number, with its arithmetic and how it changed.', to: { path: '/reports/posture', label: 'Posture' } },
      { id: 'exception', term: 'Accepted risk', also: 'exception', text: 'A decision to live with a finding until a date, by somebody, for a reason. It still counts, and comes back when it ends.', to: { path: '/findings', query: { filter: 'state=accepted' }, label: 'Accepted ones' } },
      { id: 'drift', term: 'Drift', text: 'What is different from what was decided or from what was before.', to: { path: '/changes', label: 'What changed' } },
    ],
    know: [
      { id: 'source', term: 'Source', text: 'A system or a folder that Drover reads, with the least rights that reading takes.', to: { path: '/sources', label: 'Sources' }, see: ['coverage', 'scan'] },
      { id: 'scan', term: 'Scan', text: 'Reading sources once. It reads names and fingerprints and changes nothing there.', to: { path: '/sources', label: 'How the last ones went' } },
      { id: 'coverage', term: 'Coverage', text: 'Which source would see what: identities, keys, rights, use. What no source sees is unknown.', to: { path: '/sources', label: 'What each source sees' }, see: ['unknown'] },
      { id: 'unknown', term: 'Unknown', text: 'Nobody knows, since nothing that was read would tell. Drawn hatched; never counted as zero, as never, or as fine.', to: list('last_used:unknown', 'Use is unknown'), see: ['coverage'] },
      { id: 'grade', term: 'Grade of a fact', text: 'How sure it is: proven (a system said so itself), inferred (worked out from what systems said), declared (a person said so), unknown.', see: ['evidence'] },
      { id: 'evidence', term: 'Evidence', text: 'The facts behind a sentence: what was read, where and when.', see: ['grade'] },
      { id: 'fingerprint', term: 'Fingerprint', text: 'A short text made from a secret that tells whether two secrets are the same one, and from which the secret cannot be worked out.', see: ['credential'] },
      { id: 'verdict', term: 'Verdict', text: 'Whether an account is a person’s, a machine’s or shared, with how sure that is and why.', to: list('verdict=unknown', 'Not decided') },
      { id: 'as-of', term: 'As of', text: 'Everything as it was known at a moment. Inventory, graph and findings are history, and nothing that was true is overwritten.', to: { path: '/changes', label: 'Compare two moments' } },
      { id: 'audit', term: 'Audit log', text: 'Who did what in Drover itself. Each entry is tied to the one before, so that a change shows.', to: { path: '/settings', query: { part: 'audit' }, label: 'Audit log' } },
    ],
  } as Record<string, Term[]>,
}
