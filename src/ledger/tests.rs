//! The ledger on a real folder.

use std::time::Duration;

use super::*;
use crate::apply::{Announcement, Announcements, Event, Listener, Outcome, Step};
use crate::model::{Action, Address, Identifier, Region, ResourceType, Token};

async fn folder() -> (tempfile::TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::Folder(dir.path().join(".stackctl"));
    let ledger = Ledger::open(&location, &StackName::new("shop")).await.unwrap();
    (dir, ledger)
}

fn notice(path: &str) -> Announcement {
    Announcement {
        address: Address::new("eu-west-1", path, None),
        resource_type: ResourceType::new("AWS::EC2::VPC"),
        token: Token::new("t").as_str().to_owned(),
        at: jiff::Timestamp::now(),
    }
}

#[tokio::test]
async fn one_alone_holds_the_lock() {
    let (_dir, ledger) = folder().await;
    let lease = ledger.lock("apply", Duration::ZERO).await.unwrap();
    let refused = ledger.lock("apply", Duration::ZERO).await.unwrap_err();
    assert!(
        matches!(&refused, LedgerError::Locked { holder } if holder.pid == std::process::id()),
        "{refused}"
    );
    assert!(refused.to_string().contains("stackctl unlock"));
    lease.release().await.unwrap();
    ledger.lock("apply", Duration::ZERO).await.unwrap().release().await.unwrap();
}

#[tokio::test]
async fn of_many_who_try_at_once_one_gets_the_lock() {
    let (_dir, ledger) = folder().await;
    let tries = (0..16).map(|_| ledger.lock("apply", Duration::ZERO));
    let leases: Vec<_> = futures::future::join_all(tries).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(leases.len(), 1);
}

