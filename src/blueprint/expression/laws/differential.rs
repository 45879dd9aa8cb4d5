//! On known inputs the evaluator says what the `cel` crate's interpreter says.

use std::collections::HashMap;

use cel::{Context, Program};
use proptest::prelude::*;

use super::generate::expression;
use super::{Names, evaluate, inputs};
use crate::model::Json;

/// What the `cel` crate computes; `None` for any mistake.
fn reference(text: &str) -> Option<Json> {
    let mut context = Context::default();
    for (name, json) in inputs() {
        context.add_variable_from_value(name, value(&json));
    }
    Program::compile(text).ok()?.execute(&context).ok()?.json().ok()
}

/// JSON as the crate's values; its own conversion makes a positive number an unsigned one.
fn value(json: &Json) -> cel::Value {
    match json {
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| cel::Value::Float(number.as_f64().unwrap_or_default()), cel::Value::Int),
        Json::Bool(flag) => cel::Value::Bool(*flag),
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items.iter().map(value).collect::<Vec<_>>().into(),
        Json::Object(map) => {
            map.iter().map(|(key, item)| (key.clone(), value(item))).collect::<HashMap<_, _>>().into()
        }
        Json::Null => cel::Value::Null,
    }
}

/// What the evaluator computes; `None` for any mistake.
fn ours(text: &str) -> Option<Json> {
    evaluate(&format!("${{{text}}}"), &Names::known())
        .ok()
        .map(|value| value.to_json().expect("all is known"))
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn it_agrees_with_the_cel_crate(text in expression()) {
        prop_assert_eq!(ours(&text), reference(&text), "{}", text);
    }
}

#[test]
fn precedence_and_literals_are_cels() {
    for text in [
        "1 + 2 * 3 - 4 / 2 % 3",
        "-i + 2 == -5 && !false || b",
        "b ? i : n < 0 ? 1 : 2",
        "[1, 2.5, 'x', null, true, [1], {'a': 'b'}]",
        "0x1F + 2",
        "1e3 / 2.0",
        "'tab\\t' + \"quote\\\"\" + '\\u00dc' + r'raw\\d' + '''triple 'x' '''",
        "m.a == 1 ? o.a.x + string(i) : 'none'",
        "[[1, 2], [3]].map(x, x.map(y, y * size(x)))",
        "{'k': [1, 2].filter(x, x > 1)}.k[0]",
        "has(o.a) && !has(o.zz)",
        "o.a.map(key, key + '!')",
        "s.size()",
        "double(i) / 2.0",
        "int(2.9) + int('12')",
    ] {
        assert_eq!(ours(text), reference(text), "{text}");
        assert!(ours(text).is_some(), "{text}");
    }
}

#[test]
fn mistakes_are_mistakes_for_both() {
    for text in
        ["1 / 0", "i + 's'", "9223372036854775807 + 1", "l[3]", "m.zz", "1 + 2.5", "!i", "b && 1", "nothing"]
    {
        assert_eq!(ours(text), None, "{text}");
        assert_eq!(reference(text), None, "{text}");
    }
}
