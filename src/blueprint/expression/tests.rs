//! Expressions: against the `cel` crate's own interpreter, over what is not known yet, and computed again later.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value as Json, json};

use super::evaluate::{Evaluator, Fault, World};
use super::part::ObjectPart;
use super::thunk::{exact_unknown, lower, part_unknown};
use super::value::{ComponentInstance, Instance, Poisoned, Unknown, Val};
use super::{Parser, parse_template};
use crate::model::{Address, Attributes, Reference, ResourceType, Value};

/// Names, and resources whose attributes nobody knows.
#[derive(Default)]
struct Names(BTreeMap<String, Val>);

impl Names {
    fn with(mut self, name: &str, value: Val) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl World for Names {
    fn name(&self, name: &str) -> Option<Result<Val, Poisoned>> {
        self.0.get(name).cloned().map(Ok)
    }

    fn attribute(&self, resource: &Arc<Instance>, name: &str) -> Result<Val, Fault> {
        Ok(exact_unknown(resource, name, 0))
    }

    fn inside(&self, part: &ObjectPart) -> Result<Val, Fault> {
        Ok(part_unknown(part, 0))
    }

    fn output(&self, _: &Arc<ComponentInstance>, _: &str) -> Result<Val, Fault> {
        Err(Fault::Poisoned)
    }

    fn resolve(&self, _: &Unknown) -> Result<Option<Val>, Fault> {
        Ok(None)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Err(path.to_owned())
    }
}

fn resource(id: &str) -> Val {
    Val::Resource(Arc::new(Instance {
        address: Address::new("us-east-1", id, None),
        resource_type: ResourceType::new("AWS::EC2::VPC"),
        schema: None,
        owned: true,
        index: 0,
        properties: Vec::new(),
    }))
}

fn evaluate(world: &Names, text: &str) -> Result<Val, String> {
    let template = parse_template(&mut Parser::default(), text, false)
        .map_err(|problems| problems[0].problem.message.clone())?;
    let Some(template) = template else { return Ok(Val::string(text)) };
    let template = Arc::new(template);
    Evaluator::new(world, &template.source).template(&template).map_err(|fault| match fault {
        Fault::Problem(problem) => problem.message,
        Fault::Poisoned => "poisoned".to_owned(),
    })
}

fn value(world: &Names, text: &str) -> Value {
    let value = evaluate(world, text).unwrap_or_else(|message| panic!("{text}: {message}"));
    lower(&value, world).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
}

fn json_of(text: &str) -> Json {
    value(&Names::default(), text).to_json().unwrap_or_else(|| panic!("{text} is not known"))
}

fn references(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    value.references(&mut |reference| {
        found.push(format!("{}.{}", reference.address.path(), reference.attribute));
    });
    found
}

/// Attributes that are known, counted when they are asked for.
#[derive(Default)]
struct Known(BTreeMap<String, Json>, AtomicUsize);

impl Known {
    fn of<const N: usize>(attributes: [(&str, Json); N]) -> Self {
        let map = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self(map, AtomicUsize::default())
    }
}

impl Attributes for Known {
    fn attribute(&self, reference: &Reference) -> Option<Json> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.get(&format!("{}.{}", reference.address.path(), reference.attribute)).cloned()
    }
}

