//! A server's process: started, waited for, ended.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a start may take. MariaDB needs 4 s on an idle machine.
const START: Duration = Duration::from_mins(1);

/// The shell between us and the server ends it when our end of its stdin closes, and that
/// happens however this program ends: a static is not dropped, and Ctrl-C runs no `Drop` at all.
/// Arguments: the folder, then the server's command line.
const GUARD: &str = r#"
folder=$1; shift
"$@" >>"$folder/log" 2>&1 & server=$!
trap '' HUP INT
echo "$server"
read -r order || order=remove
kill "$server" 2>/dev/null
kill -CONT "$server" 2>/dev/null
tries=0
while kill -0 "$server" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || kill -KILL "$server"
    sleep 0.1
done 2>/dev/null
[ "$order" = stop ] || rm -rf "$folder"
"#;

/// A running server. When it is dropped, it ends and its folder is removed; a failing test prints its log first.
pub struct Process {
    guard: Child,
    pid: Pid,
    log: PathBuf,
}

impl Process {
    /// Starts `command`. The process takes over `folder`, which is removed when it ends.
    pub fn start(folder: TempDir, command: &[&str]) -> Self {
        Self::start_in(&folder.keep(), command)
    }

    /// Starts `command` in a folder that an earlier process left with [`Process::stop`].
    pub fn start_in(folder: &Path, command: &[&str]) -> Self {
        let mut guard = Command::new("/bin/sh")
            .args(["-c", GUARD, "guard"])
            .arg(folder)
            .args(command)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pid = String::new();
        BufReader::new(guard.stdout.take().unwrap())
            .read_line(&mut pid)
            .unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        Self {
            guard,
            pid,
            log: folder.join("log"),
        }
    }

    /// Waits until `ready` says so; panics with the log if the server ends or takes too long.
    pub fn wait_until(&self, mut ready: impl FnMut() -> bool) {
        let deadline = Instant::now() + START;
        while !ready() {
            assert!(self.lives(), "the server ended:\n{}", self.log());
            assert!(
                Instant::now() < deadline,
                "not ready in {START:?}:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What the server, and a web server's programs, wrote to standard output and error, and to the files of its
    /// folder `logs` if it has one.
    pub fn log(&self) -> String {
        let logs = fs::read_dir(self.log.with_file_name("logs"))
            .into_iter()
            .flatten();
        let files = logs.map(|entry| entry.unwrap().path());
        let texts = [self.log.clone()]
            .into_iter()
            .chain(files)
            .map(|file| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned());
        texts.collect()
    }

    /// Its process number.
    pub fn id(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// For a server that hangs ([`Signal::STOP`], [`Signal::CONT`]) or crashes ([`Signal::KILL`]).
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Ends it and keeps its folder, so that it can be started there again.
    pub fn stop(mut self) {
        self.guard
            .stdin
            .take()
            .unwrap()
            .write_all(b"stop\n")
            .unwrap();
        self.guard.wait().unwrap();
    }

    /// An ended process is a zombie until the guard looks.
    fn lives(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}:\n{}", self.log.display(), self.log());
        }
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}
