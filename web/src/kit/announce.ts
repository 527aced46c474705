// One live region for the whole page: what changed, told to who cannot see it.
let region: HTMLElement | undefined

/** The shell gives the region that announcements are put into. */
export const setAnnouncer = (element: HTMLElement | null) => {
  region = element ?? undefined
}

export function announce(text: string) {
  if (!region) return
  region.textContent = ''
  // A change is heard only when the region was empty for a moment.
  setTimeout(() => region && (region.textContent = text), 50)
}
