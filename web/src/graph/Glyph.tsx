import type { NodeRef } from "./types";
import { graphWords as w } from "@/text/graph";

export type Shape = "human" | "agent" | "nhi" | "credential" | "group" | "role" | "policy" | "workload" | "place" | "vendor" | "resource" | "bundle";

/** shapeOf says what a thing is drawn as: the shape tells its kind where colour cannot. */
export function shapeOf(n: Pick<NodeRef, "kind" | "type"> & { nhi_type?: string | null }): Shape {
  switch (n.kind) {
    case "human":
    case "credential":
    case "group":
    case "role":
    case "policy":
    case "workload":
    case "place":
    case "vendor":
    case "resource":
      return n.kind;
    default:
      return n.nhi_type === "ai_agent" || n.type.startsWith("agent.") ? "agent" : "nhi";
  }
}

/** shapeWord is what a screen reader says for it. */
export function shapeWord(s: Shape): string {
  return w.shape[s];
}

const hex = (r: number) => Array.from({ length: 6 }, (_, i) => {
  const a = (Math.PI / 3) * i - Math.PI / 2;
  return `${round(Math.cos(a) * r)},${round(Math.sin(a) * r)}`;
}).join(" ");

function round(v: number): number {
  return Math.round(v * 100) / 100;
}

/** outline is the shape around the origin, about r wide from its middle. */
export function Outline({ shape, r, className }: { shape: Shape; r: number; className?: string }) {
  switch (shape) {
    case "human":
      return <circle className={className} r={r * 0.94} />;
    case "credential":
      return <polygon className={className} points={`0,${-r * 1.06} ${r * 1.06},0 0,${r * 1.06} ${-r * 1.06},0`} />;
    case "agent":
      return (
        <>
          <polygon className={className} points={hex(r * 1.08)} />
          <polygon className="gx-inner" points={hex(r * 0.84)} />
        </>
      );
    case "nhi":
      return <polygon className={className} points={hex(r * 1.04)} />;
    case "group":
      return <ellipse className={className} rx={r * 1.02} ry={r * 0.78} />;
    case "role":
      return <polygon className={className} points={`${-r},${-r * 0.82} ${r},${-r * 0.82} ${r},${r * 0.25} 0,${r} ${-r},${r * 0.25}`} />;
    case "policy":
      return <polygon className={className} points={`${-r * 0.78},${-r * 0.96} ${r * 0.36},${-r * 0.96} ${r * 0.78},${-r * 0.5} ${r * 0.78},${r * 0.96} ${-r * 0.78},${r * 0.96}`} />;
    case "vendor":
      return <polygon className={className} points={`0,${-r} ${r},${r * 0.82} ${-r},${r * 0.82}`} />;
    case "place":
      return <polygon className={className} points={`${-r},${-r * 0.72} ${-r * 0.2},${-r * 0.72} 0,${-r * 0.42} ${r},${-r * 0.42} ${r},${r * 0.8} ${-r},${r * 0.8}`} />;
    case "workload":
      return <rect className={className} x={-r} y={-r * 0.74} width={r * 2} height={r * 1.48} rx={r * 0.42} />;
    default:
      return <rect className={className} x={-r * 0.88} y={-r * 0.88} width={r * 1.76} height={r * 1.76} rx={r * 0.16} />;
  }
}

/** Sign is the small icon inside, drawn in strokes of one weight; it repeats the shape's meaning. */
export function Sign({ shape, r }: { shape: Shape; r: number }) {
  const s = r / 12;
  const d = signs[shape];
  return d ? <path className="gx-sign" d={d} transform={`scale(${round(s)})`} /> : null;
}

const signs: Partial<Record<Shape, string>> = {
  human: "M0-5.4a2.7 2.7 0 1 1 0 5.4a2.7 2.7 0 1 1 0-5.4M-5 6c.4-3 2.4-4.4 5-4.4s4.600 1.400 5 4.400",
  nhi: "M-4-3.200h8v6.400h-8zM0-3.200v-2.800M-1.600-.4v1.200M1.600-.4v1.200",
  agent: "M0-5.200l1.300 3.900l3.900 1.300l-3.900 1.300l-1.300 3.900l-1.300-3.900l-3.900-1.300l3.900-1.300z",
  credential: "M-1.200 0a2.400 2.400 0 1 1-4.800 0a2.400 2.400 0 1 1 4.800 0M-1.200 0h6.400v2.400M2.600 0v1.800",
  resource: "M-4.600-3.400c0-1.900 9.200-1.900 9.200 0v6.800c0 1.900-9.200 1.900-9.200 0zM-4.600-3.400c0 1.900 9.200 1.900 9.200 0",
  group: "M-2.600-2.600a1.900 1.900 0 1 1 0 3.800a1.900 1.900 0 1 1 0-3.800M2.800-2.600a1.900 1.900 0 1 1 0 3.800a1.900 1.900 0 1 1 0-3.800",
  role: "M-3.600-.8l2.600 2.600l4.800-5.200",
  policy: "M-3.800-2.400h5M-3.800.8h7.600M-3.800 4h7.600",
  workload: "M-3.400-3.400l3.200 3.400l-3.200 3.400M1 3.400h4",
  place: "M-5 2.200h8M-5 4.800h5",
  vendor: "M-2.800 4.400v-3.400h5.600v3.400",
};

/** Glyph is a mark on its own, for lists and legends; beside a name it says nothing to a reader. */
export function Glyph({ shape, size = 20, tier0 = false, label }: { shape: Shape; size?: number; tier0?: boolean; label?: string }) {
  return (
    <svg className={"gx-glyph" + (tier0 ? " gx-t0" : "")} width={size} height={size} viewBox="-14 -14 28 28" focusable="false" {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}>
      <Outline shape={shape} r={12} className="gx-shape" />
      <Sign shape={shape} r={12} />
    </svg>
  );
}
