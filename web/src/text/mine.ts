import { count, plural } from '@/kit/format'

/** Words for who answers for things, and need not know how it is done. */
export const mine = {
  title: 'Home',
  heading: (n: number) => (n === 0 ? 'Nothing is in your care' : `You answer for ${plural(n, 'automation', 'automations')}`),
  tasks: (n: number) => (n === 0 ? 'Nothing needs an answer' : `${plural(n, 'thing needs', 'things need')} an answer from you`),
  noTasks: 'Nothing asks for your answer now.',
  by: 'by',
  overdue: 'overdue',
  fixes: 'What should be done about them',
  noFixes: 'Nothing is known to be wrong with them.',
  closes: (n: number) => `ends ${plural(n, 'finding', 'findings')}`,
  allFixes: (n: number) => `All ${count(n)}`,
  list: 'What you answer for',
  all: (n: number) => `All ${count(n)}`,
  used: 'last used',
  unused: 'we cannot see when it was last used',
  still: 'Yes, still needed',
  confirmed: 'Noted: it is still needed and still yours.',
  confirmedAt: 'you said so',
  empty: 'When somebody makes you or your team the owner of an automation, it stands here with what it does and what it asks of you.',
}
