//! How slow, how late and how strict the simulated cloud is.

use std::time::Duration;

/// The habits of a cloud. Durations are those of the cloud's own clock, which `speed` makes run faster than the
/// wall's.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// How many seconds of the cloud pass in one of the wall.
    pub speed: f64,
    /// How long a call takes.
    pub call: Duration,
    /// How much of a type's usual create time passes until a new resource is ready; 0 makes it ready at once.
    pub create: f64,
    /// How much of it an update takes.
    pub update: f64,
    /// How much of it a delete takes.
    pub delete: f64,
    /// How long a new resource is missing from lists and answers `NotFound` by its id.
    pub visible_after: Duration,
    /// How long a new resource, or a new tag, is missing from the tag search.
    pub searchable_after: Duration,
    /// How long other services refuse a role that was just made.
    pub role_usable_after: Duration,
    /// The rate limit of each service in each region.
    pub rate: Option<Rate>,
    /// Which creates the cloud deduplicates by their token.
    pub tokens: TokenSupport,
    /// Whether the cloud sets optional properties that the request left out.
    pub fills_in: bool,
}

/// A token bucket.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Calls a second.
    pub per_second: f64,
    /// Calls at once.
    pub burst: f64,
}

/// Which creates a token makes safe to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSupport {
    /// Those whose API takes one: all but the old EC2 calls.
    AsAws,
    /// None: every type without a unique name can be made twice.
    Nowhere,
}

/// EC2's calls without a `ClientToken`.
const WITHOUT_TOKEN: [&str; 13] = [
    "AWS::EC2::VPC",
    "AWS::EC2::Subnet",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::DHCPOptions",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::CustomerGateway",
    "AWS::EC2::VPNConnection",
    "AWS::EC2::VPNGateway",
    "AWS::EC2::TransitGateway",
    "AWS::EC2::FlowLog",
    "AWS::EC2::SubnetRouteTableAssociation",
];

impl Behaviour {
    /// Everything at once, nothing refused: for benchmarks.
    pub fn instant() -> Self {
        Self {
            speed: 1.0,
            call: Duration::ZERO,
            create: 0.0,
            update: 0.0,
            delete: 0.0,
            visible_after: Duration::ZERO,
            searchable_after: Duration::ZERO,
            role_usable_after: Duration::ZERO,
            rate: None,
            tokens: TokenSupport::AsAws,
            fills_in: false,
        }
    }

    /// As AWS is on an ordinary day.
    pub fn like_aws() -> Self {
        Self {
            speed: 1.0,
            call: Duration::from_millis(120),
            create: 1.0,
            update: 0.3,
            delete: 0.5,
            visible_after: Duration::from_secs(2),
            searchable_after: Duration::from_secs(90),
            role_usable_after: Duration::from_secs(8),
            rate: Some(Rate { per_second: 20.0, burst: 60.0 }),
            tokens: TokenSupport::AsAws,
            fills_in: true,
        }
    }

    /// The same, with a clock that runs faster.
    #[must_use]
    pub fn sped_up(mut self, speed: f64) -> Self {
        self.speed = speed;
        self
    }

    /// Whether a create of this type is deduplicated by its token.
    pub(super) fn takes_token(&self, resource_type: &str) -> bool {
        self.tokens == TokenSupport::AsAws && !WITHOUT_TOKEN.contains(&resource_type)
    }
}
