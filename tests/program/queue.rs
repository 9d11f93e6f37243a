//! Only so many passwords are hashed at the same time. Other sign-ins wait their turn, and all other requests are
//! served meanwhile.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};

use cgi_session::auth::hashing_queue::{self, Arriving, Slot};
use cgi_session::config::Secret;
use cgi_session::deadline::Deadline;
use cgi_session::error::Error;
use cgi_session::model::LoginName;

use crate::harness::{NAME, PASSWORD, Row, Site};

const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// As the queue has them: two a processor.
fn slots() -> usize {
    2 * usize::from(thread::available_parallelism().unwrap())
}

/// Takes a site's locks of one kind, as programs do.
fn take(site: &Site, kind: &str, numbers: usize) -> Vec<File> {
    let take = |number| {
        let file = File::create(site.path(&format!("{kind}.{number}"))).unwrap();
        flock(&file, FlockOperation::NonBlockingLockExclusive).unwrap();
        file
    };
    (0..numbers).map(take).collect()
}

/// Takes every slot of a site, as sign-ins do that hash.
fn take_all(site: &Site) -> Vec<File> {
    take(site, "hashing", slots())
}

/// Waits without a process, for as long as it takes.
fn enter(site: &Site, client: &str, known_as: Option<&str>) -> Result<Slot, Error> {
    let mut deadline = Deadline::new(|_| ());
    let known_as = known_as.map(|name| LoginName::parse(name).unwrap());
    let who = Arriving {
        client,
        known_as: known_as.as_ref(),
    };
    let secret = Secret::new(SECRET.to_owned());
    hashing_queue::enter(&site.path(""), &secret, &who, &mut deadline)
}

