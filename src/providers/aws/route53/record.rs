//! `AWS::Route53::RecordSet`: the records of owned zones, and those that are wanted in zones of others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_route53::Client;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecordSet};
use futures::future::try_join_all;

use super::super::error::unbuilt;
use super::super::tags::Tags;
use super::super::{Aws, Shape, failed, missing};
use super::record_calls::{all, by_name, is_owned, named, one};
use super::record_shape::{Key, read, validates_certificate, write};
use super::{SERVICE, name};
use crate::model::{Address, Identifier, JsonMap, Live, Ownership, ResourceType, Scope, Status};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, PendingItem, ProviderError, Query, Readiness, Result,
    Update, Wanted,
};

const CHANGE: &str = "route53:ChangeResourceRecordSets";

/// The handler of `AWS::Route53::RecordSet`.
pub struct RecordSet {
    aws: Arc<Aws>,
    /// The change that wrote a record last, until all name servers have it.
    changes: Mutex<HashMap<Identifier, String>>,
}

impl RecordSet {
    /// A handler on a session.
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: aws.clone(), changes: Mutex::default() }
    }

    fn client(&self, scope: &Scope) -> Client {
        self.aws.client(scope, Client::new)
    }

    /// Sends changes of one zone, all or none, and remembers the change for those that wait for `identifier`.
    async fn change(
        &self,
        client: &Client,
        zone: &str,
        identifier: &Identifier,
        changes: Vec<(ChangeAction, ResourceRecordSet)>,
    ) -> Result<()> {
        let changes = changes.into_iter().map(|(action, record)| {
            Change::builder().action(action).resource_record_set(record).build().map_err(unbuilt(CHANGE))
        });
        let batch = ChangeBatch::builder()
            .set_changes(Some(changes.collect::<Result<_>>()?))
            .build()
            .map_err(unbuilt(CHANGE))?;
        let sent = client.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await;
        let info = sent.map_err(failed(CHANGE))?.change_info;
        let id =
            info.map(|info| name::id(&info.id).to_owned()).ok_or_else(|| missing(CHANGE, "ChangeInfo"))?;
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).insert(identifier.clone(), id);
        Ok(())
    }

    /// Creates where something is in the way: our own first attempt, or records of an owned zone that can't
    /// stand beside this one (a simple record that becomes a routed one). The latter are replaced in one
    /// change, so the name resolves at every moment.
    async fn create_beside(
        &self,
        client: &Client,
        request: &Create<'_>,
        zone: &str,
        record: ResourceRecordSet,
        refused: ProviderError,
    ) -> Result<()> {
        let wanted = Key::of(&record);
        let there = named(client, zone, &wanted.name).await?;
        if let Some(same) = there.iter().find(|other| Key::of(other) == wanted) {
            let written = Some(request.properties);
            let is_first_attempt = read(same, zone, written) == read(&record, zone, written);
            return if is_first_attempt { Ok(()) } else { Err(taken(refused, &wanted)) };
        }
        let in_the_way: Vec<_> =
            there.into_iter().filter(|other| Key::of(other).conflicts(&wanted)).collect();
        if in_the_way.is_empty() || !is_owned(client, zone, request.stack).await? {
            return Err(refused);
        }
        let mut changes: Vec<_> = in_the_way.into_iter().map(|old| (ChangeAction::Delete, old)).collect();
        changes.push((ChangeAction::Create, record));
        self.change(client, zone, &identifier(zone, &wanted), changes).await
    }

    /// Asks for the changes that are waited for, oldest first, until one is on its way: changes spread in
    /// order, so most polls make one call.
    async fn on_their_way(&self, client: &Client, items: &[PendingItem]) -> Result<BTreeSet<String>> {
        let waited: BTreeSet<String> = {
            let known = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
            items.iter().filter_map(|item| known.get(&own_identifier(item)).cloned()).collect()
        };
        let mut left = waited.clone();
        for id in waited {
            let answer = client.get_change().id(&id).send().await.map_err(failed("route53:GetChange"))?;
            if answer.change_info.is_some_and(|info| info.status != ChangeStatus::Insync) {
                break;
            }
            left.remove(&id);
            self.changes.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, known| *known != id);
        }
        Ok(left)
    }
}

