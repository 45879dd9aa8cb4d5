//! Where the vendors' references tell of a type.

use crate::model::ResourceType;

/// The release whose reference has all catalogued kinds.
const RELEASE: &str = "v1.37";

/// The address of AWS's page on a type, or of Kubernetes' on a kind.
pub fn page(resource_type: &str) -> String {
    if let Some(object) = ResourceType::new(resource_type).object() {
        let group = if object.group.is_empty() { "core" } else { object.group };
        let anchor = format!("{}-{}-{}", object.kind.to_lowercase(), object.version, group.replace('.', "-"));
        return format!("https://kubernetes.io/docs/reference/generated/kubernetes-api/{RELEASE}/#{anchor}");
    }
    let slug = slug(resource_type);
    format!("https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-{slug}.html")
}

/// `AWS::EC2::Subnet` as `ec2-subnet`.
pub fn slug(resource_type: &str) -> String {
    let rest = resource_type.split_once("::").map_or(resource_type, |(_, rest)| rest);
    rest.replace("::", "-").to_lowercase()
}
