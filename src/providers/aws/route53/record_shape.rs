//! Records between CloudFormation's shape and the API's.

use aws_sdk_route53::types::{
    AliasTarget, CidrRoutingConfig, Coordinates, GeoLocation, GeoProximityLocation, ResourceRecord,
    ResourceRecordSet, ResourceRecordSetFailover, ResourceRecordSetRegion, RrType,
};
use serde_json::json;

use super::super::error::unbuilt;
use super::super::{Shape, Writer};
use super::name;
use crate::model::JsonMap;
use crate::providers::{ErrorKind, ProviderError, Result};

/// Where AWS Certificate Manager's validation records lead to.
const VALIDATIONS: &str = ".acm-validations.aws";

const CHANGE: &str = "route53:ChangeResourceRecordSets";

/// What tells a record from all others of its zone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The normal name.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`.
    pub kind: String,
    /// Tells weighted, latency and other routed records apart.
    pub set: Option<String>,
}

impl Key {
    /// Of a record as the API has it.
    pub fn of(record: &ResourceRecordSet) -> Self {
        Self {
            name: name::normal(record.name()),
            kind: record.r#type().as_str().to_owned(),
            set: record.set_identifier().map(str::to_owned),
        }
    }

    /// Of a record as a blueprint has it; `None` while name or type are not known.
    pub fn written(properties: &JsonMap) -> Option<Self> {
        let shape = Shape(properties);
        Some(Self {
            name: name::normal(shape.str("Name")?),
            kind: shape.str("Type")?.to_ascii_uppercase(),
            set: shape.text("SetIdentifier"),
        })
    }

    /// Whether Route 53 refuses to hold both: a name has either one simple record of a type or several with
    /// set identifiers, and nothing beside a `CNAME`.
    pub fn conflicts(&self, other: &Self) -> bool {
        let cname = self.kind == "CNAME" || other.kind == "CNAME";
        self.name == other.name
            && self != other
            && ((self.kind != other.kind && cname)
                || (self.kind == other.kind && self.set.is_none() != other.set.is_none()))
    }
}