#[async_trait]
impl Handler for RecordSet {
    fn resource_type(&self) -> ResourceType {
        "AWS::Route53::RecordSet".into()
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn parents(&self) -> &'static [&'static str] {
        &["AWS::Route53::HostedZone"]
    }

    /// By name, type and set identifier.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let client = self.client(query.scope);
        let zones = zones(&client, query).await?;
        let found = zones.iter().map(|(id, zone)| async {
            let records = all(&client, id).await?;
            Ok::<_, ProviderError>(
                records.iter().filter_map(|record| zone.live(query.scope, id, record)).collect::<Vec<_>>(),
            )
        });
        Ok(try_join_all(found).await?.concat())
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        let client = self.client(request.scope);
        let zone = zone_of(&client, request.properties).await?;
        let record = write(request.properties)?;
        let identifier = identifier(&zone, &Key::of(&record));
        let sent =
            self.change(&client, &zone, &identifier, vec![(ChangeAction::Create, record.clone())]).await;
        match sent {
            Err(error) if error.code == "InvalidChangeBatch" => {
                self.create_beside(&client, request, &zone, record, error).await?;
            }
            sent => sent.map_err(ProviderError::referring)?,
        }
        Ok(identifier)
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let (zone, key) = parts(&request.live.identifier)?;
        let record = write(request.properties)?;
        let new = Key::of(&record);
        let mut changes = Vec::new();
        if new != key {
            let old = one(&client, &zone, &key).await?;
            changes.extend(old.map(|old| (ChangeAction::Delete, old)));
        }
        changes.push((ChangeAction::Upsert, record));
        self.change(&client, &zone, &identifier(&zone, &new), changes).await
    }

    /// A delete has to repeat the record as it is.
    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let client = self.client(request.scope);
        let (zone, key) = parts(&request.live.identifier)?;
        let found = match one(&client, &zone, &key).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        let Some(record) = found else { return Ok(()) };
        self.change(&client, &zone, &request.live.identifier, vec![(ChangeAction::Delete, record)]).await
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let client = self.client(request.scope);
        let left = self.on_their_way(&client, request.items).await?;
        let known = self.changes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answers = request.items.iter().map(|item| {
            let waits = known.get(&own_identifier(item)).is_some_and(|change| left.contains(change));
            answer(&client, request, item, waits)
        });
        try_join_all(answers).await
    }
}

/// A deleted record is gone for the API at once; one that is in sync is what it was written as.
async fn answer(
    client: &Client,
    request: &Pending<'_>,
    item: &PendingItem,
    waits: bool,
) -> Result<Readiness> {
    if item.deleting {
        return Ok(Readiness::Gone);
    }
    if waits {
        return Ok(Readiness::Waiting("PENDING: not on all name servers yet".to_owned()));
    }
    let (zone, key) = parts(&own_identifier(item))?;
    let written = Some(&item.properties).filter(|properties| !properties.is_empty());
    let record = match written {
        Some(properties) => Some(write(properties)?),
        None => one(client, &zone, &key).await?,
    };
    Ok(record.map_or(Readiness::Gone, |record| {
        Readiness::Ready(Box::new(Live {
            resource_type: "AWS::Route53::RecordSet".into(),
            scope: request.scope.clone(),
            identifier: identifier(&zone, &key),
            properties: read(&record, &zone, written),
            tags: Tags::new(),
            ownership: Ownership::Child { parent: None, name: label(&key) },
            status: Status::Ready,
        }))
    }))
}

