//! Makes up what a cloud would: ids, ARNs, endpoints and other read-only attributes, plausible by their names.

use crate::catalog::TypeSchema;
use crate::model::{Digest, Identifier, Json, JsonMap, ResourceType, Scope};

/// The well-known prefixes of EC2's ids.
const PREFIXES: [(&str, &str); 16] = [
    ("AWS::EC2::VPC", "vpc"),
    ("AWS::EC2::Subnet", "subnet"),
    ("AWS::EC2::InternetGateway", "igw"),
    ("AWS::EC2::RouteTable", "rtb"),
    ("AWS::EC2::SubnetRouteTableAssociation", "rtbassoc"),
    ("AWS::EC2::NatGateway", "nat"),
    ("AWS::EC2::EIP", "eipalloc"),
    ("AWS::EC2::SecurityGroup", "sg"),
    ("AWS::EC2::SecurityGroupIngress", "sgr"),
    ("AWS::EC2::SecurityGroupEgress", "sgr"),
    ("AWS::EC2::Instance", "i"),
    ("AWS::EC2::LaunchTemplate", "lt"),
    ("AWS::EC2::VPCEndpoint", "vpce"),
    ("AWS::EC2::NetworkInterface", "eni"),
    ("AWS::EC2::VPCPeeringConnection", "pcx"),
    ("AWS::EC2::TransitGateway", "tgw"),
];

/// What a new resource is made up from.
pub(super) struct Inventor<'a> {
    pub(super) resource_type: &'a ResourceType,
    pub(super) scope: &'a Scope,
    pub(super) account: &'a str,
    /// Hexadecimal digits, unique to the resource.
    pub(super) seed: &'a str,
}

impl Inventor<'_> {
    /// The digits for the n-th resource that a cloud makes.
    pub(super) fn seed(number: u64) -> String {
        let digits = Digest::of(&number.to_be_bytes()).to_string();
        digits[..17].to_owned()
    }

    /// Adds the read-only attributes to a resource's properties, and returns its identifier.
    pub(super) fn complete(&self, schema: Option<&TypeSchema>, properties: &mut JsonMap) -> Identifier {
        let Some(schema) = schema else { return self.identifier_of_object(properties) };
        if let Some(rule) = &schema.facts().name
            && !properties.contains_key(rule.property)
        {
            let name = self.id();
            properties.insert(rule.property.to_owned(), Json::from(name));
        }
        let name = schema.facts().name.as_ref().and_then(|rule| properties.get(rule.property)?.as_str());
        let name = name.map_or_else(|| self.id(), str::to_owned);
        for attribute in schema.attributes() {
            if !properties.contains_key(attribute) {
                properties.insert(attribute.to_owned(), self.attribute(attribute, &name));
            }
        }
        schema.identifier(properties).unwrap_or_else(|| Identifier::new(self.id()))
    }

    /// A type without a schema: a Kubernetes object by namespace and name, anything else by a made-up id.
    fn identifier_of_object(&self, properties: &JsonMap) -> Identifier {
        let metadata = properties.get("metadata");
        let text = |key| metadata.and_then(|metadata| metadata.get(key)).and_then(Json::as_str);
        match text("name") {
            Some(name) => Identifier::new(format!("{}/{name}", text("namespace").unwrap_or("-"))),
            None => Identifier::new(self.id()),
        }
    }

    fn id(&self) -> String {
        let known = PREFIXES.iter().find(|(name, _)| *name == self.resource_type.as_str());
        let prefix =
            known.map_or_else(|| self.resource_type.short().to_lowercase(), |(_, id)| (*id).to_owned());
        format!("{prefix}-{}", self.seed)
    }

    fn attribute(&self, attribute: &str, name: &str) -> Json {
        let service = self.resource_type.service().to_lowercase();
        let host = || format!("{}.{}.{service}.amazonaws.com", self.id(), self.region());
        match attribute {
            "Status" | "State" | "LifecycleState" => Json::from("available"),
            "AccountId" | "OwnerId" => Json::from(self.account),
            "Region" => Json::from(self.region()),
            _ if attribute.ends_with("Arn") || attribute.ends_with("ARN") => {
                Json::from(self.arn(&service, attribute, name))
            }
            _ if attribute.ends_with("Port") => Json::from(5432),
            _ if attribute.ends_with("Version") || attribute.ends_with("VersionNumber") => Json::from("1"),
            _ if attribute.ends_with("Time") || attribute.ends_with("Date") || attribute.ends_with("At") => {
                Json::from("2024-01-01T00:00:00Z")
            }
            _ if attribute.ends_with("Endpoint") => Json::from(host()),
            _ if attribute.ends_with("DNSName") || attribute.ends_with("DnsName") => Json::from(host()),
            _ if attribute.ends_with("DomainName") => Json::from(host()),
            _ if attribute.ends_with('s') && !attribute.ends_with("ss") => {
                Json::from(vec![format!("{}-{}", attribute.to_lowercase(), self.seed)])
            }
            "Id" => Json::from(self.id()),
            _ if attribute.strip_suffix("Id") == Some(self.resource_type.short()) => Json::from(self.id()),
            _ => Json::from(format!("{}-{}", attribute.to_lowercase(), self.seed)),
        }
    }

    fn arn(&self, service: &str, attribute: &str, name: &str) -> String {
        let kind = match attribute.trim_end_matches("Arn").trim_end_matches("ARN") {
            "" => self.resource_type.short().to_lowercase(),
            named => named.to_lowercase(),
        };
        match service {
            "s3" => format!("arn:aws:s3:::{name}"),
            "sns" | "sqs" => format!("arn:aws:{service}:{}:{}:{name}", self.region(), self.account),
            "iam" => format!("arn:aws:iam::{}:{kind}/{name}", self.account),
            "elasticloadbalancingv2" => format!(
                "arn:aws:elasticloadbalancing:{}:{}:{kind}/{name}/{}",
                self.region(),
                self.account,
                self.seed
            ),
            _ => format!("arn:aws:{service}:{}:{}:{kind}/{name}", self.arn_region(), self.account),
        }
    }

    fn region(&self) -> &str {
        self.scope.region().map_or("us-east-1", |region| region.as_str())
    }

    fn arn_region(&self) -> &str {
        self.scope.region().map_or("", |region| region.as_str())
    }
}
