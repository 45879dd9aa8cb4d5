//! Rules over several properties: JSON Schema's combinations and cfn-lint's exclusive and dependent properties.
//!
//! Each branch has three outcomes ([`Findings::verdict`]): it fits, it does not, or an unknown value decides. A rule
//! reports only what is so whatever the unknown values turn out to be.

use std::sync::Arc;

use super::problem::{Problem, ProblemKind};
use super::value::{Checker, Findings, is_written};
use crate::catalog::property::{Dependents, Property, PropertyId, Rules, Types};
use crate::model::{Map, PropertyPath, Value};

impl Checker<'_> {
    pub(super) fn rules(&self, rules: &Rules, value: &Value, path: &PropertyPath, found: &mut Findings) {
        for id in &rules.all_of {
            self.value(*id, value, path, found);
        }
        if !rules.any_of.is_empty() {
            self.at_least_one(&rules.any_of, value, path, found);
        }
        if !rules.one_of.is_empty() {
            self.exactly_one(&rules.one_of, value, path, found);
        }
        self.negated(rules, value, path, found);
        self.conditional(rules, value, path, found);
        match value {
            Value::List(items) => self.contained(rules, items, path, found),
            Value::Map(map) => {
                self.names(rules, map, path, found);
                together(rules, map, path, found);
            }
            _ => {}
        }
    }

    fn negated(&self, rules: &Rules, value: &Value, path: &PropertyPath, found: &mut Findings) {
        match rules.not.map(|id| self.branch(id, value, path).verdict()) {
            Some(Some(true)) => found.add(path, ProblemKind::Combination),
            Some(None) => found.unknown = true,
            _ => {}
        }
    }

    fn conditional(&self, rules: &Rules, value: &Value, path: &PropertyPath, found: &mut Findings) {
        let Some((test, then, otherwise)) = rules.condition else { return };
        let consequence = match self.branch(test, value, path).verdict() {
            Some(true) => then,
            Some(false) => otherwise,
            None => {
                found.unknown = true;
                return;
            }
        };
        if let Some(id) = consequence {
            self.value(id, value, path, found);
        }
    }

    fn contained(&self, rules: &Rules, items: &[Value], path: &PropertyPath, found: &mut Findings) {
        let Some(id) = rules.contains else { return };
        let verdicts: Vec<_> = items.iter().map(|item| self.branch(id, item, path).verdict()).collect();
        if verdicts.contains(&Some(true)) {
            return;
        }
        if verdicts.contains(&None) {
            found.unknown = true;
        } else {
            found.add(path, ProblemKind::Combination);
        }
    }

    fn names(&self, rules: &Rules, map: &Map, path: &PropertyPath, found: &mut Findings) {
        let Some(id) = rules.property_names else { return };
        for name in map.keys() {
            let wrong = !self.branch(id, &Value::String(name.clone()), path).problems.is_empty();
            if wrong {
                found.add(&path.property(name), ProblemKind::BadName { name: name.clone(), pattern: None });
            }
        }
    }

    fn branch(&self, id: PropertyId, value: &Value, path: &PropertyPath) -> Findings {
        let mut found = Findings::default();
        self.value(id, value, path, &mut found);
        found
    }

    fn at_least_one(
        &self,
        branches: &[PropertyId],
        value: &Value,
        path: &PropertyPath,
        found: &mut Findings,
    ) {
        let tried: Vec<Findings> = branches.iter().map(|id| self.branch(*id, value, path)).collect();
        if tried.iter().all(|one| one.verdict() == Some(false)) {
            self.none_fits(branches, tried, path, found);
        } else if !tried.iter().any(|one| one.verdict() == Some(true)) {
            found.unknown = true;
        }
    }

    fn exactly_one(&self, branches: &[PropertyId], value: &Value, path: &PropertyPath, found: &mut Findings) {
        let tried: Vec<Findings> = branches.iter().map(|id| self.branch(*id, value, path)).collect();
        let fits = tried.iter().filter(|one| one.verdict() == Some(true)).count();
        let may_fit = tried.iter().filter(|one| one.verdict().is_none()).count();
        match (fits, may_fit) {
            (0, 0) => self.none_fits(branches, tried, path, found),
            (1, 0) => {}
            (0 | 1, _) => found.unknown = true,
            _ => self.several_fit(branches, &tried, value, path, found),
        }
    }

    /// The most helpful report that none of several forms fits.
    fn none_fits(
        &self,
        branches: &[PropertyId],
        tried: Vec<Findings>,
        path: &PropertyPath,
        found: &mut Findings,
    ) {
        if let Some(groups) = self.only_require(branches) {
            return found.add(path, ProblemKind::MissingOneOf { groups });
        }
        if let Some(kinds) = all_of_another_kind(&tried) {
            found.problems.push(kinds);
            return;
        }
        // The form with the fewest problems is the one that was meant; a value of another type is never meant.
        let of_other_type = |one: &Findings| {
            one.problems.iter().any(|p| p.path == *path && matches!(p.kind, ProblemKind::WrongType { .. }))
        };
        let likeliest = tried.into_iter().min_by_key(|one| (of_other_type(one), one.problems.len()));
        let mut likeliest = likeliest.map(|one| one.problems).unwrap_or_default();
        if branches.len() == 1 || likeliest.len() == 1 {
            found.problems.append(&mut likeliest);
        } else {
            found.add(path, ProblemKind::NoForm { likeliest });
        }
    }

    /// Several forms fit where only one may: exclusive properties, if the forms say no more than that.
    fn several_fit(
        &self,
        branches: &[PropertyId],
        tried: &[Findings],
        value: &Value,
        path: &PropertyPath,
        found: &mut Findings,
    ) {
        let Some(groups) = self.only_require(branches) else {
            // Overlapping forms of one value (a text with either of two patterns) are AWS's looseness, no mistake.
            return;
        };
        let fitting = groups.into_iter().zip(tried).filter(|(_, one)| one.verdict() == Some(true));
        let mut names: Vec<Arc<str>> = fitting.flat_map(|(names, _)| names).collect();
        names.sort_unstable();
        names.dedup();
        if matches!(value, Value::Map(_)) {
            found.add(path, ProblemKind::Exclusive { names });
        }
    }

    /// The required properties of each form, if that is all that the forms say.
    fn only_require(&self, branches: &[PropertyId]) -> Option<Vec<Vec<Arc<str>>>> {
        let plain = |property: &Property| {
            !property.required.is_empty()
                && property.properties.is_empty()
                && property.reference.is_none()
                && property.rules.is_none()
                && (property.types.is_empty() || property.types == Types::OBJECT)
        };
        let forms = branches.iter().map(|id| self.schema.get(*id));
        forms.map(|property| plain(property).then(|| property.required.to_vec())).collect()
    }
}

