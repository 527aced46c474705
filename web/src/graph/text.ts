import { visible } from '@/kit/format'

const thin = new Set(Array.from("iljI.,:;'|!` "))
const narrow = new Set(Array.from('tfr()[]{}/\\-"*'))
const wide = new Set(Array.from('mwMW@%\u2014\u2026'))

/** em estimates the width of a character in em of a system sans face; on the safe side. */
function em(c: string): number {
  const code = c.codePointAt(0) ?? 0
  if (thin.has(c)) return 0.33
  if (narrow.has(c)) return 0.43
  if (wide.has(c)) return 0.96
  if (code >= 0x1100) return 1.05
  if (c >= 'A' && c <= 'Z') return 0.71
  return 0.625
}

/** widthOf estimates how wide s is at a size, without a browser: pictures must not depend on one. */
export function widthOf(s: string, size: number): number {
  let w = 0;
  for (const c of s) w += em(c);
  return w * size;
}

/** fit cuts s in its middle so that it fits into width: both ends of a name tell it apart. */
export function fit(s: string, width: number, size: number): string {
  const text = visible(s.length > 600 ? s.slice(0, 300) + s.slice(-300) : s);
  if (widthOf(text, size) <= width) return text;
  const all = Array.from(text);
  let room = width - 0.96 * size;
  let head = 0;
  let tail = 0;
  for (let turn = 0; head + tail < all.length; turn++) {
    const fromHead = turn % 3 !== 2; // two from the head, one from the tail
    const c = (fromHead ? all[head] : all[all.length - 1 - tail]) ?? "";
    room -= em(c) * size;
    if (room < 0) break;
    if (fromHead) head++;
    else tail++;
  }
  return all.slice(0, head).join("") + "\u2026" + all.slice(all.length - tail).join("");
}

/** plain makes an id of a vendor's type readable: iam.role -> IAM role. */
export function plainType(type: string): string {
  return visible(type.replace(/^[a-z0-9]+\./, "").replaceAll("_", " ").replaceAll(".", " "));
}

