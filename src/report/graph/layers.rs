//! A layered layout: what is needed stands to the left of what needs it, each frame on a band of its own.
//!
//! Sugiyama's steps in their simplest form: ranks by the longest path, order in a rank by the neighbours' mean, and then
//! heights likewise. Ways over several ranks keep a lane free between the nodes that they pass.

use std::collections::{BTreeMap, BTreeSet};

/// The height of a node and the space below it; all lengths are in rows.
const NODE: f64 = 1.0;
/// The height of a lane.
const LANE: f64 = 0.3;
/// How often order and heights are improved.
const SWEEPS: usize = 12;

/// An edge: its ends, and the ranks and heights that it passes between them.
type Way = (usize, usize, Vec<(usize, f64)>);

/// Where everything is.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Each node's rank, from 0, and the height of its middle.
    pub nodes: Vec<(usize, f64)>,
    /// Each edge with the ranks and heights that it passes between its ends.
    pub ways: Vec<Way>,
    /// Each frame's top and bottom.
    pub frames: Vec<(f64, f64)>,
    /// How many ranks there are.
    pub ranks: usize,
}

/// Lays nodes out, each in the frame given for it; edges go from what is needed to what needs it.
pub(super) fn layout(frame_of: &[usize], edges: &BTreeSet<(usize, usize)>) -> Layout {
    let rank_of = ranks(frame_of.len(), edges);
    let mut bands = Bands::new(frame_of, &rank_of);
    let ways: Vec<(usize, usize, Vec<usize>)> =
        edges.iter().map(|(from, to)| (*from, *to, bands.connect(*from, *to))).collect();
    for sweep in 0..SWEEPS {
        bands.order(sweep % 2 == 0);
    }
    for _ in 0..SWEEPS {
        bands.settle();
    }
    let frames = bands.stack();
    let spot = |item: &usize| (bands.items[*item].rank, bands.items[*item].y);
    Layout {
        nodes: (0..frame_of.len()).map(|node| spot(&node)).collect(),
        ways: ways.iter().map(|(from, to, lanes)| (*from, *to, lanes.iter().map(spot).collect())).collect(),
        frames,
        ranks: rank_of.iter().max().map_or(0, |last| last + 1),
    }
}

/// The longest way to each node; what nothing or little leads to is moved to what needs it.
fn ranks(count: usize, edges: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let mut next = vec![Vec::new(); count];
    let mut needs = vec![0; count];
    for (from, to) in edges {
        next[*from].push(*to);
        needs[*to] += 1;
    }
    let order = topological(&next);
    let place: BTreeMap<usize, usize> = order.iter().enumerate().map(|(at, node)| (*node, at)).collect();
    // Folding may have made cycles: the edges that close one are drawn, and rank nothing.
    next.iter_mut().enumerate().for_each(|(from, next)| next.retain(|to| place[to] > place[&from]));
    let mut rank = vec![0; count];
    for node in &order {
        for to in &next[*node] {
            rank[*to] = rank[*to].max(rank[*node] + 1);
        }
    }
    for node in order.iter().rev() {
        let nearest = next[*node].iter().map(|to| rank[*to]).min();
        if let Some(nearest) = nearest.filter(|_| needs[*node] < next[*node].len() || needs[*node] == 0) {
            rank[*node] = nearest - 1;
        }
    }
    rank
}

/// Each node before those that need it, as far as there is no cycle.
fn topological(next: &[Vec<usize>]) -> Vec<usize> {
    let mut seen = vec![false; next.len()];
    let mut order = Vec::with_capacity(next.len());
    for start in (0..next.len()).rev() {
        let mut open = vec![(start, false)];
        while let Some((node, is_done)) = open.pop() {
            if is_done {
                order.push(node);
            } else if !std::mem::replace(&mut seen[node], true) {
                open.push((node, true));
                open.extend(next[node].iter().filter(|to| !seen[**to]).map(|to| (*to, false)));
            }
        }
    }
    order.reverse();
    order
}

/// A node, or a lane of a way between nodes.
struct Item {
    frame: usize,
    rank: usize,
    height: f64,
    /// Its middle.
    y: f64,
    left: Vec<usize>,
    right: Vec<usize>,
}

/// The items of each frame by rank.
struct Bands {
    items: Vec<Item>,
    columns: BTreeMap<(usize, usize), Vec<usize>>,
}

impl Bands {
    fn new(frame_of: &[usize], rank_of: &[usize]) -> Self {
        let mut bands = Self { items: Vec::new(), columns: BTreeMap::new() };
        for (frame, rank) in frame_of.iter().zip(rank_of) {
            bands.add(*frame, *rank, NODE);
        }
        bands
    }

    fn add(&mut self, frame: usize, rank: usize, height: f64) -> usize {
        let at = self.items.len();
        let column = self.columns.entry((frame, rank)).or_default();
        column.push(at);
        #[allow(clippy::cast_precision_loss)] // Some hundreds.
        let y = column.len() as f64;
        self.items.push(Item { frame, rank, height, y, left: Vec::new(), right: Vec::new() });
        at
    }

