//! Files that change, vanish, shrink or become links while they are sent.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{SERVERS, cookie, raw, signed_in, site, status, write};
use crate::harness::files;

const SECRET: &str = "tangerine-secret";

/// How long one server is asked.
const LASTS: Duration = Duration::from_secs(5);

/// Ends the swapping, also if a check fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Puts a link to a secret in the file's place and takes it away again, as fast as it can: as file, as folder above it,
/// and as a FIFO.
fn swap(folder: &Path, secret: &Path, ends: &AtomicBool) {
    let file = folder.join("swap/a.txt");
    let (draft, other) = (folder.join("draft"), folder.join("other"));
    while !ends.load(Ordering::Relaxed) {
        let _ = fs::remove_file(&draft);
        symlink(secret, &draft).unwrap();
        fs::rename(&draft, &file).unwrap();
        fs::write(&draft, "right").unwrap();
        fs::rename(&draft, &file).unwrap();
        fs::rename(folder.join("swap"), &other).unwrap();
        symlink(secret.parent().unwrap(), folder.join("swap")).unwrap();
        fs::remove_file(folder.join("swap")).unwrap();
        fs::rename(&other, folder.join("swap")).unwrap();
    }
}

#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn no_link_is_followed_while_somebody_swaps_it_in_and_out() {
    thread::scope(|scope| {
        for (name, start) in &SERVERS[..2] {
            scope.spawn(move || {
                let site = site();
                write(&site, "swap/a.txt", b"right");
                files::make_folder(&site.path("outside"));
                fs::write(site.path("outside/a.txt"), SECRET).unwrap();
                let server = start(&site);
                let cookie = cookie(&server);
                let ends = &AtomicBool::new(false);
                let folders = ["www/private", "own"].map(|folder| site.path(folder));
                let secret = site.path("outside/a.txt");
                let (mut right, mut others) = (0, 0);
                thread::scope(|scope| {
                    let _ends = Ends(ends);
                    for folder in &folders {
                        scope.spawn(|| swap(folder, &secret, ends));
                    }
                    let began = Instant::now();
                    while began.elapsed() < LASTS {
                        for target in ["/private/swap/a.txt", "/cgi-bin/files/swap/a.txt"] {
                            let answer = raw(&server, target.as_bytes(), &cookie);
                            assert!(!answer.contains(SECRET), "{name}: {answer}");
                            match status(&answer) {
                                200 => right += 1,
                                403 | 404 => others += 1,
                                // lighttpd changes to the file's folder before it starts a program.
                                500 if is_lighttpds_own(&answer) => others += 1,
                                other => panic!("{name}: {other} {answer}\n{}", server.log()),
                            }
                        }
                    }
                });
                println!("{name}: {right} files, {others} refused");
                assert!(right > 0 && others > 0);
            });
        }
    });
}

/// No page of ours is without a policy.
fn is_lighttpds_own(answer: &str) -> bool {
    answer.contains("Server: lighttpd") && !answer.contains("Content-Security-Policy")
}

/// The client must see that its file is cut.
#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn a_file_that_shrinks_is_a_body_that_ends_too_early() {
    thread::scope(|scope| {
        for (name, start) in &SERVERS[..2] {
            scope.spawn(move || {
                let site = site();
                files::write(&site, "private/large.bin", b"begin");
                let path = site.path("www/private/large.bin");
                let file = File::options().write(true).open(&path).unwrap();
                file.set_len(400 << 20).unwrap();
                let server = start(&site);
                let browser = signed_in(&server);
                let to = site.path("download");
                let slow = ["--limit-rate", "20M", "--write-out", "%{http_code}"];
                thread::scope(|scope| {
                    let download =
                        scope.spawn(|| browser.download("/private/large.bin", &to, &slow));
                    thread::sleep(Duration::from_millis(700));
                    file.set_len(1000).unwrap();
                    let (whole, said) = download.join().unwrap();
                    assert!(!whole && said == "200", "{name}: {said}");
                });
                assert!(fs::metadata(&to).unwrap().len() < 400 << 20);
                assert!(
                    server.log().contains("event=file_cut"),
                    "{name}: {}",
                    server.log()
                );
            });
        }
    });
}
