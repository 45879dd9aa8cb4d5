//! AWS's published resource schemas and those of Kubernetes' built-in kinds, compiled in and read one type at a time.
//!
//! [`Catalog::embedded`] costs nothing; a type's [`TypeSchema`] is unpacked when it is first asked for and kept. The
//! data is `catalog/aws.catalog` and `catalog/kubernetes.catalog`, written by `catalog/update`; what they leave out is
//! in [`facts`].

mod archive;
pub mod check;
mod decode;
pub mod extension;
mod facts;
mod identity;
mod kinds;
mod objects;
mod paths;
pub mod property;
mod schema;
mod shelf;
#[cfg(test)]
mod tests;
mod transform;
mod tree;
mod zones;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use archive::Head;
use shelf::Shelf;

pub use archive::ArchiveError;
pub use facts::{Facts, NameRule, Ties, ties};
pub use objects::UnknownKind;
pub use property::{Property, PropertyId, Types};
pub use schema::TypeSchema;
pub use tree::Tree;

/// The files that `catalog/update` writes.
static DATA: &[u8] = include_bytes!("../../catalog/aws.catalog");
static KUBERNETES: &[u8] = include_bytes!("../../catalog/kubernetes.catalog");

/// All types that AWS publishes a schema for, and all kinds that Kubernetes comes with.
pub struct Catalog {
    aws: Shelf,
    kubernetes: Shelf,
}

impl Catalog {
    /// The catalog in this binary.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Catalog> = LazyLock::new(|| {
            // A test reads every type of the embedded files, so a binary that was built has sound ones.
            Catalog::parse(DATA).unwrap_or_else(|error| panic!("the embedded catalog: {error}"))
        });
        &EMBEDDED
    }

    /// A catalog from a file's content for AWS, with the embedded one for Kubernetes.
    ///
    /// # Errors
    /// When the content is not a catalog file of this version.
    pub fn parse(data: impl Into<Cow<'static, [u8]>>) -> Result<Self, ArchiveError> {
        Ok(Self { aws: Shelf::parse(data)?, kubernetes: Shelf::parse(KUBERNETES)? })
    }

    /// A type's schema, decoded on first use: `AWS::EC2::VPC` or `apps/v1/Deployment`.
    pub fn get(&self, resource_type: &str) -> Option<Arc<TypeSchema>> {
        self.shelf(resource_type).get(resource_type)
    }

    /// Whether there is such a type, without decoding it.
    pub fn contains(&self, resource_type: &str) -> bool {
        self.shelf(resource_type).position(resource_type).is_some()
    }

    /// Names of Kubernetes' types have a slash.
    fn shelf(&self, resource_type: &str) -> &Shelf {
        if resource_type.contains('/') { &self.kubernetes } else { &self.aws }
    }

    /// The names of all of AWS's types, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.aws.names()
    }

    /// The names of all of Kubernetes' types, sorted.
    pub fn kinds(&self) -> impl ExactSizeIterator<Item = &str> {
        self.kubernetes.names()
    }

    /// The type whose name is nearest to this one, if any is near: for messages.
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.shelf(name).names()).map(str::to_owned)
    }

    /// All regions' codes, sorted.
    pub fn regions(&self) -> &[String] {
        self.head().map_or(&[], |head| &head.regions)
    }

    /// Whether a region has a type; `None` for an unknown region or type.
    pub fn is_in_region(&self, resource_type: &str, region: &str) -> Option<bool> {
        let absent = self.head()?.absent.get(region)?;
        Some(!absent.contains(self.aws.position(resource_type)?))
    }

    /// The suffixes of a region's availability zones (`a`, `b`, `c`), sorted; empty for an unknown region.
    pub fn zones(&self, region: &str) -> &'static [&'static str] {
        zones::of(region)
    }

    /// Where AWS's schemas come from, with date and licence.
    pub fn source(&self) -> &str {
        self.head().map_or("", |head| &head.source)
    }

    /// Where Kubernetes' schemas come from, with release and licence.
    pub fn kubernetes_source(&self) -> &str {
        self.kubernetes.head().map_or("", |head| &head.source)
    }

    fn head(&self) -> Option<&Head> {
        self.aws.head()
    }
}

/// The candidate that is most like a misspelt name, if one is like it at all.
///
/// Letters' case counts half, so that `cidrblock` finds `CidrBlock` first.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LIKE: f64 = 0.82;
    let lower = name.to_lowercase();
    let likeness = |candidate: &str| {
        f64::midpoint(
            strsim::jaro_winkler(name, candidate),
            strsim::jaro_winkler(&lower, &candidate.to_lowercase()),
        )
    };
    let scored = candidates.into_iter().map(|candidate| (likeness(candidate), candidate));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.len().cmp(&a.1.len())));
    best.filter(|(score, _)| *score >= LIKE).map(|(_, candidate)| candidate)
}
