//! What is made or goes alike is told once: the instances of one `forEach`, and components that several regions get.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::{Action, Change, ResourceType};
use crate::plan::Plan;

use super::local_name;

/// The longest list of keys that is told whole.
const KEYS: usize = 40;

/// Places that get the same, and what they get by component.
pub(super) struct Section<'a> {
    pub places: Vec<&'a str>,
    pub components: BTreeMap<&'a str, Vec<Line<'a>>>,
}

/// Changes that one line tells of, at least one: the instances of a `forEach`, in each of the section's places.
pub(super) struct Line<'a> {
    pub name: String,
    /// How many there are in each place.
    pub count: usize,
    pub changes: Vec<&'a Change>,
}

/// What several places get alike, then what each gets alone, at last what is global. With all in full, nothing is folded.
pub(super) fn sections(plan: &Plan, full: bool) -> Vec<Section<'_>> {
    let mut sections: BTreeMap<(bool, Reverse<usize>, Vec<&str>), Section<'_>> = BTreeMap::new();
    for (component, places) in components(plan, full) {
        let mut alike: Vec<(Vec<&str>, Vec<Line<'_>>)> = Vec::new();
        for (place, mut lines) in places {
            lines.iter_mut().for_each(Line::finish);
            match alike.iter_mut().find(|(_, others)| !full && are_alike(others, &lines)) {
                Some((places, others)) => {
                    places.push(place);
                    others.iter_mut().zip(lines).for_each(|(line, other)| line.changes.extend(other.changes));
                }
                None => alike.push((vec![place], lines)),
            }
        }
        for (places, lines) in alike {
            let key = (places.contains(&"global"), Reverse(places.len()), places.clone());
            let section =
                sections.entry(key).or_insert_with(|| Section { places, components: BTreeMap::new() });
            section.components.insert(component, lines);
        }
    }
    sections.into_values().collect()
}

/// Lines by component and place.
type Components<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Vec<Line<'a>>>>;

fn components(plan: &Plan, full: bool) -> Components<'_> {
    let mut components = Components::new();
    for change in plan.changes.iter().filter(|change| change.action != Action::None) {
        let places = components.entry(change.address.component()).or_default();
        let lines = places.entry(change.address.place()).or_default();
        match lines.iter_mut().find(|line| !full && are_instances(line.changes[0], change)) {
            Some(line) => line.changes.push(change),
            None => lines.push(Line { name: String::new(), count: 0, changes: vec![change] }),
        }
    }
    components
}

/// Whether two changes are of one `forEach`, and nothing but their address tells them apart on a line.
fn are_instances(one: &Change, other: &Change) -> bool {
    is_short(one)
        && one.action == other.action
        && one.resource_type == other.resource_type
        && one.address.path() == other.address.path()
        && one.address.key().is_some()
        && one.reason == other.reason
}

/// Whether a line says all: others have their differences below.
fn is_short(change: &Change) -> bool {
    matches!(change.action, Action::Create | Action::Delete)
}

/// Whether two places get the same by the same names.
fn are_alike(lines: &[Line<'_>], others: &[Line<'_>]) -> bool {
    let same = |(one, other): (&Line<'_>, &Line<'_>)| one.kind() == other.kind() && is_short(one.changes[0]);
    lines.len() == others.len() && lines.iter().zip(others).all(same)
}

impl Line<'_> {
    /// Counts and names what came together.
    fn finish(&mut self) {
        self.count = self.changes.len();
        let address = &self.changes[0].address;
        self.name = local_name(address).to_owned();
        if self.count > 1 {
            let keys: Vec<&str> = self.changes.iter().filter_map(|change| change.address.key()).collect();
            let keys = match keys.join(" ") {
                text if text.chars().count() <= KEYS => text,
                _ => format!("{} … {}", keys[0], keys[keys.len() - 1]),
            };
            self.name = format!("{}[{keys}]", address.resource());
        }
    }

    fn kind(&self) -> (&str, Action, &ResourceType, Option<&str>) {
        let first = self.changes[0];
        (&self.name, first.action, &first.resource_type, first.reason.as_deref())
    }
}
