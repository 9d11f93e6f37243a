//! The store on a MariaDB Galera cluster of three: what one node has committed the others know a moment
//! later, and no visitor notices.
//!
//! One test, because the cluster takes long to start. `tests/long/cluster/run` runs the long form of it.

mod nodes;

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use self::nodes::{ALL, Cluster, Done, median};
use crate::harness::Run;
use crate::harness::at_once;
use crate::harness::database::galera::Galera;

/// Longest that a sign-out may take to reach the other nodes.
const LAG_MAX: Duration = Duration::from_secs(1);

/// Times that what is counted is done: a few in the short form, many in the long one.
fn rounds(few: u32) -> u32 {
    match std::env::var("CGI_SESSION_TEST_CLUSTER").as_deref() {
        Ok("long") => few * 8,
        _ => few,
    }
}

#[test]
#[ignore = "needs galera-4, rsync and mariadbd: tests/run installs and runs them"]
fn a_cluster_of_three_is_one_store() {
    let galera = Galera::start();
    let cluster = Cluster::new(&galera);
    whoever_signs_in_through_one_is_signed_in_through_all(&cluster);
    a_session_that_is_not_there_yet_is_waited_for(&cluster);
    a_sign_out_that_is_ahead_of_its_session_waits_for_it(&cluster);
    a_sign_out_reaches_all(&cluster);
    a_strict_check_never_answers_from_the_past(&cluster);
    what_a_strict_check_costs(&cluster);
    a_certification_conflict_is_tried_again(&cluster);
    a_node_that_rejects_queries_is_passed_over(&cluster);
    a_node_that_only_reads_is_passed_over_for_writes(&cluster);
    // The last: one node less.
    a_node_that_crashes_signs_nobody_out(&cluster);
}

fn whoever_signs_in_through_one_is_signed_in_through_all(cluster: &Cluster) {
    for round in 0..rounds(20) {
        let token = cluster.sign_in(round as usize % 3);
        let checks = ALL.map(|node| cluster.check(node, &token));
        for run in at_once(&checks) {
            run.is(200);
        }
    }
    eprintln!(
        "signed in through one node, {} times: at once through all",
        rounds(20)
    );
}

/// The same where a node is far behind: it applies nothing for half a second.
fn a_session_that_is_not_there_yet_is_waited_for(cluster: &Cluster) {
    let stopped = cluster.stop_applying(1);
    let token = cluster.sign_in(0);
    thread::scope(|scope| {
        let check = scope.spawn(|| Run::of(&cluster.check(1, &token)));
        thread::sleep(Duration::from_millis(500));
        drop(stopped);
        let run = check.join().unwrap();
        run.is(200);
        run.took_from_to(450, 2000);
    });
}

/// A DELETE that finds no row would be called a success, and the row would come.
fn a_sign_out_that_is_ahead_of_its_session_waits_for_it(cluster: &Cluster) {
    let stopped = cluster.stop_applying(1);
    let token = cluster.sign_in(0);
    thread::scope(|scope| {
        let sign_out = scope.spawn(|| Run::of(&cluster.sign_out(1, &token)));
        thread::sleep(Duration::from_millis(500));
        drop(stopped);
        sign_out.join().unwrap().is(303);
    });
    cluster.ends_everywhere(&token, LAG_MAX);
}

/// A check that finds its row asks no other node, so that it may find a row that another node has deleted.
fn a_sign_out_reaches_all(cluster: &Cluster) {
    let sign_outs = || {
        let lag = |round| {
            let token = cluster.sign_in(0);
            Run::of(&cluster.sign_out(round as usize % 3, &token)).is(303);
            cluster.ends_everywhere(&token, LAG_MAX)
        };
        let lags: Vec<_> = (0..rounds(15)).map(lag).collect();
        // The others were asked again.
        let rows = |round| cluster.lags(round as usize % 3, &cluster.sign_in(0));
        let rows: Vec<_> = (0..rounds(15)).flat_map(rows).collect();
        let at_once = lags.iter().filter(|lag| lag.is_zero()).count();
        let longest = lags.iter().max().unwrap();
        format!(
            "{at_once} of {} when first asked, longest {longest:.1?}; \
             the row is gone elsewhere after {:.1?}, longest {:.1?}",
            lags.len(),
            median(&rows),
            rows.iter().max().unwrap()
        )
    };
    eprintln!("a sign-out is known to all nodes, idle: {}", sign_outs());
    let (done, written) = (AtomicBool::new(false), Mutex::new(0));
    thread::scope(|scope| {
        for node in ALL {
            let (done, written) = (&done, &written);
            scope.spawn(move || *written.lock().unwrap() += cluster.writes_until(node, done));
        }
        let _done = Done(&done);
        let began = Instant::now();
        eprintln!("under load: {}", sign_outs());
        eprint!("  in {:.1?}, while ", began.elapsed());
    });
    eprintln!("{} rows were written", written.lock().unwrap());
}

fn a_strict_check_never_answers_from_the_past(cluster: &Cluster) {
    let token = cluster.sign_in(0);
    Run::of(&cluster.strict_check(0, &token)).is(200);
    let stopped = cluster.stop_applying(0);
    Run::of(&cluster.sign_out(2, &token)).is(303);
    // It is the past that this node knows.
    Run::of(&cluster.check(0, &token)).is(200);

    for _ in 0..rounds(2).min(4) {
        let run = Run::of(&cluster.strict_check(0, &token));
        run.is_unavailable();
        run.took_from_to(1500, 3000);
    }
    thread::scope(|scope| {
        let check = scope.spawn(|| Run::of(&cluster.strict_check(0, &token)));
        thread::sleep(Duration::from_millis(500));
        drop(stopped);
        check.join().unwrap().is(401);
    });
    for node in ALL {
        Run::of(&cluster.strict_check(node, &token)).is(401);
    }
    eprintln!("sync=strict on a node that applies nothing: 503, and 401 when it goes on");
}

