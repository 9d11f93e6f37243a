//! Only so many passwords are looked at at the same time, and everybody else is served meanwhile.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};

use crate::program::{PASSWORD, Row, Site};

/// As the gate has them: two a processor.
fn slots() -> usize {
    2 * usize::from(thread::available_parallelism().unwrap())
}

/// Takes every slot of a site, as sign-ins do that hash.
fn take_all(site: &Site) -> Vec<File> {
    let take = |slot| {
        let file = File::create(site.path(&format!("hashing.{slot}"))).unwrap();
        flock(&file, FlockOperation::NonBlockingLockExclusive).unwrap();
        file
    };
    (0..slots()).map(take).collect()
}

#[test]
fn past_a_short_wait_it_is_503_unhashed_and_everybody_else_is_served() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let slots = take_all(&site);
    let began = Instant::now();
    let sign_in = site.try_to_sign_in(PASSWORD);
    let answer = sign_in
        .logs(&["status=503 why=\"too many sign-ins at the same time"])
        .answer();
    let took = began.elapsed();
    assert_eq!((answer.status, answer.cookie()), (503, None));
    assert_eq!(answer.header("Retry-After"), Some("5"));
    answer.tells_only_its_id();
    assert!((2000..4000).contains(&took.as_millis()), "{took:?}");
    assert_eq!(
        site.count("SELECT COUNT(*) FROM attempts"),
        0,
        "it was no try"
    );
    assert!(site.is_signed_in(&token));
    assert_eq!(site.program("login").answer().status, 200);
    let sign_out = site.program("logout").cookie(&token).post(&[]);
    assert_eq!(sign_out.logs(&["event=signed_out"]).answer().status, 303);
    drop(slots);
    site.sign_in();
}

/// And has time of its own then: the store is busy for longer than the wait at the gate may last.
#[test]
fn who_waits_is_let_in_when_another_is_done() {
    let site = Site::new();
    let mut slots = take_all(&site);
    let store = site.sql();
    store.execute_batch("BEGIN EXCLUSIVE").unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| site.try_to_sign_in(PASSWORD).answer_whatever_is_logged());
        thread::sleep(Duration::from_millis(1500));
        assert!(!waiting.is_finished());
        // Any of them: the others may hang.
        slots.pop();
        thread::sleep(Duration::from_secs(1));
        assert!(!waiting.is_finished());
        store.execute_batch("ROLLBACK").unwrap();
        assert_eq!(waiting.join().unwrap().status, 303);
    });
}

/// A lock that outlived its process would end all sign-ins for ever.
#[test]
#[ignore = "needs flock, which every Debian has: tests/run runs it"]
fn a_slot_is_free_again_when_its_process_is_killed() {
    let site = Site::new();
    drop(take_all(&site));
    let hold = |slot| {
        let file = site.path(&format!("hashing.{slot}"));
        let mut command = Command::new("flock");
        command.arg("-n").arg("-o").arg(file).args(["sleep", "60"]);
        command.spawn().unwrap()
    };
    let mut holders: Vec<Child> = (0..slots()).map(hold).collect();
    let taken = || {
        (0..slots()).all(|slot| {
            let file = File::open(site.path(&format!("hashing.{slot}"))).unwrap();
            flock(&file, FlockOperation::NonBlockingLockExclusive).is_err()
        })
    };
    let began = Instant::now();
    while !taken() {
        assert!(began.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        site.try_to_sign_in(PASSWORD)
            .answer_whatever_is_logged()
            .status,
        503
    );
    let last = holders.pop().unwrap();
    kill_process(Pid::from_child(&last), Signal::KILL).unwrap();
    holders.push(last);
    assert_eq!(
        site.try_to_sign_in(PASSWORD)
            .answer_whatever_is_logged()
            .status,
        303
    );
    for mut holder in holders {
        let _ = holder.kill();
        holder.wait().unwrap();
    }
}

#[test]
fn a_folder_that_is_missing_or_open_to_others_stops_sign_ins_alone() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let folder = site.path("locks");
    let state = |path: &std::path::Path| {
        let config = format!("store = \"{}\"\nstate = {path:?}\n", site.url());
        crate::program::write_with_mode(&site.path("cgi-session.toml"), &config, 0o600);
    };
    state(&folder);
    let refused = |why: &str| {
        let answer = site.try_to_sign_in(PASSWORD).logs(&[why]).answer();
        assert_eq!(answer.status, 500);
        answer.tells_only_its_id();
        assert!(site.is_signed_in(&token));
    };
    refused(
        "cannot open: No such file or directory (os error 2); the web server needs it, mode 0700",
    );
    fs::create_dir(&folder).unwrap();
    for mode in [0o777, 0o730, 0o702] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        refused(&format!(
            "mode {mode:04o} lets others write there: use 0700"
        ));
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    // Files that lead elsewhere are not followed; while there is one that is none, it is a slot.
    for slot in 0..slots() {
        site.sign_in();
        let _ = fs::remove_file(folder.join(format!("hashing.{slot}")));
        std::os::unix::fs::symlink("/dev/null", folder.join(format!("hashing.{slot}"))).unwrap();
    }
    refused("cannot open hashing.");
    state(&site.path("cgi-session.toml"));
    refused("Not a directory");
}

