//! SVG, laid out in process: no Graphviz needed.

use std::fmt::Write;

use super::layers::{Layout, layout};
use super::{Drawing, Node};

/// Fill colours by component, light enough for black text.
const FILLS: [&str; 8] =
    ["#e3f2fd", "#e8f5e9", "#fff3e0", "#f3e5f5", "#fffde7", "#e0f7fa", "#fce4ec", "#efebe9"];
/// The height of a row, and of a node in it.
const ROW: f64 = 68.0;
const BOX: f64 = 54.0;
/// Between two columns: room for the ways to turn.
const GUTTER: f64 = 64.0;
/// Around everything, and between frames.
const MARGIN: f64 = 20.0;
/// A frame's heading.
const HEADING: f64 = 26.0;

/// The drawing as a picture of its own: a frame for each place, components by colour and name.
pub fn svg(drawing: &Drawing) -> String {
    let mut places: Vec<&str> = Vec::new();
    let frame_of: Vec<usize> = drawing.nodes.iter().map(|node| position(&mut places, &node.place)).collect();
    let layout = layout(&frame_of, &drawing.edges);
    let sheet = Sheet::new(drawing, &layout, &frame_of);
    let mut families: Vec<&str> = Vec::new();
    let mut out = sheet.head();
    for (frame, place) in places.iter().enumerate() {
        sheet.frame(&mut out, frame, place);
    }
    for (from, to, lanes) in &layout.ways {
        sheet.way(&mut out, *from, *to, lanes);
    }
    for (at, node) in drawing.nodes.iter().enumerate() {
        let fill = match node.family() {
            "" => "white",
            family => FILLS[position(&mut families, family) % FILLS.len()],
        };
        sheet.node(&mut out, at, node, fill);
    }
    out.push_str("</svg>\n");
    out
}

/// Where a name is in a list, in which it is from then on.
fn position<'a>(names: &mut Vec<&'a str>, name: &'a str) -> usize {
    names.iter().position(|known| *known == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    })
}

/// The layout in pixels.
struct Sheet<'a> {
    layout: &'a Layout,
    frame_of: &'a [usize],
    /// Each column's left edge and width.
    columns: Vec<(f64, f64)>,
    width: f64,
    height: f64,
}

impl<'a> Sheet<'a> {
    fn new(drawing: &Drawing, layout: &'a Layout, frame_of: &'a [usize]) -> Self {
        let mut columns = vec![(0.0, 0.0_f64); layout.ranks];
        for (node, (rank, _)) in drawing.nodes.iter().zip(&layout.nodes) {
            columns[*rank].1 = columns[*rank].1.max(node.width());
        }
        let mut x = 2.0 * MARGIN;
        for column in &mut columns {
            column.0 = x;
            x += column.1 + GUTTER;
        }
        let mut sheet = Self { layout, frame_of, columns, width: x - GUTTER + 2.0 * MARGIN, height: 0.0 };
        sheet.height = layout.frames.len().checked_sub(1).map_or(0.0, |last| sheet.bottom(last)) + MARGIN;
        sheet
    }

    fn head(&self) -> String {
        let (width, height) = (self.width.ceil(), self.height.ceil());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">\n\
             <defs><marker id=\"end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#78909c\"/></marker></defs>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        )
    }

    fn bottom(&self, frame: usize) -> f64 {
        height(frame, self.layout.frames[frame].1) + MARGIN / 2.0
    }

    fn frame(&self, out: &mut String, frame: usize, place: &str) {
        let top = height(frame, self.layout.frames[frame].0) - HEADING;
        let (width, height) = (self.width - 2.0 * MARGIN, self.bottom(frame) - top);
        let _ = writeln!(
            out,
            "<rect x=\"{MARGIN}\" y=\"{top:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"8\" fill=\"#fafafa\" \
             stroke=\"#b0bec5\"/>\n<text x=\"{}\" y=\"{:.0}\" font-weight=\"bold\" fill=\"#455a64\">{}</text>",
            MARGIN + 12.0,
            top + 18.0,
            escaped(place)
        );
    }

