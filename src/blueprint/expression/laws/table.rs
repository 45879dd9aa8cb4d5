//! The functions beyond CEL's standard library, one line each: what they compute and how they fail.

use insta::assert_snapshot;

use super::{Fault, Names, evaluate};

/// Each expression with its value or the mistake.
fn table(expressions: &[&str]) -> String {
    let line = |text: &&str| {
        let outcome = match evaluate(&format!("${{{text}}}"), &Names::known()) {
            Ok(value) => value.to_json().map_or_else(|| "unknown".to_owned(), |json| json.to_string()),
            Err(Fault::Problem(problem)) => format!("error: {}", problem.message),
            Err(Fault::Poisoned) => "poisoned".to_owned(),
        };
        format!("{text}\n    {outcome}\n")
    };
    expressions.iter().map(line).collect()
}

#[test]
fn texts() {
    assert_snapshot!(table(&[
        "'a,b,,c'.split(',')",
        "'a,b,c'.split(',', 2)",
        "'héy'.split('')",
        "['a', 1, true].join('-')",
        "[].join(',')",
        "['a', null].join()",
        "'aXbXc'.replace('X', '--')",
        "'aXbXc'.replace('X', '', 1)",
        "'HÉllo'.lowerAscii()",
        "'hello'.upperAscii()",
        "'  x '.trim()",
        "'höflich'.substring(1, 3)",
        "'höflich'.substring(4)",
        "'abc'.substring(2, 1)",
        "'abc'.substring(0, 9)",
        "'höf'.charAt(1)",
        "'abcabc'.indexOf('c')",
        "'abcabc'.indexOf('c', 3)",
        "'abcabc'.lastIndexOf('b')",
        "'abc'.indexOf('z')",
        "'%s-%03d-%.2f-%x-%%'.format(['a', 7, 2.5, 255])",
        "'%s'.format([])",
        "'%d'.format(['a'])",
        "'%s'.format(['a', 'b'])",
        "'a1b'.matches('[0-9]')",
        "'a'.matches('(')",
        "'abc'.reverse()",
    ]));
}

#[test]
fn collections() {
    assert_snapshot!(table(&[
        "range(3)",
        "range(2, 5)",
        "range(5, 2)",
        "range(100001)",
        "[[1], [2, 3], 4].flatten()",
        "[1, 2, 1, 'a', 'a'].distinct()",
        "[3, 1, 2].sort()",
        "['b', 1].sort()",
        "[1, 2, 3].slice(1, 3)",
        "[1].slice(0, 2)",
        "[1, 2].reverse()",
        "keys({'b': 1, 'a': 2})",
        "values({'b': 1, 'a': 2})",
        "entries({'a': 1})",
        "merge({'a': 1, 'b': 1}, {'b': 2})",
        "merge({'a': 1}, null)",
        "get({'a': 1}, 'a', 9)",
        "get({'a': 1}, 'b', 9)",
        "get([1], 5, 'none')",
        "min(3, 1, 2)",
        "max([1, 2.5])",
        "min([])",
        "max(1, 'a')",
        "size('höf')",
        "size({'a': 1})",
        "size(1)",
    ]));
}

#[test]
fn numbers_and_encodings() {
    assert_snapshot!(table(&[
        "ceil(2.1)",
        "floor(-2.1)",
        "round(2.5)",
        "abs(-3)",
        "int('x')",
        "int(1e300)",
        "double('1.5')",
        "double('nan')",
        "bool('true')",
        "bool('yes')",
        "string(1.0)",
        "string(2.5)",
        "string([1])",
        "base64encode('héllo')",
        "base64decode('aMOpbGxv')",
        "base64decode('***')",
        "toJson({'b': [1, 2.0, null, true], 'a': 'x\"y'})",
        "fromJson('{\"b\": [1, null]}')",
        "fromJson('{')",
        "sha256('abc')",
    ]));
}

#[test]
fn networks() {
    assert_snapshot!(table(&[
        "cidrSubnet('10.0.0.0/16', 8, 3)",
        "cidrSubnet('10.0.0.0/16', 8, 256)",
        "cidrSubnet('10.0.0.0/16', 20, 0)",
        "cidrSubnet('10.0.0.1/16', 8, 0)",
        "cidrSubnet('10.0/16', 8, 0)",
        "cidrSubnet('2600:1f18::/56', 8, 255)",
        "cidrHost('10.0.0.0/24', 5)",
        "cidrHost('10.0.0.0/24', -2)",
        "cidrHost('10.0.0.0/24', 256)",
        "cidrNetmask('10.0.0.0/20')",
        "cidrContains('10.0.0.0/16', '10.0.3.0/24')",
        "cidrContains('10.0.0.0/16', '10.1.0.1')",
        "cidrOverlaps('10.0.0.0/16', '10.0.128.0/17')",
        "cidrPrefix('10.0.0.0/20')",
    ]));
}
