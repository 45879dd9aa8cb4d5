//! Laws of partial evaluation: what is computed early is never wrong, what is left says exactly what it waits for, and
//! the order in which things become known does not matter.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::generate::expression;
use super::{Names, Told, evaluate, references};
use crate::model::{Reference, Value};

/// Which of the inputs are not known at first.
fn unknown_names() -> impl Strategy<Value = BTreeSet<&'static str>> {
    let names = vec!["i", "n", "f", "b", "s", "t", "l", "w", "m", "o"];
    proptest::collection::btree_set(proptest::sample::select(names), 1..5)
}

/// Whole values and texts around them.
fn template() -> impl Strategy<Value = String> {
    prop_oneof![
        expression().prop_map(|text| format!("${{{text}}}")),
        (expression(), expression()).prop_map(|(one, two)| format!("a-${{{one}}}-${{{two}}}")),
        expression().prop_map(|text| format!("${{[{{'k': {text}, 'i': i}}]}}")),
    ]
}

fn json(value: &Value) -> String {
    value.to_json().map_or_else(|| format!("{value:?}"), |json| json.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4000, ..ProptestConfig::default() })]

    /// With exactly what a value says it waits for, it is known, and it is what it would have been from the start.
    #[test]
    fn what_is_left_needs_what_it_says_and_nothing_else(text in template(), unknown in unknown_names()) {
        let direct = evaluate(&text, &Names::known());
        let partial = evaluate(&text, &Names::with_unknown(&unknown));
        match (direct, partial) {
            (Ok(direct), Ok(partial)) => {
                let told = Told(references(&partial));
                let resolved = partial.resolve(&told).map_err(|error| TestCaseError::fail(error.to_string()))?;
                prop_assert!(resolved.is_known(), "{text}: {resolved:?} of {partial:?}");
                prop_assert_eq!(json(&resolved), json(&direct), "{}", text);
            }
            (Ok(direct), Err(error)) => prop_assert!(false, "{text}: {direct:?} but early {error:?}"),
            // A mistake may show early, late, or never: `size([1 / i])` does not look at the element.
            (Err(_), _) => {}
        }
    }

    /// A value resolved in two steps, or in three, is the same as one resolved at once.
    #[test]
    fn the_order_of_knowing_does_not_matter(
        text in template(),
        unknown in unknown_names(),
        order in proptest::collection::vec(any::<proptest::sample::Index>(), 8),
    ) {
        let Ok(direct) = evaluate(&text, &Names::known()) else { return Ok(()) };
        let Ok(mut value) = evaluate(&text, &Names::with_unknown(&unknown)) else { return Ok(()) };
        let mut told = BTreeSet::new();
        for next in order {
            let left: Vec<Reference> = references(&value).difference(&told).cloned().collect();
            if left.is_empty() {
                break;
            }
            told.insert(next.get(&left).clone());
            value = value
                .resolve(&Told(told.clone()))
                .map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
            for reference in references(&value) {
                prop_assert!(!told.contains(&reference), "{text}: {reference:?} is known, still waits: {value:?}");
            }
        }
        prop_assert_eq!(json(&value), json(&direct), "{}", text);
    }
}

/// The attributes that a text waits for when all names are unknown, as one line.
fn waits(text: &str) -> String {
    let all: BTreeSet<_> = super::inputs().into_iter().map(|(name, _)| name).collect();
    let value =
        evaluate(text, &Names::with_unknown(&all)).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
    let found: Vec<String> = references(&value).iter().map(|one| one.address.path().to_owned()).collect();
    if found.is_empty() { json(&value) } else { found.join(" ") }
}

#[test]
fn what_decides_alone_hides_what_is_unknown() {
    assert_eq!(waits("${false && b}"), "false");
    assert_eq!(waits("${b && false}"), "false");
    assert_eq!(waits("${b || 1 == 1}"), "true");
    assert_eq!(waits("${true ? 'x' : s}"), "\"x\"");
    assert_eq!(waits("${size([i, n])}"), "2");
    assert_eq!(waits("${[i, 5][1]}"), "5");
    assert_eq!(waits("${{'a': i, 'b': 5}.b}"), "5");
    assert_eq!(waits("${[i, 1] == [n]}"), "false");
    assert_eq!(waits("${5 in [i, 5]}"), "true");
    assert_eq!(waits("${keys({'a': i})}"), "[\"a\"]");
}

#[test]
fn what_waits_names_every_attribute_it_needs() {
    assert_eq!(waits("a-${s}-${t}"), "s t");
    assert_eq!(waits("${b ? s : t}"), "b s t");
    assert_eq!(waits("${b && i > 1}"), "b i");
    assert_eq!(waits("${l.map(x, x + i)}"), "i l");
    assert_eq!(waits("${[1, 2].filter(x, x > i)}"), "i");
    assert_eq!(waits("${[1, i].exists(x, x == n)}"), "i n");
    assert_eq!(waits("${m[s]}"), "m s");
    assert_eq!(waits("${[i, n][f]}"), "f i n");
    assert_eq!(waits("${l + [i]}"), "i l");
    assert_eq!(waits("${l == [i]}"), "i l");
    assert_eq!(waits("${[i] in o}"), "i o");
    assert_eq!(waits("${get(m, 'zz', i)}"), "i m");
    assert_eq!(waits("${toJson({'a': [s]})}"), "s");
}

#[test]
fn a_list_with_one_unknown_element_stays_a_list() {
    let unknown = BTreeSet::from(["s"]);
    let value = evaluate("${['a', s, s + '!']}", &Names::with_unknown(&unknown)).unwrap();
    let Value::List(items) = value else { panic!("a list") };
    assert!(matches!(&items[..], [Value::String(_), Value::Deferred(_), Value::Deferred(_)]), "{items:?}");
}
