//! Who holds the lock, and whether that process can be known to be gone.

use std::fmt;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a lease lasts without renewal.
pub(super) const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Who holds the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockInfo {
    /// The user.
    pub holder: String,
    /// The machine.
    pub host: String,
    /// The process on it.
    pub pid: u32,
    /// What it does: `apply stage-3`.
    pub command: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when, unless it is renewed; by the holder's clock.
    pub expires: Timestamp,
    /// Tells this lock from the same process's next one.
    pub nonce: String,
    /// Where the process's number means something.
    #[serde(default)]
    pub processes: Processes,
}

/// A set of processes that see each other by number. Names of machines don't tell: many are called `localhost`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processes {
    /// The kernel's boot (`/proc/sys/kernel/random/boot_id`); empty where the system has none.
    pub boot: String,
    /// The namespace of process ids in it (`pid:[4026531836]`); empty where the system has none.
    pub namespace: String,
}

impl Processes {
    /// Those that this process sees.
    fn here() -> Self {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        Self { boot: boot.trim().to_owned(), namespace: namespace.to_string_lossy().into_owned() }
    }

    fn are_known(&self) -> bool {
        !self.boot.is_empty() && !self.namespace.is_empty()
    }
}

impl LockInfo {
    /// This process's lock for a command.
    pub fn mine(command: impl Into<String>) -> Self {
        let now = Timestamp::now();
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let holder =
            variable("USER").or_else(|| variable("USERNAME")).unwrap_or_else(|| "unknown".to_owned());
        let host = fs::read_to_string("/etc/hostname").ok().map(|text| text.trim().to_owned());
        let host = host.filter(|text| !text.is_empty()).or_else(|| variable("HOSTNAME"));
        Self {
            holder,
            host: host.or_else(|| variable("COMPUTERNAME")).unwrap_or_else(|| "unknown".to_owned()),
            pid: std::process::id(),
            command: command.into(),
            since: now,
            expires: now + LEASE,
            nonce: format!("{}-{:016x}", now.as_nanosecond(), RandomState::new().hash_one(now)),
            processes: Processes::here(),
        }
    }

    /// Whether its process is known to be gone: it was one of those that `other` sees, and is none of them now.
    pub(super) fn is_gone(&self, other: &Self) -> bool {
        self.processes.are_known()
            && self.processes == other.processes
            && !Path::new("/proc").join(self.pid.to_string()).exists()
    }

    /// Whether nothing says that it is gone.
    pub fn may_be_alive(&self) -> bool {
        !self.seems_expired() && !self.is_gone(&Self::mine(""))
    }

    /// Whether its lease ended, if its clock and ours agree.
    pub(super) fn seems_expired(&self) -> bool {
        Timestamp::now() > self.expires
    }
}

impl fmt::Display for LockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { holder, host, pid, command, since, expires, .. } = self;
        write!(f, "{holder}@{host} (pid {pid}, `{command}`) since {since:.0}, lease until {expires:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_gone_only_where_it_would_be_seen() {
        let here = LockInfo::mine("apply");
        assert!(!here.is_gone(&here));
        let gone = LockInfo { pid: u32::MAX, ..here.clone() };
        assert_eq!(gone.is_gone(&here), here.processes.are_known());
        let named_alike = |boot: &str, namespace: &str| LockInfo {
            processes: Processes { boot: boot.to_owned(), namespace: namespace.to_owned() },
            ..gone.clone()
        };
        let elsewhere = [
            named_alike("another", &here.processes.namespace),
            named_alike(&here.processes.boot, "pid:[1]"),
            named_alike("", ""),
        ];
        for other in elsewhere {
            assert!(!other.is_gone(&here), "another machine's processes are not ours to judge: {other:?}");
            assert!(!other.is_gone(&other.clone()) || other.processes.are_known());
        }
    }

    #[test]
    fn two_locks_of_a_process_differ() {
        assert_ne!(LockInfo::mine("apply").nonce, LockInfo::mine("apply").nonce);
    }
}
