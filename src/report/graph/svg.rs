//! SVG, laid out in process: no Graphviz needed.

use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::geometry::{Point, get_size_for_str, pad_shape_scalar};
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;

use super::{Drawing, Node};

const FONT: usize = 14;
/// Fill colours by component, light enough for black text.
const FILLS: [u32; 8] =
    [0xE3F2_FDFF, 0xE8F5_E9FF, 0xFFF3_E0FF, 0xF3E5_F5FF, 0xFFFD_E7FF, 0xE0F7_FAFF, 0xFCE4_ECFF, 0xEFEB_E9FF];

/// The drawing as a picture of its own.
pub fn svg(drawing: &Drawing) -> String {
    let mut graph = VisualGraph::new(Orientation::LeftToRight);
    let groups = drawing.groups();
    let fill = |at: usize| {
        let position = groups.iter().position(|(_, members)| members.contains(&at)).unwrap_or_default();
        FILLS[position % FILLS.len()]
    };
    let handles: Vec<_> =
        drawing.nodes.iter().enumerate().map(|(at, node)| graph.add_node(element(node, fill(at)))).collect();
    for (from, to) in &drawing.edges {
        graph.add_edge(arrow(), handles[*from], handles[*to]);
    }
    let mut writer = SVGWriter::new();
    graph.do_it(false, false, false, &mut writer);
    writer.finalize()
}

fn element(node: &Node, fill: u32) -> Element {
    let component = if node.component.is_empty() { &node.place } else { &node.component };
    let text = format!("{}\n{}\n{}", node.title(), node.resource_type, component);
    let size = pad_shape_scalar(get_size_for_str(&text, FONT), 12.);
    let line = if node.looked_up { 1 } else { 2 };
    let look = StyleAttr::new(Color::new(0x3747_4FFF), line, Some(Color::new(fill)), 6, FONT);
    Element::create(ShapeKind::new_box(&text), look, Orientation::LeftToRight, Point::new(size.x, size.y))
}

fn arrow() -> Arrow {
    let mut arrow = Arrow::simple("");
    arrow.start = LineEndKind::None;
    arrow.end = LineEndKind::Arrow;
    arrow
}