/// A record as CloudFormation shows it.
///
/// What a blueprint says in other words (a last dot, capitals, a default spelt out) is shown in its words,
/// given in `written`.
pub fn read(record: &ResourceRecordSet, zone: &str, written: Option<&JsonMap>) -> JsonMap {
    let written = written.map(Shape);
    let says = |property: &str| written.is_some_and(|shape| shape.get(property).is_some());
    let zone_name = written.and_then(|shape| shape.str("HostedZoneName"));
    let spelt = |property: &str, text: &str| {
        let wanted =
            written.and_then(|shape| shape.str(property)).filter(|wanted| name::is_same(wanted, text));
        wanted.map_or_else(|| name::normal(text), str::to_owned)
    };
    let ttl = record.ttl().filter(|_| record.alias_target().is_none());
    Writer::new()
        .put("HostedZoneName", zone_name)
        .put("HostedZoneId", zone_name.is_none().then_some(zone))
        .set("Name", spelt("Name", record.name()))
        .set("Type", record.r#type().as_str())
        .put("SetIdentifier", record.set_identifier())
        .put("TTL", ttl.map(|ttl| ttl.to_string()))
        .list("ResourceRecords", record.resource_records().iter().map(ResourceRecord::value))
        .nest("AliasTarget", record.alias_target().map_or_else(Writer::new, |target| alias(target, written)))
        .put("Weight", record.weight())
        .put("Region", record.region().map(ResourceRecordSetRegion::as_str))
        .put("Failover", record.failover().map(ResourceRecordSetFailover::as_str))
        .put("MultiValueAnswer", record.multi_value_answer().filter(|on| *on || says("MultiValueAnswer")))
        .put("HealthCheckId", record.health_check_id())
        .nest("GeoLocation", record.geo_location().map_or_else(Writer::new, location))
        .nest("GeoProximityLocation", record.geo_proximity_location().map_or_else(Writer::new, proximity))
        .nest("CidrRoutingConfig", record.cidr_routing_config().map_or_else(Writer::new, cidr))
        .build()
}

fn alias(target: &AliasTarget, written: Option<Shape<'_>>) -> Writer {
    let wanted = written.and_then(|shape| shape.object("AliasTarget"));
    let dns =
        wanted.and_then(|wanted| wanted.str("DNSName")).filter(|dns| name::is_same(dns, target.dns_name()));
    let says_health = wanted.is_some_and(|wanted| wanted.get("EvaluateTargetHealth").is_some());
    Writer::new()
        .set("DNSName", dns.map_or_else(|| name::normal(target.dns_name()), str::to_owned))
        .set("HostedZoneId", target.hosted_zone_id())
        .put("EvaluateTargetHealth", Some(target.evaluate_target_health()).filter(|on| *on || says_health))
}

fn location(place: &GeoLocation) -> Writer {
    Writer::new()
        .put("ContinentCode", place.continent_code())
        .put("CountryCode", place.country_code())
        .put("SubdivisionCode", place.subdivision_code())
}

fn proximity(place: &GeoProximityLocation) -> Writer {
    let coordinates =
        place.coordinates().map(|at| json!({"Latitude": at.latitude(), "Longitude": at.longitude()}));
    Writer::new()
        .put("AWSRegion", place.aws_region())
        .put("LocalZoneGroup", place.local_zone_group())
        .put("Coordinates", coordinates)
        .put("Bias", place.bias())
}

fn cidr(routing: &CidrRoutingConfig) -> Writer {
    Writer::new().set("CollectionId", routing.collection_id()).set("LocationName", routing.location_name())
}

/// A record as the API takes it.
pub fn write(properties: &JsonMap) -> Result<ResourceRecordSet> {
    let wanted = Shape(properties);
    let records = wanted
        .strings("ResourceRecords")
        .into_iter()
        .map(|value| ResourceRecord::builder().value(value).build().map_err(unbuilt(CHANGE)));
    let records = records.collect::<Result<Vec<_>>>()?;
    ResourceRecordSet::builder()
        .set_name(wanted.text("Name"))
        .set_type(wanted.str("Type").map(RrType::from))
        .set_set_identifier(wanted.text("SetIdentifier"))
        .set_ttl(ttl(wanted)?)
        .set_resource_records((!records.is_empty()).then_some(records))
        .set_alias_target(wanted.object("AliasTarget").map(alias_target).transpose()?)
        .set_weight(wanted.int("Weight"))
        .set_region(wanted.str("Region").map(ResourceRecordSetRegion::from))
        .set_failover(wanted.str("Failover").map(ResourceRecordSetFailover::from))
        .set_multi_value_answer(wanted.bool("MultiValueAnswer"))
        .set_health_check_id(wanted.text("HealthCheckId"))
        .set_geo_location(wanted.object("GeoLocation").map(|place| {
            GeoLocation::builder()
                .set_continent_code(place.text("ContinentCode"))
                .set_country_code(place.text("CountryCode"))
                .set_subdivision_code(place.text("SubdivisionCode"))
                .build()
        }))
        .set_geo_proximity_location(
            wanted.object("GeoProximityLocation").map(proximity_location).transpose()?,
        )
        .set_cidr_routing_config(wanted.object("CidrRoutingConfig").map(cidr_routing).transpose()?)
        .build()
        .map_err(unbuilt(CHANGE))
}

fn ttl(wanted: Shape<'_>) -> Result<Option<i64>> {
    match (wanted.get("TTL"), wanted.int("TTL")) {
        (Some(written), None) => Err(ProviderError::new(
            ErrorKind::Invalid,
            CHANGE,
            format!("TTL {written} is no number of seconds"),
        )),
        (_, seconds) => Ok(seconds),
    }
}

fn alias_target(target: Shape<'_>) -> Result<AliasTarget> {
    AliasTarget::builder()
        .set_dns_name(target.text("DNSName"))
        .set_hosted_zone_id(target.text("HostedZoneId"))
        .evaluate_target_health(target.bool("EvaluateTargetHealth").unwrap_or(false))
        .build()
        .map_err(unbuilt(CHANGE))
}

fn proximity_location(place: Shape<'_>) -> Result<GeoProximityLocation> {
    let coordinates = place.object("Coordinates").map(|at| {
        Coordinates::builder()
            .set_latitude(at.text("Latitude"))
            .set_longitude(at.text("Longitude"))
            .build()
            .map_err(unbuilt(CHANGE))
    });
    Ok(GeoProximityLocation::builder()
        .set_aws_region(place.text("AWSRegion"))
        .set_local_zone_group(place.text("LocalZoneGroup"))
        .set_coordinates(coordinates.transpose()?)
        .set_bias(place.i32("Bias"))
        .build())
}

fn cidr_routing(routing: Shape<'_>) -> Result<CidrRoutingConfig> {
    CidrRoutingConfig::builder()
        .set_collection_id(routing.text("CollectionId"))
        .set_location_name(routing.text("LocationName"))
        .build()
        .map_err(unbuilt(CHANGE))
}

/// Whether AWS Certificate Manager wrote a record to see that the domain is its owner's, as it does for a certificate that
/// names the zone. It looks for it again at each renewal.
pub fn validates_certificate(record: &ResourceRecordSet) -> bool {
    let [value] = record.resource_records() else { return false };
    *record.r#type() == RrType::Cname && name::normal(value.value()).ends_with(VALIDATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;

    fn map(json: Json) -> JsonMap {
        let Json::Object(map) = json else { panic!("an object") };
        map
    }

    #[test]
    fn what_is_written_is_read_back() {
        for properties in [
            json!({"HostedZoneId": "Z1", "Name": "a.example.com", "Type": "TXT", "TTL": "300",
                "ResourceRecords": ["\"v=spf1\"", "\"x\""]}),
            json!({"HostedZoneId": "Z1", "Name": "www.example.com", "Type": "A", "SetIdentifier": "eu",
                "AliasTarget": {"DNSName": "lb.example.net", "HostedZoneId": "Z2", "EvaluateTargetHealth": true},
                "Region": "eu-west-1", "HealthCheckId": "h"}),
            json!({"HostedZoneId": "Z1", "Name": "*.example.com", "Type": "CNAME", "SetIdentifier": "de", "TTL": "60",
                "ResourceRecords": ["x.example.net"], "GeoLocation": {"CountryCode": "DE"}}),
            json!({"HostedZoneId": "Z1", "Name": "w.example.com", "Type": "A", "SetIdentifier": "1", "TTL": "60",
                "ResourceRecords": ["192.0.2.1"], "Weight": 0}),
            json!({"HostedZoneId": "Z1", "Name": "m.example.com", "Type": "A", "SetIdentifier": "1", "TTL": "60",
                "ResourceRecords": ["192.0.2.1"], "MultiValueAnswer": true}),
            json!({"HostedZoneId": "Z1", "Name": "p.example.com", "Type": "A", "SetIdentifier": "1", "TTL": "60",
                "ResourceRecords": ["192.0.2.1"], "GeoProximityLocation":
                    {"Coordinates": {"Latitude": "1", "Longitude": "2"}, "Bias": 3}}),
        ] {
            let record = write(&map(properties.clone())).unwrap();
            assert_eq!(Json::Object(read(&record, "Z1", None)), properties);
        }
    }

    #[test]
    fn the_blueprints_spelling_stays() {
        let written = map(json!({"HostedZoneName": "example.com.", "Name": "WWW.example.com.", "Type": "A",
            "AliasTarget": {"DNSName": "LB.example.net.", "HostedZoneId": "Z2", "EvaluateTargetHealth": false}}));
        let record = write(&written).unwrap();
        assert_eq!(read(&record, "Z1", Some(&written)), written);
        let plain = read(&record, "Z1", None);
        assert_eq!(plain["Name"], "www.example.com");
        assert_eq!(plain["AliasTarget"], json!({"DNSName": "lb.example.net", "HostedZoneId": "Z2"}));
    }

    #[test]
    fn simple_and_routed_records_of_one_name_exclude_each_other() {
        let key = |kind: &str, set: Option<&str>| Key {
            name: "a".into(),
            kind: kind.into(),
            set: set.map(str::to_owned),
        };
        assert!(key("A", None).conflicts(&key("A", Some("eu"))));
        assert!(key("CNAME", None).conflicts(&key("A", None)));
        assert!(!key("A", Some("us")).conflicts(&key("A", Some("eu"))));
        assert!(!key("A", None).conflicts(&key("AAAA", None)));
        assert!(!key("A", None).conflicts(&key("A", None)));
    }

    #[test]
    fn a_ttl_that_is_no_number_is_refused() {
        let error = write(&map(json!({"Name": "a", "Type": "A", "TTL": "5m"}))).unwrap_err();
        assert!(error.to_string().contains("TTL \"5m\""), "{error}");
    }
}
