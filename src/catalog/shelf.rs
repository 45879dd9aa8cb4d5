//! One packed file, read one type at a time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::archive::{Archive, ArchiveError, Head};
use super::schema::TypeSchema;

/// A packed file with the types of it that were asked for.
pub(super) struct Shelf {
    archive: Archive,
    head: OnceLock<Option<Head>>,
    types: RwLock<HashMap<usize, Arc<TypeSchema>>>,
}

impl Shelf {
    /// A file's content; nothing is unpacked.
    pub fn parse(data: impl Into<Cow<'static, [u8]>>) -> Result<Self, ArchiveError> {
        let archive = Archive::parse(data.into())?;
        Ok(Self { archive, head: OnceLock::new(), types: RwLock::default() })
    }

    /// A type's schema, decoded on first use.
    pub fn get(&self, name: &str) -> Option<Arc<TypeSchema>> {
        let index = self.position(name)?;
        if let Some(known) = self.types.read().unwrap_or_else(PoisonError::into_inner).get(&index) {
            return Some(known.clone());
        }
        let schema = Arc::new(TypeSchema::build(name, &self.archive.schema(index).ok()?));
        // Two threads may have built it; the first to get here is the one that all see.
        let mut types = self.types.write().unwrap_or_else(PoisonError::into_inner);
        Some(types.entry(index).or_insert(schema).clone())
    }

    /// The place of a name in the sorted list.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.archive.position(name)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.archive.len()).map(|index| self.archive.name(index))
    }

    /// What the file says of itself.
    pub fn head(&self) -> Option<&Head> {
        self.head.get_or_init(|| self.archive.head().ok()).as_ref()
    }
}
