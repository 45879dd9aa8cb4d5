//! What is counted over all applies of a stack.

use std::collections::BTreeSet;

use object_store::PutMode;
use serde::{Deserialize, Serialize};

use super::{Ledger, Result};
use crate::model::Region;

const OBJECT: &str = "book.json";

/// Counts and memories of a stack; every one can be lost without harm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// How many applies came to their end. It is part of client tokens: the same until an apply ends, so that a retry
    /// after a crash is the same request, and another one afterwards.
    pub finished_applies: u64,
    /// Every region the stack was ever in, so that what was left behind in one is still found.
    #[serde(default)]
    pub regions: BTreeSet<Region>,
}

impl Ledger {
    /// Reads the book; an empty one where there is none or it is damaged.
    pub async fn book(&self) -> Result<Book> {
        Ok(self.read_json(OBJECT).await?.unwrap_or_default())
    }

    /// Remembers regions before anything is made in them.
    pub async fn enter_regions(&self, regions: impl IntoIterator<Item = Region> + Send) -> Result<Book> {
        let mut book = self.book().await?;
        let known = book.regions.len();
        book.regions.extend(regions);
        if book.regions.len() > known {
            self.write_json(OBJECT, &book, PutMode::Overwrite).await?;
        }
        Ok(book)
    }

    /// Counts an apply that came to its end.
    pub async fn finish_apply(&self) -> Result<Book> {
        let mut book = self.book().await?;
        book.finished_applies += 1;
        self.write_json(OBJECT, &book, PutMode::Overwrite).await?;
        Ok(book)
    }
}
