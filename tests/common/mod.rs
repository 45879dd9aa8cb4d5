//! The AWS handlers over the wire, one at a time: what a plan and an apply ask of them, without plan and
//! apply.
//!
//! A test's body runs in a process of its own, whose environment points the AWS SDK at the emulators, in an
//! account that no other test sees.

// The end-to-end tests also use what these leave.
#[allow(dead_code)]
#[path = "../e2e/emulators.rs"]
mod emulators;

use std::collections::BTreeMap;
use std::future::Future;
use std::process::Command;
use std::time::Duration;

use emulators::Emulators;
use stackctl::model::{
    Address, Digest, Json, JsonMap, Lifecycle, Live, PropertyPath, Region, Scope, StackName, TAG_ADDRESS,
    TAG_STACK, Token,
};
use stackctl::providers::aws::AwsProvider;
use stackctl::providers::{
    Create, Delete, Delta, ErrorKind, Handler, Pending, PendingItem, Provider, ProviderError, Query,
    Readiness, Tagged, Update, Wanted,
};

/// Set in the process that runs a test's body.
const INSIDE: &str = "STACKCTL_TEST_INSIDE";
/// A variable that always holds the second emulator's address.
const SECOND: &str = "AWS_ENDPOINT_URL_SHIELD";
/// How often something that isn't ready is asked again.
const POLLS: usize = 60;

/// Runs a test's body against the emulators; where there are none the test is skipped and says so.
#[allow(dead_code)] // not every suite needs both
pub fn over_the_wire<F: Future<Output = ()>>(body: impl FnOnce(World) -> F) {
    run(emulators::start, &[], body);
}

/// [`over_the_wire`], these services (`EKS`, as in `AWS_ENDPOINT_URL_EKS`) by the second emulator.
#[allow(dead_code)]
pub fn over_the_wire_with<F: Future<Output = ()>>(second: &[&str], body: impl FnOnce(World) -> F) {
    run(emulators::start_with_moto, second, body);
}

fn run<F: Future<Output = ()>>(
    start: fn() -> Option<&'static Emulators>,
    second: &[&str],
    body: impl FnOnce(World) -> F,
) {
    if std::env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(async { body(World::connect().await).await });
    }
    let Some(emulators) = start() else { return };
    let elsewhere =
        second.iter().map(|service| (format!("AWS_ENDPOINT_URL_{service}"), &emulators.env[SECOND]));
    let name = std::thread::current().name().expect("libtest names its threads").to_owned();
    let digits = Digest::of(name.as_bytes()).to_string().replace(|c: char| !c.is_ascii_digit(), "7");
    let child = Command::new(std::env::current_exe().unwrap())
        .args([&name, "--exact", "--nocapture"])
        .envs(&emulators.env)
        .env("AWS_ENDPOINT_URL", &emulators.direct)
        .env("AWS_ACCESS_KEY_ID", &digits[..12])
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(elsewhere)
        .env(INSIDE, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{text}");
}

/// A stack in an empty account.
pub struct World {
    /// The provider under test.
    pub provider: AwsProvider,
    /// Whose everything is.
    pub stack: StackName,
}

/// What to look for: an address and its properties.
pub type Sought<'a> = (&'a str, Json);

impl World {
    async fn connect() -> Self {
        Self { provider: AwsProvider::connect().await, stack: StackName::new("shop") }
    }

    /// With another stack: the second emulator has one account for all tests.
    #[allow(dead_code)]
    pub fn of_stack(self, stack: &str) -> Self {
        Self { stack: StackName::new(stack), ..self }
    }

    /// The account that the credentials belong to.
    #[allow(dead_code)]
    pub async fn account(&self) -> String {
        self.provider.account().await.expect("an account")
    }

    fn handler(&self, resource_type: &str) -> std::sync::Arc<dyn Handler> {
        self.provider.handler(&resource_type.into()).expect("a handler")
    }

