//! The ledger on a real folder.

use std::time::Duration;

use super::holder::Processes;
use super::lock::{Try, Watch};
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
        matches!(&refused, LedgerError::Locked { holder: Some(holder) } if holder.pid == std::process::id()),
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

/// A lock of a process that can't be seen from here.
fn elsewhere(expires_in: i64) -> LockInfo {
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(expires_in);
    LockInfo { expires, processes: Processes::default(), ..LockInfo::mine("apply") }
}

#[tokio::test]
async fn a_lock_that_is_not_renewed_is_taken_over_by_one_alone() {
    tokio::time::pause();
    let (_dir, in_folder) = folder().await;
    for ledger in [in_folder, Ledger::in_memory()] {
        ledger.write_json("lock.json", &elsewhere(-1), PutMode::Create).await.unwrap();
        let began = tokio::time::Instant::now();
        let tries = (0..8).map(|_| ledger.lock("apply", Duration::ZERO));
        let mut leases: Vec<_> =
            futures::future::join_all(tries).await.into_iter().filter_map(Result::ok).collect();
        assert_eq!(leases.len(), 1);
        assert!(began.elapsed() >= Duration::from_mins(1), "it was watched for a lease");
        let lease = leases.remove(0);
        lease.check().await.expect("the winner has it");
        lease.release().await.unwrap();
        assert_eq!(ledger.holder().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_clock_that_is_ahead_steals_no_lock() {
    tokio::time::pause();
    let ledger = Ledger::in_memory();
    let theirs = elsewhere(-3600);
    ledger.write_json("lock.json", &theirs, PutMode::Create).await.unwrap();
    let renewed = LockInfo { expires: theirs.expires + jiff::SignedDuration::from_secs(20), ..theirs };
    let renewal = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        ledger.write_json("lock.json", &renewed, PutMode::Overwrite).await.unwrap();
    };
    let (refused, ()) = tokio::join!(ledger.lock("apply", Duration::ZERO), renewal);
    assert!(matches!(refused, Err(LedgerError::Locked { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_clock_that_is_behind_takes_over_what_is_left_if_it_may_wait() {
    tokio::time::pause();
    let ledger = Ledger::in_memory();
    ledger.write_json("lock.json", &elsewhere(3600), PutMode::Create).await.unwrap();
    assert!(ledger.lock("apply", Duration::from_secs(30)).await.is_err());
    ledger.lock("apply", Duration::from_secs(90)).await.unwrap().release().await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_lock_of_a_process_that_is_gone_is_taken_over_at_once() {
    let (_dir, ledger) = folder().await;
    let dead = LockInfo { pid: u32::MAX, ..LockInfo::mine("apply") };
    ledger.write_json("lock.json", &dead, PutMode::Create).await.unwrap();
    let tries = (0..8).map(|_| ledger.lock("apply", Duration::ZERO));
    let leases: Vec<_> = futures::future::join_all(tries).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(leases.len(), 1, "one alone takes over what was left behind");
    leases[0].check().await.expect("the winner has it");
}

#[tokio::test]
async fn a_damaged_lock_does_not_lock_for_ever() {
    tokio::time::pause();
    let (dir, ledger) = folder().await;
    let file = dir.path().join(".stackctl/shop/lock.json");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, "{").unwrap();
    ledger.lock("apply", Duration::ZERO).await.unwrap().release().await.unwrap();
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_ours() {
    let ledger = Ledger::in_memory();
    let mine = LockInfo::mine("apply");
    ledger.write_json("lock.json", &mine, PutMode::Create).await.unwrap();
    let again = ledger.try_lock(mine, &mut Watch::default()).await.unwrap();
    assert!(matches!(again, Try::Taken(_)));
}

#[tokio::test]
async fn a_lease_that_was_lost_is_noticed_when_it_is_checked() {
    let (_dir, ledger) = folder().await;
    let lease = ledger.lock("apply", Duration::ZERO).await.unwrap();
    lease.check().await.expect("it is held");
    ledger.unlock().await.unwrap();
    let lost = lease.check().await.unwrap_err();
    assert_eq!(lost.to_string(), "the stack's lock was lost: it was removed, or not renewed in time");
    let other = ledger.lock("destroy", Duration::ZERO).await.unwrap();
    let lost = lease.check().await.unwrap_err();
    assert!(lost.to_string().contains("`destroy`"), "{lost}");
    lease.release().await.unwrap();
    other.check().await.expect("who lost a lock does not remove another's");
}

#[tokio::test]
async fn a_lease_that_can_not_be_renewed_is_lost_when_it_ends() {
    tokio::time::pause();
    let (dir, ledger) = folder().await;
    let lease = ledger.lock("apply", Duration::ZERO).await.unwrap();
    // A folder in the file's place: neither read nor written, and nobody else's.
    let file = dir.path().join(".stackctl/shop/lock.json");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir_all(file.join("x")).unwrap();
    let began = tokio::time::Instant::now();
    tokio::time::timeout(Duration::from_mins(2), lease.lost()).await.expect("it ends");
    assert!(began.elapsed() < Duration::from_secs(65), "{:?}", began.elapsed());
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
    let book = ledger.finish_apply().await.unwrap();
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