/// What CEL's standard leaves no choice in.
const STANDARD: &[&str] = &[
    "1 + 2 * 3 - 4 / 2",
    "7 % 3",
    "-7 / 2",
    "-7 % 3",
    "1.5 * 2.0 + 0.25",
    "'a' + 'b'",
    "[1, 2] + [3]",
    "1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3",
    "'a' < 'b'",
    "1 == 1.0",
    "1 != 2",
    "[1, [2]] == [1, [2]]",
    "{'a': 1, 'b': [2]} == {'b': [2], 'a': 1}",
    "{'a': 1} == {'a': 2}",
    "null == null",
    "'1' == '2' ? 'yes' : 'no'",
    "true || false",
    "!(true && false)",
    "false && 1 / 0 == 1",
    "1 / 0 == 1 && false",
    "true || 1 / 0 == 1",
    "1 / 0 == 1 || true",
    "2 in [1, 2, 3]",
    "'b' in {'a': 1}",
    "{'a': {'b': 5}}.a.b",
    "{'a': [1, 2]}['a'][1]",
    "[1, 2, 3].map(x, x * 2)",
    "[1, 2, 3].map(x, x > 1, x * 2)",
    "[1, 2, 3].filter(x, x % 2 == 1)",
    "[1, 2].all(x, x > 0)",
    "[1, 2].exists(x, x == 2)",
    "[1, 2, 2].exists_one(x, x == 2)",
    "[1, 2].map(x, [3, 4].map(y, x * y))",
    "['a', 'b'].map(x, {'name': x})",
    "{'a': 1, 'b': 2}.all(k, k != 'c')",
    "has({'a': 1}.a)",
    "has({'a': 1}.b)",
    "size([1, 2, 3]) + size('abc') + size({'a': 1})",
    "'hello'.size()",
    "'hello'.contains('ell') && 'hello'.startsWith('he') && 'hello'.endsWith('lo')",
    "'hello'.matches('^h.*o$')",
    "string(12) + string(true)",
    "int('42') + int(3.9)",
    "double('1.5') + double(2)",
    "'größe'.size()",
    "\"quotes ' inside\" + 'and \" too'",
    "[1, 2, 3][0]",
    "true ? 1 : 1 / 0",
];

/// Mistakes in both.
const FAILING: &[&str] =
    &["1 / 0", "1 % 0", "9223372036854775807 + 1", "[1][1]", "{'a': 1}.b", "1 + 'a'", "unknown_name", "!1"];

#[test]
fn the_standard_is_what_cel_says() {
    let context = cel::Context::default();
    for text in STANDARD {
        let program = cel::Program::compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let theirs = program.execute(&context).unwrap_or_else(|error| panic!("{text}: {error}"));
        let theirs = theirs.json().unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(json_of(&format!("${{{text}}}")), theirs, "{text}");
    }
    for text in FAILING {
        let theirs = cel::Program::compile(text).map(|program| program.execute(&context).is_err());
        assert!(theirs.unwrap_or(true), "{text}");
        assert!(evaluate(&Names::default(), &format!("${{{text}}}")).is_err(), "{text}");
    }
}

