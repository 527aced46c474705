import { count, plural } from '@/kit/format'

/** Words of the reports. */
export const reports = {
  title: 'Reports',
  lead: 'Documents to hand on: each says at which moment it looks and what could not be known. No report holds a secret value.',
  list: 'Reports',
  answers: {
    executive: 'Is it getting better, what is to be done next, and what is due? One page for who decides.',
    'four-questions': 'How many are there, how many have an owner, how many are monitored, how many may do no more than they need?',
    inventory: 'What is there: every identity with its type, environment, owner, last use and risk.',
    posture: 'What is wrong now, how bad it is, what was accepted and until when.',
  } as Record<string, string>,
  other: 'A report that this server offers.',
  formats: { html: 'HTML', pdf: 'PDF', csv: 'CSV', json: 'JSON', md: 'Markdown', txt: 'Text' } as Record<string, string>,
  formatsHelp: { html: 'one file that needs nothing else', pdf: 'to print and to file', csv: 'for a spreadsheet', json: 'for a program', md: 'for a wiki or a ticket', txt: 'for a terminal or a mail' } as Record<string, string>,
  preview: 'The numbers in it',
  pick: 'Pick a report to see its numbers.',
  download: 'Download',
  downloadAs: (title: string, format: string) => `Download “${title}” as ${format}`,
  asOf: 'As of',
  asOfHelp: 'The moment of the page holds for reports too; change it at the top.',
  generation: (n: number) => `generation ${count(n)}`,
  number: 'Number', value: 'Value', unknown: 'Not known',
  numbers: {
    identities: 'Identities', humans: 'People', ratio: 'Identities for each person', open: 'Open findings', accepted: 'Accepted findings', checks: 'Checks that ran', fixes: 'Acts that end findings', exceptions: 'Exceptions', sources: 'Sources read', stale: 'Sources not read lately', unseen: 'Mentioned, but listed by no source', overdue: 'Overdue',
    due: (name: string) => `Due: ${name.toLowerCase()}`,
    by: (by: string, name: string) => `${by}: ${name}`,
  },
  of: (n: number, of: number) => `${count(n)} of ${count(of)}`,
  ratio: (n: number) => n.toLocaleString(undefined, { maximumFractionDigits: 1 }),
  unknowns: 'What it cannot say',
  postureLink: 'Open the page of posture',
  none: { title: 'No reports', text: 'This server offers none.' },
  count: (n: number) => plural(n, 'report', 'reports'),
  share: 'Share',
}