    /// Joins two nodes; within a frame by a lane in each rank between them.
    fn connect(&mut self, from: usize, to: usize) -> Vec<usize> {
        let (frame, start, end) = (self.items[from].frame, self.items[from].rank, self.items[to].rank);
        if frame != self.items[to].frame || start >= end {
            return Vec::new();
        }
        let lanes: Vec<usize> = (start + 1..end).map(|rank| self.add(frame, rank, LANE)).collect();
        let stops: Vec<usize> = [from].into_iter().chain(lanes.iter().copied()).chain([to]).collect();
        for pair in stops.windows(2) {
            self.items[pair[0]].right.push(pair[1]);
            self.items[pair[1]].left.push(pair[0]);
        }
        lanes
    }

    /// Sorts each column by where its neighbours to one side are.
    fn order(&mut self, by_left: bool) {
        let mut keys: Vec<(usize, usize)> = self.columns.keys().copied().collect();
        if !by_left {
            keys.reverse();
        }
        for key in keys {
            let Some(mut column) = self.columns.remove(&key) else { continue };
            let wish = |item: &usize| {
                let item = &self.items[*item];
                self.mean(if by_left { &item.left } else { &item.right }).unwrap_or(item.y)
            };
            column.sort_by(|one, other| wish(one).total_cmp(&wish(other)));
            for (at, item) in column.iter().enumerate() {
                #[allow(clippy::cast_precision_loss)] // Some hundreds.
                let y = at as f64;
                self.items[*item].y = y;
            }
            self.columns.insert(key, column);
        }
    }

    /// Moves each item towards its neighbours as far as those above and below it in its column let it.
    fn settle(&mut self) {
        for column in self.columns.values() {
            let mut wishes: Vec<f64> = Vec::with_capacity(column.len());
            for at in column {
                let item = &self.items[*at];
                let all: Vec<usize> = item.left.iter().chain(&item.right).copied().collect();
                // What has no neighbours stays with the one above it.
                let wish = self.mean(&all).or_else(|| wishes.last().copied()).unwrap_or(item.y);
                wishes.push(wish);
            }
            let halves: Vec<f64> = column.iter().map(|at| self.items[*at].height / 2.0).collect();
            // Both have room for all, one too far down, one too far up; so has the middle between them.
            let down = pushed(wishes.iter().copied().zip(halves.iter().copied()));
            let up = pushed(wishes.iter().map(|wish| -wish).zip(halves.iter().copied()).rev());
            for ((at, down), up) in column.iter().zip(down).zip(up.into_iter().rev()) {
                self.items[*at].y = f64::midpoint(down, -up);
            }
        }
    }

    fn mean(&self, of: &[usize]) -> Option<f64> {
        #[allow(clippy::cast_precision_loss)] // Some hundreds.
        let count = of.len() as f64;
        (count > 0.0).then(|| of.iter().map(|at| self.items[*at].y).sum::<f64>() / count)
    }

    /// Puts the frames one below the other; returns their tops and bottoms.
    fn stack(&mut self) -> Vec<(f64, f64)> {
        let count = self.items.iter().map(|item| item.frame + 1).max().unwrap_or(0);
        let mut bottom = 0.0;
        let mut frames = Vec::with_capacity(count);
        for frame in 0..count {
            let of = |item: &&mut Item| item.frame == frame;
            let ends = self.items.iter().filter(|item| item.frame == frame);
            let (top, end) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(top, end), item| {
                (top.min(item.y - item.height / 2.0), end.max(item.y + item.height / 2.0))
            });
            let start: f64 = bottom;
            if top.is_finite() {
                self.items.iter_mut().filter(of).for_each(|item| item.y += start - top);
                bottom += end - top;
            }
            frames.push((start, bottom));
        }
        frames
    }
}

/// Heights as wished for, or as far below as those before need, from wishes and half the height of each.
fn pushed(column: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut bottom = f64::NEG_INFINITY;
    let place = |(wish, half): (f64, f64)| {
        let y = wish.max(bottom + half);
        bottom = y + half;
        y
    };
    column.map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_stands_to_the_left() {
        let edges = BTreeSet::from([(0, 1), (1, 2), (0, 2), (3, 2), (2, 4)]);
        let layout = layout(&[0, 0, 0, 0, 1], &edges);
        let ranks: Vec<usize> = layout.nodes.iter().map(|(rank, _)| *rank).collect();
        assert_eq!(ranks, [0, 1, 2, 1, 3]);
        let long = layout.ways.iter().find(|(from, to, _)| (*from, *to) == (0, 2)).unwrap();
        assert_eq!(long.2.len(), 1, "it has a lane of its own beside node 1");
        assert_eq!(layout.frames.len(), 2);
        assert!(layout.frames[0].1 <= layout.frames[1].0);
    }

    #[test]
    fn nothing_lies_on_another() {
        let edges: BTreeSet<(usize, usize)> =
            (0..60).flat_map(|at| [(at / 3, at + 1), (at, at + 2)]).collect();
        let layout = layout(&vec![0; 62], &edges);
        for (at, (rank, y)) in layout.nodes.iter().enumerate() {
            let others = layout.nodes.iter().enumerate().filter(|(other, _)| *other != at);
            for (_, (other_rank, other)) in others {
                assert!(rank != other_rank || (y - other).abs() > NODE - 1e-6, "{rank} {y} {other}");
            }
        }
    }

    #[test]
    fn a_cycle_is_drawn_all_the_same() {
        let layout = layout(&[0, 0], &BTreeSet::from([(0, 1), (1, 0)]));
        assert_eq!((layout.ways.len(), layout.ranks), (2, 2));
    }
}
