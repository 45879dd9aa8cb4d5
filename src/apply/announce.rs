//! The promise before a create that can't be deduplicated: "I am about to make this".

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::{Address, ResourceType};

/// A create that was about to be made. Without a known outcome it may or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Of which resource.
    pub address: Address,
    /// Its type.
    #[serde(rename = "type")]
    pub resource_type: ResourceType,
    /// The client token it is made with.
    pub token: String,
    /// When.
    pub at: Timestamp,
}

/// An announcement that could not be written down; the create must not be made.
#[derive(Clone, Debug, Error)]
#[error("the create can't be announced, so it is not made: {0}")]
pub struct AnnouncementError(pub String);

/// Where announcements are kept: the ledger.
#[async_trait]
pub trait Announcements: Send + Sync {
    /// The announcement of an address whose outcome is not known.
    fn open(&self, address: &Address) -> Option<Announcement>;

    /// Writes one down; returns when it would survive the process.
    async fn announce(&self, announcement: Announcement) -> Result<(), AnnouncementError>;

    /// Its outcome is known. Need not survive the process: what is settled twice is settled.
    fn settle(&self, address: &Address);
}
