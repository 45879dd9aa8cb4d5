//! Mermaid: for Markdown pages.

use std::fmt::Write;

use super::Drawing;

/// The drawing as a Mermaid flowchart, a subgraph for each place and component.
pub fn mermaid(drawing: &Drawing) -> String {
    let mut out = String::from("flowchart LR\n");
    for (at, ((place, component), members)) in drawing.groups().into_iter().enumerate() {
        let title = if component.is_empty() { place.to_owned() } else { format!("{place}/{component}") };
        let _ = writeln!(out, "  subgraph g{at}[\"{title}\"]");
        for member in members {
            let node = &drawing.nodes[member];
            let (open, close) = if node.looked_up { ("([", "])") } else { ("[", "]") };
            let title = node.title().replace('"', "#quot;");
            let _ = writeln!(
                out,
                "    n{member}{open}\"{title}<br/><small>{}</small>\"{close}",
                node.resource_type
            );
        }
        out.push_str("  end\n");
    }
    for (from, to) in &drawing.edges {
        let _ = writeln!(out, "  n{from} --> n{to}");
    }
    out
}
