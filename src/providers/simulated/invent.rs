//! Makes up what a cloud would: ids, ARNs, endpoints and other read-only attributes, plausible by their names.

use serde_json::json;

use crate::catalog::{TypeSchema, Types};
use crate::model::{Digest, Identifier, Json, JsonMap, Region, ResourceType, Scope};

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

/// How many names a made-up path may have: schemas may be recursive.
const DEEPEST: usize = 4;

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
        if self.resource_type.is_kubernetes() {
            return self.complete_object(properties);
        }
        let Some(schema) = schema else { return Identifier::new(self.id()) };
        let named = schema.facts().name.as_ref().map(|rule| rule.property);
        for name in named.into_iter().chain(schema.primary_identifier()) {
            let settable = !name.contains('.') && !schema.is_read_only(name);
            if settable && !properties.contains_key(name) && schema.identifier(properties).is_none() {
                properties.insert(name.to_owned(), Json::from(self.id()));
            }
        }
        let name = named.and_then(|name| properties.get(name)?.as_str());
        let name = name.map_or_else(|| self.id(), str::to_owned);
        let natural = schema.identifier(properties);
        if let Some(parts) = natural.as_ref().map(|id| id.as_str().split('|')) {
            // Read-only parts that follow from the request (a route's destination) must say the same.
            for (path, part) in schema.primary_identifier().into_iter().zip(parts) {
                if !path.contains('.') && !properties.contains_key(path) {
                    properties.insert(path.to_owned(), Json::from(part));
                }
            }
        }
        for attribute in schema.attributes() {
            let before = properties.remove(attribute);
            if let Some(value) = self.value(schema, attribute, &name, before) {
                properties.insert(attribute.to_owned(), value);
            }
        }
        schema.identifier(properties).unwrap_or_else(|| Identifier::new(self.id()))
    }

    /// The value at a path with its read-only parts made up; what the request set stays.
    fn value(&self, schema: &TypeSchema, path: &str, name: &str, before: Option<Json>) -> Option<Json> {
        let types = schema.property(path).map(|property| property.types).unwrap_or_default();
        let is_object = types.intersects(Types::OBJECT) && path.split('.').count() < DEEPEST;
        match before {
            None | Some(Json::Object(_)) if is_object => {
                let mut map = match before {
                    Some(Json::Object(map)) => map,
                    _ => JsonMap::new(),
                };
                for child in schema.property_names(path) {
                    let below = format!("{path}.{child}");
                    let before = map.remove(&**child);
                    if let Some(value) = self.value(schema, &below, name, before) {
                        map.insert(child.to_string(), value);
                    }
                }
                (!map.is_empty()).then_some(Json::Object(map))
            }
            Some(given) => Some(given),
            None if schema.is_read_only(path) => Some(self.attribute(schema, path, types, name)),
            None => None,
        }
    }

    /// Sets, where the request leaves them out, the properties with a default and some that only the cloud chooses: a
    /// diff without state must not take them for drift.
    pub(super) fn fill_in(schema: &TypeSchema, properties: &mut JsonMap) {
        for name in schema.property_names("") {
            let tags = schema.tag_property().is_some_and(|tags| tags == &**name);
            if properties.contains_key(&**name) || schema.is_read_only(name) || tags {
                continue;
            }
            let Some(property) = schema.property(name) else { continue };
            let flag = property.types == Types::BOOLEAN && !schema.is_required(name);
            let chosen = match &property.default {
                Some(default) => default.clone(),
                None if flag => Json::from(false),
                None if property.types == Types::STRING && name.ends_with("Description") => {
                    Json::from("chosen")
                }
                None => continue,
            };
            properties.insert(name.to_string(), chosen);
        }
    }

    /// Adds the texts that nothing of the type is without: what a lookup tells of something that nobody here made.
    pub(super) fn require(schema: &TypeSchema, properties: &mut JsonMap) {
        for name in schema.property_names("") {
            let text = schema.property(name).is_some_and(|property| property.types == Types::STRING);
            if text && schema.is_required(name) && !properties.contains_key(&**name) {
                let first = schema.property(name).and_then(|property| property.allowed.first().cloned());
                let made_up = || Json::from(format!("{}-simulated", name.to_lowercase()));
                properties.insert(name.to_string(), first.unwrap_or_else(made_up));
            }
        }
    }

    /// A Kubernetes object: known by namespace and name; a service that asks for a load balancer gets one.
    fn complete_object(&self, properties: &mut JsonMap) -> Identifier {
        let at = |path: &str| properties.get("metadata").and_then(|metadata| metadata.get(path)?.as_str());
        let identifier = match (at("namespace"), at("name")) {
            (Some(namespace), Some(name)) => Identifier::new(format!("{namespace}|{name}")),
            (None, Some(name)) => Identifier::new(name),
            (_, None) => Identifier::new(self.id()),
        };
        let kind = properties.get("spec").and_then(|spec| spec.get("type")?.as_str());
        if self.resource_type.as_str() == "v1/Service" && kind == Some("LoadBalancer") {
            let region = self.scope.region().map_or("us-east-1", Region::as_str);
            let host = format!("{}.elb.{region}.amazonaws.com", self.seed);
            properties
                .insert("status".to_owned(), json!({"loadBalancer": {"ingress": [{"hostname": host}]}}));
        }
        identifier
    }

    fn id(&self) -> String {
        let known = PREFIXES.iter().find(|(name, _)| *name == self.resource_type.as_str());
        let prefix =
            known.map_or_else(|| self.resource_type.short().to_lowercase(), |(_, id)| (*id).to_owned());
        format!("{prefix}-{}", self.seed)
    }

    fn attribute(&self, schema: &TypeSchema, path: &str, types: Types, name: &str) -> Json {
        let attribute = path.rsplit('.').next().unwrap_or(path);
        if let Some(allowed) = schema.property(path).and_then(|property| property.allowed.first()) {
            return allowed.clone();
        }
        let is = |wanted: Types| types.intersects(wanted) && !types.intersects(Types::STRING);
        if is(Types::BOOLEAN) {
            Json::from(false)
        } else if is(Types::INTEGER) || is(Types::NUMBER) {
            Json::from(if attribute.ends_with("Port") { 5432 } else { 1 })
        } else if is(Types::ARRAY) {
            self.list(schema, path, attribute)
        } else if is(Types::OBJECT) {
            Json::Object(JsonMap::new())
        } else {
            let is_primary = schema.primary_identifier().contains(&path);
            Json::from(self.text(attribute, name, is_primary))
        }
    }

    fn list(&self, schema: &TypeSchema, path: &str, attribute: &str) -> Json {
        let texts =
            schema.property(&format!("{path}.*")).is_none_or(|item| item.types.intersects(Types::STRING));
        let only = format!("{}-{}", attribute.to_lowercase(), self.seed);
        if texts { Json::from(vec![only]) } else { Json::Array(Vec::new()) }
    }

    fn text(&self, attribute: &str, name: &str, is_primary: bool) -> String {
        let service = self.resource_type.service().to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| attribute.ends_with(ending));
        match attribute {
            "Status" | "State" | "LifecycleState" => "available".to_owned(),
            "AccountId" | "OwnerId" => self.account.to_owned(),
            "Region" => self.region().to_owned(),
            _ if ends(&["Arn", "ARN"]) => self.arn(&service, attribute, name),
            "Id" => self.id(),
            _ if is_primary => self.id(),
            _ if ends(&["Port"]) => "5432".to_owned(),
            _ if ends(&["Version", "VersionNumber"]) => "1".to_owned(),
            _ if ends(&["Time", "Date", "At"]) => "2024-01-01T00:00:00Z".to_owned(),
            _ if ends(&["Endpoint", "Address", "DNSName", "DnsName", "DomainName"]) => {
                format!("{}.{}.{service}.amazonaws.com", self.id(), self.region())
            }
            _ => format!("{}-{}", attribute.to_lowercase(), self.seed),
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
