//! AWS's published resource schemas, compiled in and read one type at a time.
//!
//! [`Catalog::embedded`] costs nothing; a type's [`TypeSchema`] is unpacked when it is first asked for and kept. The
//! data is `catalog/aws.catalog`, written by `catalog/update`; what it leaves out is in [`facts`].

mod archive;
pub mod check;
mod decode;
pub mod extension;
mod facts;
mod identity;
mod kinds;
mod paths;
pub mod property;
mod schema;
#[cfg(test)]
mod tests;
mod tree;
mod zones;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use archive::{Archive, Head};

pub use archive::ArchiveError;
pub use facts::{Facts, NameRule};
pub use property::{Property, PropertyId, Types};
pub use schema::TypeSchema;
pub use tree::Tree;

/// The file that `catalog/update` writes.
static DATA: &[u8] = include_bytes!("../../catalog/aws.catalog");

/// All types that AWS publishes a schema for.
pub struct Catalog {
    archive: Archive,
    head: OnceLock<Option<Head>>,
    types: RwLock<HashMap<usize, Arc<TypeSchema>>>,
}

impl Catalog {
    /// The catalog in this binary.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Catalog> = LazyLock::new(|| {
            // A test reads every type of the embedded file, so a binary that was built has a sound one.
            Catalog::parse(DATA).unwrap_or_else(|error| panic!("the embedded catalog: {error}"))
        });
        &EMBEDDED
    }

    /// A catalog from a file's content.
    ///
    /// # Errors
    /// When the content is not a catalog file of this version.
    pub fn parse(data: impl Into<Cow<'static, [u8]>>) -> Result<Self, ArchiveError> {
        let archive = Archive::parse(data.into())?;
        Ok(Self { archive, head: OnceLock::new(), types: RwLock::default() })
    }

    /// A type's schema, decoded on first use.
    pub fn get(&self, resource_type: &str) -> Option<Arc<TypeSchema>> {
        let index = self.archive.position(resource_type)?;
        if let Some(known) = self.types.read().unwrap_or_else(PoisonError::into_inner).get(&index) {
            return Some(known.clone());
        }
        let schema = Arc::new(TypeSchema::build(resource_type, &self.archive.schema(index).ok()?));
        // Two threads may have built it; the first to get here is the one that all see.
        let mut types = self.types.write().unwrap_or_else(PoisonError::into_inner);
        Some(types.entry(index).or_insert(schema).clone())
    }

    /// Whether there is such a type, without decoding it.
    pub fn contains(&self, resource_type: &str) -> bool {
        self.archive.position(resource_type).is_some()
    }

    /// All types' names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.archive.len()).map(|index| self.archive.name(index))
    }

    /// The type whose name is nearest to this one, if any is near: for messages.
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.names()).map(str::to_owned)
    }

    /// All regions' codes, sorted.
    pub fn regions(&self) -> &[String] {
        self.head().map_or(&[], |head| &head.regions)
    }

    /// Whether a region has a type; `None` for an unknown region or type.
    pub fn is_in_region(&self, resource_type: &str, region: &str) -> Option<bool> {
        let absent = self.head()?.absent.get(region)?;
        Some(!absent.contains(self.archive.position(resource_type)?))
    }

    /// The suffixes of a region's availability zones (`a`, `b`, `c`), sorted; empty for an unknown region.
    pub fn zones(&self, region: &str) -> &'static [&'static str] {
        zones::of(region)
    }

    /// Where the data comes from, with date and licence.
    pub fn source(&self) -> &str {
        self.head().map_or("", |head| &head.source)
    }

    fn head(&self) -> Option<&Head> {
        self.head.get_or_init(|| self.archive.head().ok()).as_ref()
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