    /// The tags that own a resource, and one more.
    pub fn tags(&self, address: &str) -> BTreeMap<String, String> {
        let address = at(address).to_tag();
        let tags = [(TAG_STACK, self.stack.as_str()), (TAG_ADDRESS, &address), ("team", "web")];
        tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    /// Makes a resource and waits until it is ready.
    pub async fn make(&self, resource_type: &str, address: &str, properties: Json) -> Live {
        let (handler, scope, at) = (self.handler(resource_type), scope(address), at(address));
        let properties = object(properties);
        let tags = if handler_takes_tags(resource_type) { self.tags(address) } else { BTreeMap::new() };
        let token = Token::new(Digest::of(format!("{resource_type}{address}").as_bytes()).to_string());
        let request = Create {
            scope: &scope,
            stack: &self.stack,
            address: &at,
            properties: &properties,
            tags: &tags,
            token: &token,
            lifecycle: &Lifecycle::default(),
        };
        let identifier = handler.create(&request).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        if handler.deduplicates() {
            let again =
                handler.create(&request).await.unwrap_or_else(|error| panic!("{address} again: {error}"));
            assert_eq!(again, identifier, "{address}: a repeated create finds the first");
        }
        let item = PendingItem { identifier, address: at, properties, deleting: false };
        self.wait(&*handler, &scope, item).await.unwrap_or_else(|| panic!("{address} is gone"))
    }

    /// A bulk read.
    pub async fn list(
        &self,
        resource_type: &str,
        place: &str,
        sought: &[Sought<'_>],
        parents: &[Live],
    ) -> Vec<Live> {
        let scope = scope(&format!("{place}/x"));
        let wanted: Vec<Wanted> = sought
            .iter()
            .map(|(address, properties)| Wanted {
                address: at(address),
                properties: object(properties.clone()),
                unknown: Vec::new(),
                adopt: None,
            })
            .collect();
        let tagged = self.provider.tagged(&scope, &self.stack).await.expect("a tag search");
        self.list_with(resource_type, &scope, &wanted, parents, &tagged).await
    }

    /// What a bulk read finds by a hit of the tag search alone: not all emulators have all of them.
    #[allow(dead_code)]
    pub async fn list_by_tag(&self, live: &Live, address: &str) -> Vec<Live> {
        let hit = Tagged { arn: live.identifier.to_string(), tags: self.tags(address) };
        self.list_with(live.resource_type.as_str(), &live.scope, &[], &[], &[hit]).await
    }

    async fn list_with(
        &self,
        resource_type: &str,
        scope: &Scope,
        wanted: &[Wanted],
        parents: &[Live],
        tagged: &[Tagged],
    ) -> Vec<Live> {
        let query = Query { scope, stack: &self.stack, wanted, parents, tagged };
        self.handler(resource_type)
            .list(&query)
            .await
            .unwrap_or_else(|error| panic!("{resource_type}: {error}"))
    }

    /// The one resource that a bulk read finds.
    pub async fn one(
        &self,
        resource_type: &str,
        place: &str,
        sought: &[Sought<'_>],
        parents: &[Live],
    ) -> Live {
        let mut found = self.list(resource_type, place, sought, parents).await;
        assert_eq!(found.len(), 1, "{resource_type}: {found:#?}");
        found.remove(0)
    }

    /// Changes a resource and waits until it is ready.
    pub async fn change(&self, live: &Live, address: &str, properties: Json, set: &[&str], removed: &[&str]) {
        let paths = |texts: &[&str]| texts.iter().map(|text| PropertyPath::from(*text)).collect();
        let delta = Delta { set: paths(set), removed: paths(removed), ..Delta::default() };
        self.update(live, address, object(properties), delta).await;
    }

    /// Gives a resource one tag and takes another away.
    pub async fn retag(&self, live: &Live, address: &str, properties: Json) {
        let delta = Delta {
            tags_set: [("tier".to_owned(), "edge".to_owned())].into(),
            tags_removed: vec!["team".to_owned()],
            ..Delta::default()
        };
        self.update(live, address, object(properties), delta).await;
    }

    async fn update(&self, live: &Live, address: &str, properties: JsonMap, delta: Delta) {
        let (handler, at) = (self.handler(live.resource_type.as_str()), at(address));
        let tags = self.tags(address);
        let request = Update {
            scope: &live.scope,
            stack: &self.stack,
            address: &at,
            live,
            properties: &properties,
            tags: &tags,
            delta: &delta,
            token: &Token::new("update"),
            lifecycle: &Lifecycle::default(),
        };
        handler.update(&request).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        let item =
            PendingItem { identifier: live.identifier.clone(), address: at, properties, deleting: false };
        self.wait(&*handler, &live.scope, item).await.unwrap_or_else(|| panic!("{address} is gone"));
    }

    /// One attempt to delete.
    pub async fn try_remove(&self, live: &Live, force: bool) -> Result<(), ProviderError> {
        let request = Delete { scope: &live.scope, stack: &self.stack, live, force };
        self.handler(live.resource_type.as_str()).delete(&request).await
    }

    /// Deletes a resource, in as many steps as it takes, and waits until it is gone; then once more, which
    /// must do no harm.
    pub async fn remove(&self, live: &Live, force: bool) {
        let mut attempts = 0;
        while let Err(error) = self.try_remove(live, force).await {
            assert!(error.kind == ErrorKind::InUse && attempts < POLLS, "{}: {error}", live.identifier);
            attempts += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let item = PendingItem {
            identifier: live.identifier.clone(),
            address: at("global/x"),
            properties: JsonMap::new(),
            deleting: true,
        };
        let handler = self.handler(live.resource_type.as_str());
        assert!(
            self.wait(&*handler, &live.scope, item).await.is_none(),
            "{} is still there",
            live.identifier
        );
        self.try_remove(live, force).await.expect("to delete what is gone");
    }

    async fn wait(&self, handler: &dyn Handler, scope: &Scope, item: PendingItem) -> Option<Live> {
        let deleting = item.deleting;
        let items = [item];
        for _ in 0..POLLS {
            let request = Pending { scope, stack: &self.stack, items: &items };
            match handler.ready(&request).await.expect("a poll").remove(0) {
                Readiness::Ready(live) if !deleting => return Some(*live),
                Readiness::Gone => return None,
                Readiness::Failed(words) => panic!("{}: {words}", items[0].address),
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        panic!("{} is never ready", items[0].address)
    }
}

/// Children and what is known by name alone have no tags.
fn handler_takes_tags(resource_type: &str) -> bool {
    stackctl::catalog::Catalog::embedded().get(resource_type).is_none_or(|schema| schema.is_taggable())
}

fn scope(address: &str) -> Scope {
    match at(address).place() {
        "global" => Scope::Global,
        region => Scope::Region(Region::new(region)),
    }
}

fn at(address: &str) -> Address {
    address.parse().expect("an address")
}

fn object(json: Json) -> JsonMap {
    match json {
        Json::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

/// Fails unless `live` holds all of `wanted`, whatever else AWS shows.
pub fn assert_holds(live: &Json, wanted: &Json, at: &str) {
    match (live, wanted) {
        (Json::Object(live), Json::Object(wanted)) => {
            for (name, value) in wanted {
                let found = live.get(name).unwrap_or_else(|| panic!("{at}.{name} is missing in {live:#?}"));
                assert_holds(found, value, &format!("{at}.{name}"));
            }
        }
        (Json::Array(live), Json::Array(wanted)) if live.len() == wanted.len() => {
            for (index, (live, wanted)) in live.iter().zip(wanted).enumerate() {
                assert_holds(live, wanted, &format!("{at}[{index}]"));
            }
        }
        _ => assert_eq!(live, wanted, "{at}"),
    }
}