/// Until so many have locks of this kind, or wait for them, by the kernel's word.
#[track_caller]
fn until_locked(site: &Site, kind: &str, wanted: usize) {
    use std::os::unix::fs::MetadataExt as _;
    let began = Instant::now();
    loop {
        let files = fs::read_dir(site.path("")).unwrap().flatten();
        let files = files.filter(|file| file.file_name().to_string_lossy().starts_with(kind));
        let inodes: Vec<String> = files
            .map(|file| format!(":{} ", file.metadata().unwrap().ino()))
            .collect();
        let locks = fs::read_to_string("/proc/locks").unwrap();
        let of_them = |line: &&str| inodes.iter().any(|inode| line.contains(inode));
        let found = locks.lines().filter(of_them).count();
        if found >= wanted {
            return;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{kind}: {found} of {wanted}"
        );
        thread::sleep(Duration::from_millis(2));
    }
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
        crate::harness::write_with_mode(&site.path("cgi-session.toml"), &config, 0o600);
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

/// NFS, without its lock daemon for one: a lock that nobody can take is not one that somebody else has.
#[test]
#[ignore = "needs strace with CAP_SYS_PTRACE: tests/run installs and runs it"]
fn a_folder_where_no_file_can_be_locked_is_the_folders_failure() {
    let site = Site::new();
    for (error, why) in [
        ("EBADF", "Bad file descriptor"),
        ("ENOLCK", "No locks available"),
    ] {
        let inject = format!("inject=flock:error={error}");
        let program = site.try_to_sign_in(PASSWORD).with_fault(&inject);
        let answer = program.logs(&["cannot lock waiting."]).answer();
        assert_eq!(answer.status, 500, "{answer:?}");
        assert!(answer.log.contains(why), "{answer:?}");
        answer.tells_only_its_id();
    }
    site.sign_in();
}

/// All who wait get a slot in turn. A client that already has one waits until it is free.
#[test]
fn clients_come_in_turn_and_each_has_one_place_at_a_time() {
    let site = Site::new();
    let slots = take_all(&site);
    let order = Mutex::new(Vec::new());
    let others = [
        ("192.0.2.2", "bob"),
        ("2001:db8::1", "carol"),
        ("2001:db8:1::1", "dave"),
    ];
    thread::scope(|scope| {
        // Free also where this fails, or the others would wait for ever.
        let mut slots = slots;
        let (site, order) = (&site, &order);
        let come = |client: &'static str, name: &'static str| {
            scope.spawn(move || {
                let slot = enter(site, client, None).unwrap();
                order.lock().unwrap().push(name);
                let began = Instant::now();
                // It hashes until all others have come.
                while name == "anna's first"
                    && order.lock().unwrap().len() < 4
                    && began.elapsed() < Duration::from_secs(20)
                {
                    thread::sleep(Duration::from_millis(5));
                }
                drop(slot);
            });
        };
        come("192.0.2.1", "anna's first");
        until_locked(site, "front", 1);
        come("192.0.2.1", "anna's second");
        come("192.0.2.1", "anna's third");
        // Behind the one who holds it, one after the other.
        for (ahead, (client, name)) in others.into_iter().enumerate() {
            come(client, name);
            until_locked(site, "front", ahead + 2);
        }
        // One for the first, and then one that the others take in turn.
        for come in [1, 4] {
            slots.pop();
            let began = Instant::now();
            while order.lock().unwrap().len() < come {
                assert!(began.elapsed() < Duration::from_secs(20));
                thread::sleep(Duration::from_millis(5));
            }
        }
    });
    let order = order.into_inner().unwrap();
    assert_eq!(order[..4], ["anna's first", "bob", "carol", "dave"]);
    assert!(
        order[4..].iter().all(|name| name.starts_with("anna's")),
        "{order:?}"
    );
}

/// Thousands of people are in one carrier's /48: whoever comes with many connections from one /64 of it has one turn,
/// and the others theirs, and all of them together have one beside another network.
#[test]
fn networks_take_turns_and_in_each_the_clients() {
    let site = Site::new();
    let slots = take_all(&site);
    let order = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let slots = slots;
        let (site, order) = (&site, &order);
        let come = |client: String, name: &'static str| {
            scope.spawn(move || {
                let slot = enter(site, &client, None).unwrap();
                order.lock().unwrap().push(name);
                // Long enough for whoever is next to be there.
                thread::sleep(Duration::from_millis(30));
                drop(slot);
            })
        };
        let mut waiting: Vec<_> = (0..5)
            .map(|host| come(format!("2001:db8:1:1::{host}"), "eve"))
            .collect();
        until_locked(site, "front", 1);
        waiting.push(come("2001:db8:1:2::1".to_owned(), "anna"));
        waiting.push(come("2001:db8:1:3::1".to_owned(), "bob"));
        waiting.push(come("2001:db8:2:1::1".to_owned(), "carol"));
        // All have come: one of eve's and carol are first in their network's line, anna and bob stand in the first one.
        until_locked(site, "front", 2);
        until_locked(site, "network.", 4);
        drop(slots);
        for each in waiting {
            each.join().unwrap();
        }
    });
    let order = order.into_inner().unwrap();
    let place = |name| order.iter().position(|found| *found == name).unwrap();
    assert!(place("carol") <= 1, "{order:?}");
    // Of eve's five, one stood at the front already. The kernel wakes who is next, and another may be a little faster.
    let last = order.iter().rposition(|found| *found == "eve").unwrap();
    assert!(place("anna") < last && place("bob") < last, "{order:?}");
}