/// All forms fail by the kind of id alone: one problem that names all kinds.
fn all_of_another_kind(tried: &[Findings]) -> Option<Problem> {
    let mut all = Vec::new();
    let mut last = None;
    for one in tried {
        let [Problem { path, kind: ProblemKind::IdKind { expected, found } }] = one.problems.as_slice()
        else {
            return None;
        };
        all.extend(expected.iter().cloned());
        last = Some((path.clone(), found.clone()));
    }
    let (path, found) = last?;
    all.sort_unstable();
    all.dedup();
    Some(Problem { path, kind: ProblemKind::IdKind { expected: all, found } })
}

/// Properties that need or exclude each other.
fn together(rules: &Rules, map: &Map, path: &PropertyPath, found: &mut Findings) {
    let there = |names: &[Arc<str>]| -> Vec<Arc<str>> {
        names.iter().filter(|name| is_written(map, name)).cloned().collect()
    };
    for (name, needed) in written(&rules.dependent_required, map) {
        let missing: Vec<Arc<str>> = needed.iter().filter(|name| !is_written(map, name)).cloned().collect();
        if !missing.is_empty() {
            found.add(path, ProblemKind::Dependent { name: name.clone(), missing });
        }
    }
    for (name, excluded) in written(&rules.dependent_excluded, map) {
        let mut names = there(excluded);
        if !names.is_empty() {
            names.push(name.clone());
            names.sort_unstable();
            let kind = ProblemKind::Exclusive { names };
            // The schemas list a pair from both of its sides.
            if !found.problems.iter().any(|problem| problem.path == *path && problem.kind == kind) {
                found.add(path, kind);
            }
        }
    }
    let groups = |names: &[Arc<str>]| names.iter().map(|name| vec![name.clone()]).collect();
    if !rules.required_or.is_empty() && there(&rules.required_or).is_empty() {
        found.add(path, ProblemKind::MissingOneOf { groups: groups(&rules.required_or) });
    }
    match there(&rules.required_xor) {
        names if names.len() > 1 => found.add(path, ProblemKind::Exclusive { names }),
        names if names.is_empty() && !rules.required_xor.is_empty() => {
            found.add(path, ProblemKind::MissingOneOf { groups: groups(&rules.required_xor) });
        }
        _ => {}
    }
}

fn written<'r>(dependents: &'r [Dependents], map: &Map) -> impl Iterator<Item = &'r Dependents> {
    dependents.iter().filter(|(name, _)| is_written(map, name))
}
