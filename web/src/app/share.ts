import { copyText } from '@/kit/Copy'
import { toast } from '@/kit/Toasts'
import { app as t } from '@/text/app'

/** The address of what is shown now; pinned to a moment unless it is asked to live. */
export function linkToHere(live: boolean, now = new Date()): string {
  const url = new URL(location.href)
  if (!live && !url.searchParams.get('as_of')) url.searchParams.set('as_of', now.toISOString().replace(/\.\d+Z$/, 'Z'))
  if (live) url.searchParams.delete('as_of')
  return url.toString()
}

export async function shareHere(live = false) {
  if (await copyText(linkToHere(live))) toast({ text: live ? t.sharedLive : t.shared })
}