/// As many wait as may, and no more: of one client, of one /48, and in all. Whoever is refused learns it after a
/// second, and does not come back sooner.
#[test]
fn past_a_bounded_queue_it_is_503_after_a_second() {
    let site = Site::with(&format!("secret = \"{SECRET}\""));
    let slots = take_all(&site);
    let full = AtomicUsize::new(0);
    thread::scope(|scope| {
        let slots = slots;
        let (site, full) = (&site, &full);
        let come = |client: String| {
            scope.spawn(move || match enter(site, &client, None) {
                Ok(slot) => drop(slot),
                Err(Error::QueueFull) => {
                    full.fetch_add(1, Ordering::Relaxed);
                }
                Err(other) => panic!("{other}"),
            })
        };
        let waiting = |places: usize| {
            let held = |number| {
                let file = File::open(site.path(&format!("waiting.{number}")));
                file.is_ok_and(|file| {
                    flock(&file, FlockOperation::NonBlockingLockExclusive).is_err()
                })
            };
            let began = Instant::now();
            while (0..128).filter(|number| held(*number)).count() != places {
                assert!(began.elapsed() < Duration::from_secs(20));
                thread::sleep(Duration::from_millis(2));
            }
        };
        let refused = |more: usize| {
            let began = Instant::now();
            while full.load(Ordering::Relaxed) < more {
                assert!(began.elapsed() < Duration::from_secs(20));
                thread::sleep(Duration::from_millis(2));
            }
            assert_eq!(full.swap(0, Ordering::Relaxed), more);
        };
        // The program's own client.
        for _ in 0..20 {
            come("192.0.2.7".to_owned());
        }
        refused(4);
        waiting(16);
        for host in 0..12 {
            come(format!("2001:db8:1:1::{host:x}"));
        }
        refused(4);
        waiting(24);
        for client in 2..200 {
            come(format!("2001:db8:1:{client:x}::1"));
        }
        // The two networks have one place in common.
        refused(191);
        waiting(31);
        let began = Instant::now();
        let answer = site.try_to_sign_in(PASSWORD);
        let why = "status=503 why=\"too many sign-ins at the same time: no waiting place is free";
        let answer = answer.logs(&[why]).answer();
        let took = began.elapsed();
        assert_eq!((answer.status, answer.cookie()), (503, None));
        assert_eq!(answer.header("Retry-After"), Some("2"));
        assert!(took > Duration::from_secs(1), "{took:?}");
        assert!(took < Duration::from_millis(2500), "{took:?}");
        answer.tells_only_its_id();
        drop(slots);
    });
    site.sign_in();
}

/// However full it is: by the word of the cookie alone, for the store is opened after the wait.
#[test]
fn a_known_device_has_a_queue_apart_and_its_account_one_place() {
    let site = Site::with(&format!("secret = \"{SECRET}\""));
    let device = site
        .try_to_sign_in(PASSWORD)
        .answer_whatever_is_logged()
        .device
        .unwrap();
    let device = device.split(';').next().unwrap();
    let crowd = (take_all(&site), take(&site, "waiting", 128));
    let at_home = || site.try_to_sign_in(PASSWORD).set("HTTP_COOKIE", device);
    assert_eq!(at_home().answer_whatever_is_logged().status, 303);
    // Nobody else's, and not as somebody else.
    for (name, cookie) in [(NAME, "__Host-device=0"), ("nobody", device)] {
        let program = site
            .program("login")
            .post(&[("login_name", name), ("password", PASSWORD)]);
        let answer = program
            .set("HTTP_COOKIE", cookie)
            .answer_whatever_is_logged();
        assert_eq!(answer.status, 503, "{name}");
    }
    // One at a time, and another account's beside it.
    let slot = enter(&site, "192.0.2.7", Some(NAME)).unwrap();
    let other = enter(&site, "192.0.2.7", Some("anna")).unwrap();
    thread::scope(|scope| {
        let again = scope.spawn(|| at_home().answer_whatever_is_logged().status);
        thread::sleep(Duration::from_millis(500));
        assert!(!again.is_finished());
        drop(slot);
        assert_eq!(again.join().unwrap(), 303);
    });
    drop((other, crowd));
}

/// An account has few waiting places, too. A device that finds all of them taken waits as a stranger.
#[test]
fn an_account_has_sixteen_places_and_further_devices_wait_as_strangers() {
    let site = &Site::with(&format!("secret = \"{SECRET}\""));
    let slots = (take_all(site), take(site, "known.hashing", slots()));
    thread::scope(|scope| {
        let devices: Vec<_> = (0..18)
            .map(|_| scope.spawn(|| enter(site, "192.0.2.7", Some(NAME)).is_ok()))
            .collect();
        until_locked(site, "known.waiting.", 16);
        until_locked(site, "waiting.", 2);
        drop(slots);
        for device in devices {
            assert!(device.join().unwrap());
        }
    });
}