/// What a process has in memory for itself, in kilobytes; 0 where it has ended. Its program's pages are in
/// memory once, however many run it.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

/// 200 sign-ins at once, while somebody who is signed in goes on reading.
#[test]
fn a_crowd_takes_no_more_memory_than_its_slots_and_checks_go_on() {
    let site = Site::with("[throttle]\nfree_tries = 100");
    let token = site.session(Row::FRESH);
    let fields = crate::program::encoded(&[("login_name", "demo"), ("password", PASSWORD)]);
    let body = site.path("body");
    fs::write(&body, &fields).unwrap();
    let start = |_| {
        let mut command = site.program("login").body(&fields).command();
        let command = command.stdin(File::open(&body).unwrap());
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let done = AtomicBool::new(false);
    let (mut checks, statuses, samples) = thread::scope(|scope| {
        let checks = scope.spawn(|| {
            let mut checks = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let began = Instant::now();
                assert!(site.is_signed_in(&token));
                checks.push(began.elapsed());
            }
            checks
        });
        let children: Vec<Child> = (0..200).map(start).collect();
        let processes: Vec<u32> = children.iter().map(Child::id).collect();
        let done = &done;
        let sampled = scope.spawn(move || {
            let mut samples = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let sizes = processes.iter().map(|process| resident(*process));
                samples.push(sizes.filter(|size| *size > 0).collect::<Vec<u64>>());
                thread::sleep(Duration::from_millis(2));
            }
            samples
        });
        let outputs = children
            .into_iter()
            .map(|child| child.wait_with_output().unwrap().stdout);
        let statuses: Vec<_> = outputs
            .map(|bytes| String::from_utf8_lossy(&bytes[8..11]).into_owned())
            .collect();
        done.store(true, Ordering::Relaxed);
        (checks.join().unwrap(), statuses, sampled.join().unwrap())
    });
    checks.sort();
    let count = |status: &str| statuses.iter().filter(|found| *found == status).count();
    eprintln!("{} signed in, {} at the gate", count("303"), count("503"));
    let percentile = |percent: usize| checks[(checks.len() - 1) * percent / 100];
    let (p50, p99) = (percentile(50), percentile(99));
    eprintln!("{} checks, p50 {p50:?}, p99 {p99:?}", checks.len());
    assert_eq!(count("303") + count("503"), 200, "{statuses:?}");
    assert!(count("303") >= slots());
    let opened = site.count("SELECT COUNT(*) FROM sessions") - 1;
    assert_eq!(opened, i64::try_from(count("303")).unwrap());
    let (mut most, mut most_hash) = (0, 0);
    for sizes in samples {
        let hash = sizes.iter().filter(|size| **size > 12 << 10).count();
        let kilobytes: u64 = sizes.iter().sum();
        let waiting = sizes.len().saturating_sub(slots()) as u64;
        let bearable = 25_000 * slots() as u64 + 3_000 * waiting;
        assert!(
            hash <= slots() && kilobytes <= bearable,
            "{hash} hash: {sizes:?}"
        );
        (most, most_hash) = (most.max(kilobytes), most_hash.max(hash));
    }
    eprintln!(
        "at most {most_hash} of {} hash at once, {most} kB in all",
        slots()
    );
    let slowest = percentile(100);
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}