/// What is asked of a zone's records.
struct Zone<'a> {
    /// Its address, if the stack owns it: then all records are reported.
    owner: Option<&'a Address>,
    /// Its name, whose own `NS` and `SOA` records belong to the zone itself.
    apex: Option<String>,
    wanted: HashMap<Key, &'a Wanted>,
}

impl Zone<'_> {
    fn live(&self, scope: &Scope, id: &str, record: &ResourceRecordSet) -> Option<Live> {
        let key = Key::of(record);
        let wanted = self.wanted.get(&key);
        let is_apex = self.apex.as_ref() == Some(&key.name) && matches!(key.kind.as_str(), "NS" | "SOA");
        let is_of_aws = is_apex || validates_certificate(record);
        if wanted.is_none() && (self.owner.is_none() || is_of_aws) {
            return None;
        }
        let by_name = wanted.filter(|wanted| Shape(&wanted.properties).get("HostedZoneName").is_some());
        let ownership = match by_name {
            // The zone's id, a part of the identifier, is not in such a blueprint; the answer to it is known
            // here.
            Some(wanted) => Ownership::Tagged(wanted.address.clone()),
            None => Ownership::Child { parent: self.owner.cloned(), name: label(&key) },
        };
        Some(Live {
            resource_type: "AWS::Route53::RecordSet".into(),
            scope: scope.clone(),
            identifier: identifier(id, &key),
            properties: read(record, id, wanted.map(|wanted| &wanted.properties)),
            tags: Tags::new(),
            ownership,
            status: Status::Ready,
        })
    }
}

/// The owned zones, and those that something is wanted in.
async fn zones<'a>(client: &Client, query: &Query<'a>) -> Result<BTreeMap<String, Zone<'a>>> {
    let mut zones: BTreeMap<String, Zone<'a>> = BTreeMap::new();
    for parent in query.parents.iter().filter(|parent| parent.resource_type.short() == "HostedZone") {
        let zone = Zone {
            owner: parent.address(),
            apex: parent.str("Name").map(name::normal),
            wanted: HashMap::new(),
        };
        zones.insert(parent.identifier.to_string(), zone);
    }
    for wanted in query.wanted {
        let Some(key) = Key::written(&wanted.properties) else { continue };
        let Some(id) = wanted_zone(client, &zones, &wanted.properties).await? else { continue };
        let zone =
            zones.entry(id).or_insert_with(|| Zone { owner: None, apex: None, wanted: HashMap::new() });
        zone.wanted.insert(key, wanted);
    }
    Ok(zones)
}

/// The zone of a wanted record; `None` while it is not known or not there.
async fn wanted_zone(
    client: &Client,
    known: &BTreeMap<String, Zone<'_>>,
    properties: &JsonMap,
) -> Result<Option<String>> {
    let shape = Shape(properties);
    if let Some(id) = shape.str("HostedZoneId") {
        return Ok(Some(name::id(id).to_owned()));
    }
    let Some(zone_name) = shape.str("HostedZoneName") else { return Ok(None) };
    let apex = Some(name::normal(zone_name));
    match known.iter().find(|(_, zone)| zone.apex == apex) {
        Some((id, _)) => Ok(Some(id.clone())),
        None => Ok(by_name(client, zone_name).await?.pop()),
    }
}

/// The zone that a record is written to.
async fn zone_of(client: &Client, properties: &JsonMap) -> Result<String> {
    let shape = Shape(properties);
    if let Some(id) = shape.str("HostedZoneId") {
        return Ok(name::id(id).to_owned());
    }
    let invalid = |message: String| ProviderError::new(ErrorKind::Invalid, CHANGE, message);
    let Some(zone_name) = shape.str("HostedZoneName") else {
        return Err(invalid("a record needs a `HostedZoneId` or a `HostedZoneName`".to_owned()));
    };
    let mut found = by_name(client, zone_name).await?;
    match (found.pop(), found.is_empty()) {
        (Some(id), true) => Ok(id),
        (None, _) => Err(ProviderError {
            kind: ErrorKind::NotYet,
            ..invalid(format!("there is no hosted zone `{zone_name}`"))
        }),
        _ => Err(invalid(format!("there are several zones `{zone_name}`: name one by its `HostedZoneId`"))),
    }
}

