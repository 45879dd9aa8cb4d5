//! No two declarations are one and the same AWS resource: by its identifier where the blueprint says it, by its name,
//! or by what is adopted.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::super::diagnostics::Finding;
use super::Compiler;
use super::needs::Made;
use crate::catalog::TypeSchema;
use crate::model::{Deferred, Desired, Json, JsonMap, ResourceType, Scope, Value};

/// Types whose name no two have, although their identifier is another one, which AWS makes up.
const UNIQUE_BY_NAME: [&str; 13] = [
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Function",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::OriginRequestPolicy",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::EC2::LaunchTemplate",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::ManagedPolicy",
    "AWS::MSK::Cluster",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
];
/// Regional types whose names are those of all regions.
const NAMED_EVERYWHERE: [&str; 1] = ["AWS::S3::Bucket"];

/// What no two resources have in common.
#[derive(PartialEq, Eq, Hash)]
struct Identity {
    resource_type: ResourceType,
    /// None where it counts in all regions.
    scope: Option<Scope>,
    text: String,
}

impl Compiler<'_> {
    /// Reports resources that are in the blueprint twice.
    pub(super) fn check_twice(&self, made: &[Made]) {
        let mut known: HashMap<Identity, &Made> = HashMap::new();
        for one in made {
            let Some(schema) = one.0.instance.schema.as_ref().filter(|schema| !schema.is_kubernetes()) else {
                continue;
            };
            for identity in identities(schema, &one.1) {
                let text = identity.text.clone();
                if let Some(other) = known.insert(identity, one) {
                    self.report_same(&text, other, one);
                    break;
                }
            }
        }
    }

    fn report_same(&self, identity: &str, (other, first): &Made, (declared, second): &Made) {
        let message = format!(
            "{} and {} are the same {}: `{identity}`",
            first.address, second.address, second.resource_type
        );
        let help = if other.span() != declared.span() {
            let origin = &first.origin;
            format!("the other one stands at {}:{}:{}", origin.file, origin.line, origin.column)
        } else if first.address.place() == second.address.place() {
            "put the key of its `forEach`, or what its component is given, into the name".to_owned()
        } else {
            "put `${region}` into the name, or make it once with `per: stack`".to_owned()
        };
        let span = declared.body().map_or(declared.span(), |body| body.span);
        self.around.findings.add(Finding::new("duplicate_resource", span, message).help(help));
    }
}

fn identities(schema: &TypeSchema, desired: &Desired) -> Vec<Identity> {
    let resource_type = &desired.resource_type;
    let is = |list: &[&str]| list.contains(&resource_type.as_str());
    let mut properties: JsonMap = desired
        .properties
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), stand_in(value)?)))
        .collect();
    if resource_type.as_str() == "AWS::Route53::RecordSet"
        && let Some(Json::String(name)) = properties.get_mut("Name")
    {
        *name = name.trim_end_matches('.').to_lowercase();
    }
    let identifier = schema.identifier(&properties).map(|identifier| identifier.as_str().to_owned());
    let name = schema.facts().name.filter(|_| is(&UNIQUE_BY_NAME));
    let name = name.and_then(|rule| {
        let mut names = rule.property.split('.');
        let first = properties.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))?.as_str().map(str::to_owned)
    });
    let adopted = desired.lifecycle.adopt.as_ref().map(|identifier| identifier.as_str().to_owned());
    let scope = Some(desired.scope.clone()).filter(|_| !is(&NAMED_EVERYWHERE));
    let identity = |text| Identity { resource_type: resource_type.clone(), scope: scope.clone(), text };
    // One that is adopted may say its name too.
    let texts: BTreeSet<String> = [identifier, name, adopted].into_iter().flatten().collect();
    texts.into_iter().map(identity).collect()
}

/// A value as far as it tells two resources apart: what is exactly an attribute of another resource stands for itself.
pub(super) fn stand_in(value: &Value) -> Option<Json> {
    match value {
        Value::Deferred(deferred) => attribute(deferred).map(Json::String),
        Value::Map(map) => Some(Json::Object(
            map.iter().filter_map(|(name, value)| Some((name.to_string(), stand_in(value)?))).collect(),
        )),
        known => known.to_json(),
    }
}

/// `${us-east-1/vpc.VpcId}`; none for an expression over attributes, which may mean something else elsewhere.
fn attribute(deferred: &Arc<Deferred>) -> Option<String> {
    let mut references = deferred.references.iter();
    let (reference, None) = (references.next()?, references.next()) else { return None };
    let exactly = format!("${{{}.{}}}", reference.address.path(), reference.attribute);
    (*deferred.source == *exactly).then(|| format!("${{{}.{}}}", reference.address, reference.attribute))
}
