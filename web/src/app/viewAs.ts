import { write } from '@/api/client'
import { toast } from '@/kit/Toasts'

/** Looks on as another role, or with none as oneself again. Everything is asked anew: what was shown was for somebody else. */
export async function viewAs(role: string) {
  try {
    await write('POST', '/session:viewAs', { role })
    location.assign('/')
  } catch (error) {
    toast({ text: (error as Error).message, bad: true })
  }
}
