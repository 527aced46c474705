import { Problem, get } from '@/api/client'
import { useMayNot, useWrite, write } from '@/api/hooks'
import { useScope } from '@/app/scope'
import { Button, Command, Empty, toast } from '@/kit'
import { visible } from '@/kit/format'
import { findings as t } from '@/text/findings'

interface Run {
  id: string
  state: string
  ended: string | null
  error: { message?: string; detail?: string } | null
}

/** Waits until an operation has ended. */
async function ended(run: Run): Promise<Run> {
  while (run.state === 'running' && !run.ended) {
    await new Promise((resume) => setTimeout(resume, 700))
    run = await get<Run>('/operations/' + encodeURIComponent(run.id))
  }
  return run
}

/** Something was read and nobody has looked what is wrong with it: that is no good news, and one click from here. */
export function Unchecked({ small }: { small?: boolean }) {
  const { asOf } = useScope()
  const mayNot = useMayNot('scan.run')
  const check = useWrite<void, Run>(async () => ended(await write<Run>('POST', '/checks:run', {})), {
    onDone: (run) => run.error && toast({ text: visible(run.error.detail ?? run.error.message ?? run.state), bad: true }),
    onFail: (problem: Problem) => toast({ text: visible(problem.message), bad: true }),
  })
  return (
    <Empty
      title={t.none.unchecked}
      icon="search"
      small={small}
      actions={
        <Button look="primary" why={asOf ? t.act.asOf : mayNot} disabled={check.isPending} onClick={() => check.mutate()}>
          {check.isPending ? t.none.checking : t.none.check}
        </Button>
      }
    >
      <p>{t.none.uncheckedText}</p>
      <Command text="drover check" />
    </Empty>
  )
}