#[tokio::test]
async fn a_lock_whose_lease_ended_is_taken_over_by_one_alone() {
    for ledger in [folder().await.1, Ledger::in_memory()] {
        let mut old = LockInfo::mine("apply");
        old.host = "elsewhere".to_owned();
        old.expires = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(1);
        ledger.write_json("lock.json", &old, PutMode::Create).await.unwrap();
        let lease = ledger.lock("apply", Duration::ZERO).await.unwrap();
        assert!(ledger.lock("apply", Duration::ZERO).await.is_err());
        lease.release().await.unwrap();
        assert_eq!(ledger.holder().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_damaged_lock_does_not_lock_for_ever() {
    let (dir, ledger) = folder().await;
    let file = dir.path().join(".stackctl/shop/lock.json");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, "{").unwrap();
    ledger.lock("apply", Duration::ZERO).await.unwrap().release().await.unwrap();
}

#[tokio::test]
async fn unlock_says_whose_lock_it_was_and_its_holder_notices() {
    tokio::time::pause();
    let (_dir, ledger) = folder().await;
    let lease = ledger.lock("apply stage-2", Duration::ZERO).await.unwrap();
    let holder = ledger.unlock().await.unwrap().unwrap();
    assert_eq!(holder.command, "apply stage-2");
    tokio::time::timeout(Duration::from_mins(1), lease.lost())
        .await
        .expect("the loss is noticed within a lease");
}

#[tokio::test]
async fn a_held_lock_is_renewed() {
    tokio::time::pause();
    let (_dir, ledger) = folder().await;
    let lease = ledger.lock("apply", Duration::ZERO).await.unwrap();
    let first = ledger.holder().await.unwrap().unwrap().expires;
    tokio::time::sleep(Duration::from_secs(45)).await;
    let later = ledger.holder().await.unwrap().unwrap().expires;
    assert!(later > first);
    lease.release().await.unwrap();
}

#[tokio::test]
async fn the_book_counts_and_remembers() {
    let (dir, ledger) = folder().await;
    assert_eq!(ledger.book().await.unwrap(), Book::default());
    ledger.enter_regions([Region::new("eu-west-1")]).await.unwrap();
    ledger.enter_regions([Region::new("us-east-1")]).await.unwrap();
    let book = ledger.finish_apply(Some("stage-2")).await.unwrap();
    assert_eq!((book.finished_applies, book.regions.len()), (1, 2));
    std::fs::write(dir.path().join(".stackctl/shop/book.json"), "not json").unwrap();
    assert_eq!(ledger.book().await.unwrap(), Book::default(), "a damaged book is an empty one");
}

#[tokio::test]
async fn announcements_outlive_the_process_until_they_are_settled() {
    let (_dir, ledger) = folder().await;
    let first = ledger.notices("1").await.unwrap();
    first.announce(notice("a")).await.unwrap();
    first.announce(notice("b")).await.unwrap();
    first.settle(&notice("b").address);
    drop(first);

    let second = ledger.notices("2").await.unwrap();
    assert!(second.open(&notice("a").address).is_some());
    second.settle(&notice("a").address);
    second.settle(&notice("b").address);
    second.close().await.unwrap();

    let third = ledger.notices("3").await.unwrap();
    assert!(third.open(&notice("a").address).is_none());
    assert!(ledger.names("announcements").await.unwrap().is_empty());
}

#[tokio::test]
async fn an_old_announcement_is_no_question_any_more() {
    let ledger = Ledger::in_memory();
    let old =
        Announcement { at: jiff::Timestamp::now() - jiff::SignedDuration::from_hours(25), ..notice("a") };
    ledger.notices("1").await.unwrap().announce(old).await.unwrap();
    assert!(!ledger.notices("2").await.unwrap().is_open(&notice("a").address));
}

#[tokio::test]
async fn announcements_made_at_once_share_writes() {
    let ledger = Ledger::in_memory();
    let notices = ledger.notices("1").await.unwrap();
    let many: Vec<_> = (0..200).map(|index| notice(&format!("r{index}"))).collect();
    let made = futures::future::join_all(many.iter().cloned().map(|notice| notices.announce(notice))).await;
    assert!(made.into_iter().all(|one| one.is_ok()));
    let again = ledger.notices("2").await.unwrap();
    assert!(many.iter().all(|notice| again.open(&notice.address).is_some()));
}

#[tokio::test]
async fn the_history_is_newest_first() {
    let (_dir, ledger) = folder().await;
    let address = Address::new("eu-west-1", "vpc", None);
    for stage in ["stage-1", "stage-2"] {
        let mut recorder = Recorder::new(&LockInfo::mine(format!("apply {stage}")));
        recorder.hear(&Event::Began {
            stack: "shop".into(),
            stage: Some(stage.into()),
            changes: 1,
            at: String::new(),
        });
        recorder.hear(&Event::Finished {
            address: address.clone(),
            resource_type: ResourceType::new("AWS::EC2::VPC"),
            action: Action::Create,
            step: Step::Create,
            identifier: Identifier::new("vpc-1"),
            took_ms: 12,
            at_ms: 12,
        });
        let outcome = Outcome { done: 1, ..Outcome::default() };
        recorder.hear(&Event::Ended { outcome, at_ms: 12 });
        ledger.record(&recorder.finish([("ec2".to_owned(), 3)].into())).await.unwrap();
    }
    let history = ledger.history(10).await.unwrap();
    let stages: Vec<_> = history.iter().filter_map(|record| record.stage.as_deref()).collect();
    assert_eq!(stages, ["stage-2", "stage-1"]);
    assert_eq!(history[0].changes[0].fate, Fate::Done);
    assert_eq!(history[0].changes[0].action, "create");
}

/// On a real S3 or an emulator: `STACKCTL_TEST_LEDGER=s3://bucket/prefix`, with the usual AWS variables.
#[cfg(feature = "aws")]
#[tokio::test]
async fn a_shared_ledger_on_s3() {
    let Ok(place) = std::env::var("STACKCTL_TEST_LEDGER") else {
        eprintln!("SKIPPED: STACKCTL_TEST_LEDGER names no s3://bucket/prefix");
        return;
    };
    let location: Location = place.parse().unwrap();
    let stack = StackName::new(format!("test-{}", jiff::Timestamp::now().as_nanosecond()));
    let ledger = Ledger::open(&location, &stack).await.unwrap();
    assert_eq!(ledger.book().await.unwrap(), Book::default());
    let tries = (0..8).map(|_| ledger.lock("apply", Duration::ZERO));
    let mut leases: Vec<_> =
        futures::future::join_all(tries).await.into_iter().filter_map(std::result::Result::ok).collect();
    assert_eq!(leases.len(), 1, "one alone gets the lock");
    let refused = ledger.lock("apply", Duration::ZERO).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Locked { .. }), "{refused}");
    leases.remove(0).release().await.unwrap();

    let mut old = LockInfo::mine("apply");
    old.host = "elsewhere".to_owned();
    old.expires = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(1);
    ledger.write_json("lock.json", &old, PutMode::Create).await.unwrap();
    let tries = (0..8).map(|_| ledger.lock("apply", Duration::ZERO));
    let taken =
        futures::future::join_all(tries).await.into_iter().filter_map(std::result::Result::ok).count();
    assert_eq!(taken, 1, "one alone takes over what was left behind");
    ledger.unlock().await.unwrap();

    ledger.enter_regions([Region::new("eu-west-1")]).await.unwrap();
    assert_eq!(ledger.finish_apply(None).await.unwrap().finished_applies, 1);
    let notices = ledger.notices("1").await.unwrap();
    notices.announce(notice("a")).await.unwrap();
    assert!(ledger.notices("2").await.unwrap().is_open(&notice("a").address));
    ledger.record(&Recorder::new(&LockInfo::mine("apply")).finish([].into())).await.unwrap();
    assert_eq!(ledger.history(3).await.unwrap().len(), 1);
}

#[test]
fn places_are_read() {
    let s3: Location = "s3://team-ledger/streamnow/".parse().unwrap();
    assert_eq!(s3, Location::S3 { bucket: "team-ledger".into(), prefix: "streamnow".into() });
    assert_eq!(s3.to_string(), "s3://team-ledger/streamnow");
    assert!("gs://bucket".parse::<Location>().is_err());
    assert!("s3:///x".parse::<Location>().is_err());
    assert_eq!(Location::default().to_string(), ".stackctl");
}

#[tokio::test]
async fn hints_are_kept_and_a_damaged_one_is_none() {
    let (_dir, ledger) = folder().await;
    assert!(ledger.hints().await.unwrap().is_empty());
    let hint = crate::model::Hint {
        resource_type: ResourceType::new("AWS::Lambda::Permission"),
        scope: crate::model::Scope::Region(Region::new("eu-west-1")),
        identifier: Identifier::new("resize|1a"),
        address: Address::new("eu-west-1", "mayInvoke", None),
    };
    let hints = std::collections::BTreeSet::from([hint]);
    ledger.leave_hints(&hints).await.unwrap();
    assert_eq!(ledger.hints().await.unwrap(), hints);
    ledger.write_json("hints.json", &"?", PutMode::Overwrite).await.unwrap();
    assert!(ledger.hints().await.unwrap().is_empty());
}