    fn way(&self, out: &mut String, from: usize, to: usize, lanes: &[(usize, f64)]) {
        let ((start, y), (end, end_y)) = (self.layout.nodes[from], self.layout.nodes[to]);
        let (frame, end_frame) = (self.frame_of[from], self.frame_of[to]);
        let mut at = (self.columns[start].0 + self.columns[start].1, height(frame, y));
        let mut path = format!("M{:.0} {:.0}", at.0, at.1);
        for (rank, y) in lanes {
            let (left, width) = self.columns[*rank];
            let y = height(frame, *y);
            turn(&mut path, at, (left, y));
            let _ = write!(path, "H{:.0}", left + width);
            at = (left + width, y);
        }
        turn(&mut path, at, (self.columns[end].0 - 2.0, height(end_frame, end_y)));
        let dashes = if frame == end_frame { "" } else { " stroke-dasharray=\"5 4\"" };
        let _ = writeln!(
            out,
            "<path d=\"{path}\" fill=\"none\" stroke=\"#90a4ae\"{dashes} marker-end=\"url(#end)\"/>"
        );
    }

    fn node(&self, out: &mut String, at: usize, node: &Node, fill: &str) {
        let (rank, y) = self.layout.nodes[at];
        let (left, width) = self.columns[rank];
        let top = height(self.frame_of[at], y) - BOX / 2.0;
        let dashes = if node.looked_up { " stroke-dasharray=\"4 3\"" } else { "" };
        let _ = writeln!(
            out,
            "<g><title>{}</title><rect x=\"{left:.0}\" y=\"{top:.0}\" width=\"{width:.0}\" height=\"{BOX}\" rx=\"5\" \
             fill=\"{fill}\" stroke=\"#546e7a\"{dashes}/>",
            escaped(&format!("{}/{}", node.place, node.path()))
        );
        let middle = left + width / 2.0;
        let first = top + if node.component.is_empty() { 24.0 } else { 17.0 };
        for (line, (text, look)) in node.lines().into_iter().zip(LOOKS).enumerate() {
            #[allow(clippy::cast_precision_loss)] // One of three.
            let y = first + line as f64 * 15.0;
            let text = escaped(&text);
            let _ = writeln!(
                out,
                "<text x=\"{middle:.0}\" y=\"{y:.0}\" text-anchor=\"middle\"{look}>{text}</text>"
            );
        }
        out.push_str("</g>\n");
    }
}

/// How the lines of a node look.
const LOOKS: [&str; 3] = [
    " font-weight=\"bold\"",
    " font-size=\"11\"",
    " font-size=\"11\" fill=\"#546e7a\" font-style=\"italic\"",
];

/// A curve that leaves and arrives level.
fn turn(path: &mut String, from: (f64, f64), to: (f64, f64)) {
    let middle = f64::midpoint(from.0, to.0).max(from.0 + GUTTER / 2.0);
    let back = to.0 - (middle - from.0).clamp(0.0, GUTTER / 2.0);
    let before = if to.0 > from.0 { middle } else { back };
    let _ = write!(path, "C{middle:.0} {:.0} {before:.0} {:.0} {:.0} {:.0}", from.1, to.1, to.0, to.1);
}

impl Node {
    /// What a picture says of it: its title, its type, its component.
    fn lines(&self) -> [String; 3] {
        [self.title(), self.kind(), self.component.clone()]
    }

    /// As wide as its longest line, by the usual width of a letter.
    fn width(&self) -> f64 {
        let [title, kind, component] = self.lines().map(|line| line.chars().count());
        #[allow(clippy::cast_precision_loss)] // A line's letters.
        let width = (title as f64 * 8.2).max(kind.max(component) as f64 * 6.2);
        width + 20.0
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A height in a frame, in pixels.
fn height(frame: usize, rows: f64) -> f64 {
    #[allow(clippy::cast_precision_loss)] // As many as there are regions.
    let above = frame as f64;
    MARGIN + above * (HEADING + 2.0 * MARGIN) + HEADING + rows * ROW
}
