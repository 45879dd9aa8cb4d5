//! The schemas that editors check blueprints with agree with what stackctl takes.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::super::config::literal;
use super::super::diagnostics::FileId;
use super::super::document;
use super::super::expression::Val;
use super::super::yaml;
use crate::model::Json;

fn schema(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(format!("{name}.schema.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn json(value: &Val) -> Json {
    match value {
        Val::Null => Json::Null,
        Val::Bool(flag) => json!(flag),
        Val::Int(number) => json!(number),
        Val::Float(number) => json!(number),
        Val::String(text) => json!(&**text),
        Val::List(items) => items.iter().map(json).collect(),
        Val::Map(map) => Json::Object(map.iter().map(|(key, item)| (key.to_string(), json(item))).collect()),
        other => panic!("a file holds no {other:?}"),
    }
}

fn tree(text: &str) -> Json {
    json(&literal(&yaml::parse(FileId(0), text).unwrap()))
}

/// What a schema says of a YAML text, one line each.
fn verdict(name: &str, text: &str) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema(name)).unwrap();
    let instance = tree(text);
    let errors = validator.iter_errors(&instance);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

#[test]
fn shipped_blueprints_are_valid() {
    let (stages, components) = (files("blueprints"), files("blueprints/components"));
    assert!(stages.len() > 3 && components.len() > 5);
    for path in stages.into_iter().chain(components) {
        let folder = path.parent().and_then(Path::file_name).unwrap();
        let name = match path.file_name().and_then(|name| name.to_str()) {
            _ if folder == "components" => "component",
            Some("stackctl.yaml") => "stackctl",
            _ => "blueprint",
        };
        let said = verdict(name, &std::fs::read_to_string(&path).unwrap());
        assert!(said.is_empty(), "{}: {said:#?}", path.display());
    }
}

#[test]
fn wrong_files_are_not() {
    let head = "stage: 1\nname: mvp\nregions: [us-east-1]\n";
    let stage = |rest: &str| format!("{head}{rest}");
    let wrong = [
        ("blueprint", "name: mvp\nregions: [us-east-1]\n".to_owned()),
        ("blueprint", "stage: 0\nname: mvp\nregions: [us-east-1]\n".to_owned()),
        ("blueprint", "stage: 1\nname: mvp\nregions: []\n".to_owned()),
        ("blueprint", stage("resurces: []\n")),
        ("blueprint", stage("resources: [{id: a}]\n")),
        ("blueprint", stage("resources: [{id: a-b, type: AWS::SQS::Queue}]\n")),
        ("blueprint", stage("resources: [{id: a, type: Queue}]\n")),
        ("blueprint", stage("resources: [{id: a, type: AWS::SQS::Queue, replace: never}]\n")),
        ("blueprint", stage("resources: [{id: a, type: AWS::SQS::Queue, protect: perhaps}]\n")),
        ("blueprint", stage("resources: [{id: a, type: AWS::SQS::Queue, lookup: {}, properties: {}}]\n")),
        ("blueprint", stage("resources: [{id: a, type: AWS::SQS::Queue, force: true}]\n")),
        ("blueprint", stage("resources: [{id: a, manifest: {apiVersion: v1, kind: Pod}}]\n")),
        ("blueprint", stage("resources: [{id: a, cluster: c}]\n")),
        ("blueprint", stage("resources: [{id: a, cluster: c, manifest: {kind: Pod}}]\n")),
        ("blueprint", stage("resources: [{id: a, cluster: c, path: x, helm: {chart: y}}]\n")),
        ("blueprint", stage("resources: [{id: a, cluster: c, helm: {}}]\n")),
        ("blueprint", stage("components: [{id: a}]\n")),
        ("blueprint", stage("components: [{id: a, use: b, properties: {}}]\n")),
        ("blueprint", stage("external: [{name: GitHub}]\n")),
        ("component", "per: zone\n".to_owned()),
        ("component", "parameters: {size: {type: int}}\n".to_owned()),
        ("component", "parameters: {size: {type: list, items: {typ: string}}}\n".to_owned()),
        ("component", head.to_owned()),
        ("stackctl", "stage: 1\n".to_owned()),
        ("stackctl", "stack: Shop\n".to_owned()),
        ("stackctl", "stack: shop\nclusters: {onsite: {kubeconf: x}}\n".to_owned()),
        ("stackctl", "stack: shop\nenvironments: {staging: {environments: {}}}\n".to_owned()),
    ];
    for (name, text) in wrong {
        assert!(!verdict(name, &text).is_empty(), "{name} takes {text}");
    }
}

#[test]
fn objects_are_resources() {
    let body = "resources: [{id: a, cluster: \"${c}\", force: true, manifest: {apiVersion: v1, kind: Pod}}, \
                {id: b, cluster: c, path: manifests}, {id: d, cluster: c, helm: {chart: ./chart, values: {a: 1}}}]";
    let said = verdict("blueprint", &format!("stage: 1\nname: mvp\nregions: [us-east-1]\n{body}\n"));
    assert!(said.is_empty(), "{said:#?}");
    let said =
        verdict("stackctl", "stack: shop\nclusters: {onsite: {kubeconfig: ~/.kube/config, context: c}}\n");
    assert!(said.is_empty(), "{said:#?}");
}

/// Every key that stackctl reads is in the schema with a description, and no other is.
#[test]
fn schemas_and_reader_know_the_same_keys() {
    let (blueprint, component, stackctl) = (schema("blueprint"), schema("component"), schema("stackctl"));
    let expected = [
        (&blueprint["properties"], document::STAGE_KEYS.as_slice()),
        (&blueprint["$defs"]["resource"]["properties"], document::RESOURCE_KEYS.as_slice()),
        (&blueprint["$defs"]["componentUse"]["properties"], document::COMPONENT_KEYS.as_slice()),
        (&component["properties"], document::DOCUMENT_KEYS.as_slice()),
        (&component["$defs"]["parameter"]["properties"], document::PARAMETER_KEYS.as_slice()),
        (&stackctl["properties"], super::super::config::KEYS.as_slice()),
    ];
    for (described, keys) in expected {
        let described = described.as_object().unwrap();
        let mut names: Vec<&str> = described.keys().map(String::as_str).collect();
        let mut keys = keys.to_vec();
        names.sort_unstable();
        keys.sort_unstable();
        assert_eq!(names, keys);
        let silent: Vec<_> = described.iter().filter(|(_, key)| key.get("description").is_none()).collect();
        assert!(silent.is_empty(), "{silent:#?}");
    }
}

#[test]
fn resources_are_the_same_in_stages_and_components() {
    let (blueprint, component) = (schema("blueprint"), schema("component"));
    for shared in ["resource", "componentUse", "flag", "output"] {
        assert_eq!(blueprint["$defs"][shared], component["$defs"][shared], "{shared}");
    }
}