#[test]
fn functions_beyond_the_standard() {
    let cases = [
        ("${base64encode('größe')}", json!("Z3LDtsOfZQ==")),
        ("${base64decode(base64encode('größe'))}", json!("größe")),
        ("${toJson({'b': [1, 2.5, null, true], 'a': 'x'})}", json!(r#"{"b":[1,2.5,null,true],"a":"x"}"#)),
        ("${fromJson('{\"a\": [1, {\"b\": null}]}').a[0]}", json!(1)),
        ("${sha256('abc').substring(0, 8)}", json!("ba7816bf")),
        ("${cidrHost('10.0.0.0/24', 5)}", json!("10.0.0.5")),
        (
            "${range(3).map(i, cidrSubnet('10.0.0.0/16', 8, i))}",
            json!(["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
        ),
        ("${cidrContains('10.0.0.0/16', '10.0.5.0/24')}", json!(true)),
        ("${['b', 'a', 'b'].distinct().sort().join('-')}", json!("a-b")),
        ("${'a,b,c'.split(',').reverse()}", json!(["c", "b", "a"])),
        ("${merge({'a': 1, 'b': 1}, {'b': 2})}", json!({"a": 1, "b": 2})),
        ("${get({'a': 1}, 'b', 7)}", json!(7)),
        ("${'%s-%03d'.format(['x', 7])}", json!("x-007")),
        ("${[[1], [2, 3]].flatten()}", json!([1, 2, 3])),
        ("a $${b} ${'c'} $${d}", json!("a ${b} c ${d}")),
        ("${'}' + \"{\"}", json!("}{")),
        ("x${1}y${true}z${1.5}", json!("x1ytruez1.5")),
        ("${{'a': 1}}", json!({"a": 1})),
    ];
    for (text, expected) in cases {
        assert_eq!(json_of(text), expected, "{text}");
    }
}

#[test]
fn zones_are_those_of_the_place() {
    let zones = Val::list(["a", "b"].map(Val::string).to_vec());
    let world = Names::default().with("@zones", zones);
    assert_eq!(value(&world, "${zoneNames(1)}").to_json(), Some(json!(["a"])));
    assert_eq!(value(&world, "${zoneNames()}").to_json(), Some(json!(["a", "b"])));
    let message = evaluate(&world, "${zoneNames(3)}").unwrap_err();
    assert!(message.contains("2 zones") && message.contains("stackctl.yaml"), "{message}");
}

#[test]
fn functions_say_what_they_take() {
    let cases = [
        ("${cidrSubnet('10.0.0/16', 8, 0)}", "10.0.0/16"),
        ("${fromJson('{')}", "not JSON"),
        ("${base64decode('*')}", "not base64"),
        ("${'a'.matches('(')}", "regular expression"),
        ("${size(1)}", "`size` takes"),
        ("${range(1000000)}", "longer than"),
        ("${'x' + 1}", "string(...)"),
        ("x${[1]}", "toJson"),
        ("${[1].map(x, x.y)}", "has no `y`"),
        ("${int('x')}", "`x` is no integer"),
    ];
    for (text, expected) in cases {
        let message = evaluate(&Names::default(), text).unwrap_err();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

fn unknowns() -> Names {
    let items = Val::list(vec![Val::string("x"), exact(&resource("a"), "Id"), Val::string("z")]);
    Names::default().with("a", resource("a")).with("b", resource("b")).with("mixed", items)
}

fn exact(of: &Val, attribute: &str) -> Val {
    let Val::Resource(instance) = of else { panic!("a resource") };
    exact_unknown(instance, attribute, 0)
}

/// What waits, and for exactly what.
#[test]
fn what_is_unknown_is_known_exactly() {
    let cases: [(&str, &[&str]); 12] = [
        ("${a.Id}", &["a.Id"]),
        ("x-${a.Id}-${b.Arn}", &["a.Id", "b.Arn"]),
        ("${a.Id + b.Id}", &["a.Id", "b.Id"]),
        ("${true ? a.Id : b.Id}", &["a.Id"]),
        ("${a.Id == 'x' ? b.Id : 'y'}", &["a.Id", "b.Id"]),
        ("${[a, b].map(r, r.Id)}", &["a.Id", "b.Id"]),
        ("${{'one': a.Id, 'two': 2}}", &["a.Id"]),
        ("${mixed[1]}", &["a.Id"]),
        ("${mixed.filter(x, x == 'x')}", &["a.Id"]),
        ("${toJson({'id': a.Id})}", &["a.Id"]),
        ("${a.Nested.Deep}", &["a.Nested"]),
        ("${[1, 2].map(x, string(x) + a.Id)}", &["a.Id", "a.Id"]),
    ];
    for (text, expected) in cases {
        assert_eq!(references(&value(&unknowns(), text)), expected, "{text}");
    }
}

/// What does not hang on the unknown part is known.
#[test]
fn what_can_be_known_is_known() {
    let cases = [
        ("${false && a.Id == 'x'}", json!(false)),
        ("${a.Id == 'x' && false}", json!(false)),
        ("${a.Id == 'x' || true}", json!(true)),
        ("${size(mixed)}", json!(3)),
        ("${mixed[0] + mixed[2]}", json!("xz")),
        ("${'z' in mixed}", json!(true)),
        ("${mixed.exists(x, x == 'z')}", json!(true)),
        ("${mixed.all(x, x == 'z')}", json!(false)),
        ("${[a.Id, 'x'] == [b.Id]}", json!(false)),
        ("${{'id': a.Id, 'n': 1}.n}", json!(1)),
        ("${has(a.Id)}", json!(true)),
    ];
    for (text, expected) in cases {
        assert_eq!(value(&unknowns(), text).to_json(), Some(expected), "{text}");
    }
}

#[test]
fn a_list_is_known_around_what_is_not() {
    let Value::List(items) = value(&unknowns(), "${mixed.map(x, x + '!')}") else { panic!("a list") };
    assert_eq!(items[0].as_str(), Some("x!"));
    assert!(!items[1].is_known());
    assert_eq!(items[2].as_str(), Some("z!"));
}

#[test]
fn more_is_known_step_by_step() {
    let whole = value(&unknowns(), "${a.Id}/${b.Id}");
    let half = whole.resolve(&Known::of([("a.Id", json!("1"))])).unwrap();
    assert!(!half.is_known());
    let both = half.resolve(&Known::of([("a.Id", json!("1")), ("b.Id", json!("2"))])).unwrap();
    assert_eq!(both.as_str(), Some("1/2"));
    let list = value(&unknowns(), "${[a, b].map(r, r.Id)}");
    let Value::List(items) = list.resolve(&Known::of([("b.Id", json!("2"))])).unwrap() else {
        panic!("a list")
    };
    assert_eq!((items[0].is_known(), items[1].as_str()), (false, Some("2")));
    let branch = value(&unknowns(), "${a.Flag ? b.Id : 'none'}");
    assert_eq!(branch.resolve(&Known::of([("a.Flag", json!(false))])).unwrap().as_str(), Some("none"));
    let waiting = branch.resolve(&Known::of([("a.Flag", json!(true))])).unwrap();
    assert_eq!(references(&waiting), ["b.Id"]);
}

#[test]
fn a_failure_later_names_the_expression() {
    let nested = value(&unknowns(), "x-${a.Endpoint.Port + 1}");
    let error = nested.resolve(&Known::of([("a.Endpoint", json!({"Port": "80"}))])).unwrap_err();
    assert_eq!(error.source_text, "x-${a.Endpoint.Port + 1}");
    assert!(error.message.contains("string(...)"), "{}", error.message);
    let known = nested.resolve(&Known::of([("a.Endpoint", json!({"Port": 80}))])).unwrap();
    assert_eq!(known.as_str(), Some("x-81"));
}

/// An unknown value inside its own evaluation is not evaluated again: that would never end.
#[test]
fn nothing_known_ends_too() {
    for text in [
        "${a.Id}",
        "${a.Id + b.Id}",
        "${mixed.map(x, x + a.Id)}",
        "x${mixed.join(a.Id)}",
        "${mixed.filter(x, x != a.Id)}",
    ] {
        let value = value(&unknowns(), text);
        let same = value.resolve(&Known::default()).unwrap().resolve(&Known::default()).unwrap();
        assert!(!same.is_known(), "{text}");
        let once: std::collections::BTreeSet<_> = references(&value).into_iter().collect();
        let again: std::collections::BTreeSet<_> = references(&same).into_iter().collect();
        assert_eq!(once, again, "{text}");
    }
}

/// Each level uses the one below twice; computing it twice too would take 2^40 steps.
#[test]
fn deep_chains_cost_what_they_are_long() {
    let mut world = Names::default().with("a", resource("a"));
    let mut last = evaluate(&world, "${a.Number}").unwrap();
    for _ in 0..40 {
        world = world.with("below", last);
        last = evaluate(&world, "${below == below ? below + 1 : below}").unwrap();
    }
    let value = lower(&last, &world).unwrap();
    let known = Known::of([("a.Number", json!(2))]);
    assert_eq!(value.resolve(&known).unwrap().to_json(), Some(json!(42)));
    assert!(known.1.load(Ordering::Relaxed) < 10, "{:?}", known.1);
    let unknown = Known::default();
    assert!(!value.resolve(&unknown).unwrap().is_known());
    assert!(unknown.1.load(Ordering::Relaxed) < 100, "{:?}", unknown.1);
}
