//! Graphviz: `stackctl graph stage-3 | dot -Tpdf`.

use std::fmt::Write;

use super::Drawing;

/// The drawing in the DOT language, a cluster for each place and component.
pub fn dot(drawing: &Drawing) -> String {
    let mut out = String::from(
        "digraph stack {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fillcolor=white, \
         fontname=\"Helvetica\"];\n",
    );
    for (at, ((place, component), members)) in drawing.groups().into_iter().enumerate() {
        let title = if component.is_empty() { place.to_owned() } else { format!("{place}/{component}") };
        let _ = writeln!(out, "  subgraph cluster_{at} {{\n    label={};", quoted(&title));
        for member in members {
            let node = &drawing.nodes[member];
            let label = format!("{}\\n{}", escaped(&node.title()), escaped(node.resource_type.as_str()));
            let style = if node.looked_up { ", style=\"rounded,dashed\"" } else { "" };
            let _ = writeln!(out, "    n{member} [label=\"{label}\"{style}];");
        }
        out.push_str("  }\n");
    }
    for (from, to) in &drawing.edges {
        let _ = writeln!(out, "  n{from} -> n{to};");
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
