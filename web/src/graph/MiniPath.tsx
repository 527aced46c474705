import { Fragment, type ReactNode } from "react";
import { Glyph, shapeOf, shapeWord } from "./Glyph";
import { visible } from "@/kit/format";
import { plainType } from "./text";
import type { Grade, NodeRef } from "./types";
import { gradeWords, lineOf } from "./verbs";
import { graphWords as w } from "@/text/graph";
import "./graph.css";

/** A MiniStep is one thing of the short chain and how the one before it leads to it. */
export interface MiniStep {
  /** null: nobody knows, which is drawn hatched and never left out. */
  node: (Pick<NodeRef, "id" | "name" | "kind" | "type" | "tier0"> & { nhi_type?: string | null }) | null;
  /** What stands for a node that is not known, such as "creator not known". */
  missing?: string;
  /** How the one before leads here: "created", "can take over". */
  how?: string;
  grade?: Grade;
  /** A word below the name: its place in the chain, or how many more there are. */
  note?: string;
  /** What is to be known of it before all else, beside its name: "(left)". */
  mark?: string;
  /** The one of which the page speaks. */
  subject?: boolean;
}

/**
 * MiniPath is the one line of creator > identity > credential > resource. It is a
 * list to a reader and wraps where there is no room. `link` makes a name a link;
 * without it names are text.
 */
export function MiniPath({ steps, label = w.mini.label, link }: { steps: MiniStep[]; label?: string; link?: (n: NonNullable<MiniStep["node"]>, children: ReactNode) => ReactNode }) {
  return (
    <ol className="gx gx-mini" aria-label={label}>
      {steps.map((s, i) => (
        <Fragment key={i}>
          <li className={"gx-mini-step" + (s.subject ? " gx-mini-subject" : "") + (s.node ? "" : " gx-mini-missing")} {...(s.subject ? { "aria-current": "true" } : {})}>
            {i > 0 && <Hop how={s.how ?? ""} grade={s.grade ?? "proven"} />}
            <span className="gx-mini-node">
              {s.node && <Glyph shape={shapeOf(s.node)} tier0={s.node.tier0} size={24} label={shapeWord(shapeOf(s.node))} />}
              <span className="gx-mini-text">
                <span className="gx-mini-name">
                  {s.node ? named(s.node, link) : (s.missing ?? w.unknown)}
                  {s.mark && <span className="gx-mini-mark"> {s.mark}</span>}
                  {s.node?.tier0 && <abbr className="gx-tier" title={w.tier0Help}>T0</abbr>}
                </span>
                <span className="gx-mini-note">{s.note ?? (s.node ? plainType(s.node.type) : "")}</span>
              </span>
            </span>
          </li>
        </Fragment>
      ))}
    </ol>
  );
}

function named(n: NonNullable<MiniStep["node"]>, link?: (n: NonNullable<MiniStep["node"]>, children: ReactNode) => ReactNode): ReactNode {
  const name = <bdi>{visible(n.name)}</bdi>;
  return link ? link(n, name) : name;
}

function Hop({ how, grade }: { how: string; grade: Grade }) {
  return (
    <span className="gx-mini-hop">
      <span className="gx-mini-how" title={gradeWords(grade)}>
        {visible(how)}
        {grade !== "proven" && <span className="visually-hidden"> ({grade})</span>}
      </span>
      <svg className={"gx-mini-line gx-" + lineOf(grade)} viewBox="0 0 64 10" width="64" height="10" aria-hidden="true" focusable="false">
        <path d="M1 5H56" />
        <path className="gx-head" d="M55 1L63 5L55 9z" />
      </svg>
    </span>
  );
}