/// Others do not wait for it for ever: they have their answer in time, and their turn when it is gone.
#[test]
fn who_is_stopped_at_the_front_keeps_nobody_waiting_past_the_deadline() {
    let site = Site::new();
    let slots = take_all(&site);
    let body = site.path("body");
    fs::write(
        &body,
        crate::harness::encoded(&[("login_name", NAME), ("password", PASSWORD)]),
    )
    .unwrap();
    let mut command = site.try_to_sign_in(PASSWORD).command();
    command
        .stdin(File::open(&body).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut first = command.spawn().unwrap();
    until_locked(&site, "front", 1);
    kill_process(Pid::from_child(&first), Signal::STOP).unwrap();
    drop(slots);
    let began = Instant::now();
    let answer = site
        .try_to_sign_in(PASSWORD)
        .set("REMOTE_ADDR", "192.0.2.8")
        .answer_whatever_is_logged();
    let took = began.elapsed();
    assert_eq!(answer.status, 503);
    assert!((2000..4000).contains(&took.as_millis()), "{took:?}");
    first.kill().unwrap();
    first.wait().unwrap();
    site.sign_in();
}

/// A right password may be used often, but not often enough to keep the processors busy.
#[test]
fn of_200_right_sign_ins_of_one_account_thirty_are_let_in() {
    let site = Site::new();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let come = |client: u8| {
            let site = &site;
            scope.spawn(move || {
                let sign_in = |_| {
                    let client = format!("192.0.2.{client}");
                    let program = site.try_to_sign_in(PASSWORD).set("REMOTE_ADDR", client);
                    program.answer_whatever_is_logged().status
                };
                (0..5).map(sign_in).collect::<Vec<_>>()
            })
        };
        let clients: Vec<_> = (0..40).map(come).collect();
        let each = clients.into_iter().map(|client| client.join().unwrap());
        each.flatten().collect()
    });
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    eprintln!(
        "{} signed in, {} too often, {} too many",
        count(303),
        count(429),
        count(503)
    );
    assert_eq!(count(303) + count(429) + count(503), 200);
    assert!(count(303) <= 30, "{statuses:?}");
    assert_eq!(
        site.count("SELECT COUNT(*) FROM sessions"),
        i64::try_from(count(303)).unwrap()
    );
    while site
        .try_to_sign_in(PASSWORD)
        .answer_whatever_is_logged()
        .status
        == 303
    {}
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 30);
    let answer = site
        .try_to_sign_in(PASSWORD)
        .set("REMOTE_ADDR", "192.0.2.99");
    let answer = answer
        .logs(&["event=sign_ins_too_many user=demo client=192.0.2.99 whose=account"])
        .answer();
    let seconds: u32 = answer.header("Retry-After").unwrap().parse().unwrap();
    assert!(answer.status == 429 && seconds <= 600, "{answer:?}");
}

/// What a process has in memory for itself, in kilobytes; 0 where it has ended. Its program's pages are in
/// memory once, however many run it.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

/// 200 sign-ins at once, while a signed-in user goes on reading.
#[test]
fn a_crowd_takes_no_more_memory_than_its_slots_and_checks_go_on() {
    let site = Site::with("[throttle]\nfree_tries = 100");
    let token = site.session(Row::FRESH);
    // Of as many accounts as it takes for none to sign in too often, and from as many addresses for all to be let in.
    let bodies: Vec<String> = (0..10)
        .map(|user| {
            let name = format!("user{user}");
            assert!(site.add(&name, crate::harness::hash()));
            let fields = crate::harness::encoded(&[("login_name", &name), ("password", PASSWORD)]);
            fs::write(site.path(&format!("body.{user}")), &fields).unwrap();
            fields
        })
        .collect();
    let start = |number: usize| {
        let (fields, body) = (
            &bodies[number % 10],
            site.path(&format!("body.{}", number % 10)),
        );
        let client = format!("192.0.2.{}", number % 100);
        let login = site
            .program("login")
            .body(fields)
            .set("REMOTE_ADDR", client);
        let mut command = login.command();
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
    eprintln!("{} signed in, {} too many", count("303"), count("503"));
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