/// Both ways in turn, so that what the machine does otherwise hits both.
fn what_a_strict_check_costs(cluster: &Cluster) {
    let token = cluster.sign_in(0);
    let (mut default, mut strict) = (Vec::new(), Vec::new());
    for round in 0..rounds(30) {
        let node = round as usize % 3;
        for (program, times) in [
            (cluster.check(node, &token), &mut default),
            (cluster.strict_check(node, &token), &mut strict),
        ] {
            let run = Run::of(&program);
            run.is(200);
            times.push(run.took);
        }
    }
    let (default, strict) = (median(&default), median(&strict));
    eprintln!("a check, the whole process: median {default:.2?}, with sync=strict {strict:.2?}");
}

/// The sign-in has its user's row and waits for another; the same user is changed through another node,
/// which wins.
fn a_certification_conflict_is_tried_again(cluster: &Cluster) {
    let token = cluster.sign_in(0);
    let before = cluster.galera.node(0).status("wsrep_local_bf_aborts");
    let held = cluster.hold(0, &token);

    let run = thread::scope(|scope| {
        let sign_in = scope.spawn(|| Run::of(&cluster.sign_in_with(0, &token)));
        cluster.wait_for_a_lock(0);
        cluster.write(1, "UPDATE users SET created_at = created_at + 1");
        thread::sleep(Duration::from_millis(200));
        drop(held);
        sign_in.join().unwrap()
    });

    run.is(303);
    let after = cluster.galera.node(0).status("wsrep_local_bf_aborts");
    assert_ne!(before, after, "there was no conflict");
    cluster.ends_everywhere(&token, LAG_MAX);
    for node in ALL {
        Run::of(&cluster.check(node, &run.token().unwrap())).is(200);
    }
    eprintln!("a certification conflict in the middle of a sign-in: tried again");
}

fn a_node_that_rejects_queries_is_passed_over(cluster: &Cluster) {
    let (token, other) = (cluster.old_session(), cluster.old_session());
    cluster.sql(0, "SET GLOBAL wsrep_reject_queries = ALL");
    cluster.site.point_to(&cluster.url(&[0, 1, 2], ""));
    let runs = cluster.site.three_with(&token, &other);
    for (run, status) in runs.iter().zip([200, 303, 303]) {
        run.is(status);
    }
    cluster.site.point_to(&cluster.url(&[0], ""));
    for run in cluster.site.is_unavailable(&token) {
        run.logs(&["1047"]);
    }
    cluster.sql(0, "SET GLOBAL wsrep_reject_queries = NONE");
}

fn a_node_that_only_reads_is_passed_over_for_writes(cluster: &Cluster) {
    let (token, other) = (cluster.old_session(), cluster.old_session());
    cluster.sql(0, "SET GLOBAL read_only = 1");
    cluster.site.point_to(&cluster.url(&[0], ""));
    cluster.site.is_read_only(&token);
    cluster.site.point_to(&cluster.url(&[0, 1, 2], ""));
    let runs = cluster.site.three_with(&token, &other);
    for (run, status) in runs.iter().zip([200, 303, 303]) {
        run.is(status);
    }
    // The touch went to another node.
    runs[0].logs(&[]);
    cluster.sql(0, "SET GLOBAL read_only = 0");
}

/// Under load, with all three in `store`: a sign-in or a sign-out whose commit was on its way to that node
/// may say that it does not know; nothing else fails, then or later.
fn a_node_that_crashes_signs_nobody_out(cluster: &Cluster) {
    cluster.site.point_to(&cluster.url(&ALL, ""));
    let tokens: Vec<_> = (0..6).map(|_| cluster.old_session()).collect();
    let (crashed, done) = (Mutex::new(None), AtomicBool::new(false));
    let runs = thread::scope(|scope| {
        let visitors: Vec<_> = tokens
            .iter()
            .map(|token| scope.spawn(|| cluster.visits_until(token, &done)))
            .collect();
        let ends = Done(&done);
        thread::sleep(Duration::from_secs(1));
        *crashed.lock().unwrap() = Some(Instant::now());
        cluster.galera.node(0).signal(Signal::KILL);
        thread::sleep(Duration::from_secs(rounds(4).min(40).into()));
        drop(ends);
        visitors
            .into_iter()
            .flat_map(|visitor| visitor.join().unwrap())
            .collect::<Vec<_>>()
    });
    let crashed = crashed.into_inner().unwrap().unwrap();
    let (mut unknown, mut longest) = (0, Duration::ZERO);
    for visit in &runs {
        let in_flight = visit.began <= crashed && visit.began + visit.run.took >= crashed;
        if in_flight && visit.writes && visit.run.status() == 503 {
            unknown += 1;
            continue;
        }
        visit.run.is(visit.expected);
        longest = longest.max(visit.run.took);
    }
    let after = runs.iter().filter(|visit| visit.began > crashed).count();
    assert!(after > 30, "{after}");
    for token in &tokens {
        Run::of(&cluster.site.protected(token)).is(200);
    }
    eprintln!(
        "kill -9 of a node: {} requests, {after} of them after it, none failed but {unknown} commits that \
         were on their way; the longest took {longest:.1?}",
        runs.len()
    );
    // What is left is a cluster still.
    for node in [1, 2] {
        let token = cluster.sign_in(node);
        Run::of(&cluster.check(3 - node, &token)).is(200);
    }
}