fn taken(refused: ProviderError, key: &Key) -> ProviderError {
    let message = format!(
        "{} exists with other values; `adopt` it or choose another name ({})",
        label(key),
        refused.message
    );
    ProviderError { kind: ErrorKind::AlreadyExists, message, ..refused }
}

/// `<name>|<zone>|<type>[|<set identifier>]`, the primary identifier of CloudFormation's schema.
fn identifier(zone: &str, key: &Key) -> Identifier {
    let Key { name, kind, set } = key;
    Identifier::new(match set {
        Some(set) => format!("{name}|{zone}|{kind}|{set}"),
        None => format!("{name}|{zone}|{kind}"),
    })
}

fn parts(identifier: &Identifier) -> Result<(String, Key)> {
    let mut parts = identifier.as_str().splitn(4, '|');
    let (Some(record), Some(zone), Some(kind)) = (parts.next(), parts.next(), parts.next()) else {
        let message =
            format!("`{identifier}` is no record: write `<name>|<zone id>|<type>[|<set identifier>]`");
        return Err(ProviderError::new(ErrorKind::Invalid, CHANGE, message));
    };
    let key = Key { name: name::normal(record), kind: kind.to_owned(), set: parts.next().map(str::to_owned) };
    Ok((zone.to_owned(), key))
}

/// The identifier under which the change of one that waits is known: an update may have renamed the record.
fn own_identifier(item: &PendingItem) -> Identifier {
    match (parts(&item.identifier), Key::written(&item.properties)) {
        (Ok((zone, _)), Some(key)) => identifier(&zone, &key),
        _ => item.identifier.clone(),
    }
}

/// What tells a record from its siblings, for people: `A www.example.com (eu)`.
fn label(key: &Key) -> String {
    let set = key.set.as_ref().map(|set| format!(" ({set})")).unwrap_or_default();
    format!("{} {}{set}", key.kind, key.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_route53::types::{ResourceRecord, RrType};

    #[test]
    fn an_identifier_has_a_part_for_each_of_the_key() {
        for text in ["www.example.com|Z1|A|eu", "www.example.com|Z1|A"] {
            let (zone, key) = parts(&Identifier::new(text)).unwrap();
            assert_eq!(identifier(&zone, &key).as_str(), text);
        }
        assert!(parts(&Identifier::new("www.example.com")).is_err());
    }

    #[test]
    fn the_zones_own_records_and_awss_are_not_reported() {
        let address = Address::new("global", "zone", None);
        let zone =
            Zone { owner: Some(&address), apex: Some("example.com".to_owned()), wanted: HashMap::new() };
        let record =
            |name: &str, kind: RrType| ResourceRecordSet::builder().name(name).r#type(kind).build().unwrap();
        assert!(zone.live(&Scope::Global, "Z1", &record("example.com.", RrType::Ns)).is_none());
        let validation = |value: &str| {
            let mut record = record("_x.www.example.com.", RrType::Cname);
            record.resource_records = Some(vec![ResourceRecord::builder().value(value).build().unwrap()]);
            record
        };
        let of_acm = validation("_y.jkddzztszm.acm-validations.aws.");
        assert!(zone.live(&Scope::Global, "Z1", &of_acm).is_none());
        assert!(zone.live(&Scope::Global, "Z1", &validation("app.example.net.")).is_some());
        let delegation = zone.live(&Scope::Global, "Z1", &record("sub.example.com.", RrType::Ns)).unwrap();
        assert_eq!(delegation.identifier.as_str(), "sub.example.com|Z1|NS");
        assert_eq!(
            delegation.ownership,
            Ownership::Child { parent: Some(address.clone()), name: "NS sub.example.com".to_owned() }
        );
    }
}
